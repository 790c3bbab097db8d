/** Bytes through a pipe, in what the chapter's own examples do not show. */
import { test } from 'vitest';
import { follow } from '../follow.testing.ts';

test('read.pipe-data: a read takes from as many buffers as it needs, and leaves the rest of the last', () => {
  follow(`
    a = mmap(0, 4p, rw, private|anon)   -> ok
    q = pipe()                          -> ok
    store(a, 0x11)                      -> 0
    store(a+1p-1, 0x3322, 2)            -> 0
    write(q.w, a, 1p+1)                 -> 1p+1
    read(q.r, a+2p, 1p-1)               -> 1p-1
    read(q.r, a, 1)                     -> 1
    load(a)                             -> 0x22
    read(q.r, a, 2)                     -> 1
    load(a)                             -> 0x33
    load(a+2p)                          -> 0x11
  `);
});

test('read.pipe-fault: a buffer that was partly put into memory is still in the pipe, and memory holds one or the other', () => {
  follow(`
    mmap(arena, 2p, rw, private|anon|fixed) -> ok
    q = pipe(nonblock)                  -> ok
    store(arena, 0x11)                  -> 0
    write(q.w, arena, 1p)               -> 1p
    write(q.w, arena, 8)                -> 8
    readv(q.r, [arena+1p-4:4, arena+2p-1:9]) -> EFAULT
    load(arena+1p-4)                    -> 0 | 0x11
    readv(q.r, [arena:1p, arena+2p-4:9]) -> 1p
    load(arena+2p-4)                    -> 0x11 | 0
    load(arena+2p-4)                    -> 0x11
    read(q.r, arena, 9)                 -> 8
    read(q.r, arena, 9)                 -> EAGAIN
  `);
});

test('read.pipe-end: what was written is read before the end shows, and the last writer may be another process', () => {
  follow(`
    a = mmap(0, 1p, rw, private|anon)   -> ok
    q = pipe()                          -> ok
    p1 = fork()                         -> ok
    close(q.w)                          -> 0
    p1: write(q.w, a, 3)                -> 3
    p1: close(q.w)                      -> 0
    read(q.r, a, 2)                     -> 2
    read(q.r, a, 2)                     -> 1
    read(q.r, a, 2)                     -> 0
    p1: read(q.r, a, 2)                 -> 0
    p1: write(q.r, a, 2)                -> EBADF
  `);
});

test('read.pipe-blocks: a read that finds bytes does not wait for more', () => {
  follow(`
    a = mmap(0, 1p, rw, private|anon)   -> ok
    q = pipe()                          -> ok
    write(q.w, a, 1)                    -> 1
    read(q.r, a, 8)                     -> 1
    read(q.r, a, 0)                     -> 0
    read(q.r, a, 1)                     -> blocked
    load(a)                             -> gone
  `);
});

test('write.pipe-closed: a reader in another process keeps the pipe open until it ends', () => {
  follow(`
    a = mmap(0, 1p, rw, private|anon)   -> ok
    q = pipe(nonblock)                  -> ok
    p1 = fork()                         -> ok
    close(q.r)                          -> 0
    write(q.w, a, 1)                    -> 1
    p1: exit()                          -> exited
    write(q.w, a, 1)                    -> EPIPE
  `);
});

test('write.pipe-capacity: odd bytes join the last buffer where all of them fit, also after it was partly read', () => {
  follow(`
    a = mmap(0, 16p, rw, private|anon)  -> ok
    q = pipe(nonblock)                  -> ok
    write(q.w, a, 15p)                  -> 15p
    write(q.w, a, 0x800)                -> 0x800
    write(q.w, a, 0x800)                -> 0x800
    write(q.w, a, 1)                    -> EAGAIN
    read(q.r, a, 1p-1)                  -> 1p-1
    write(q.w, a, 1)                    -> EAGAIN
    read(q.r, a, 1)                     -> 1
    write(q.w, a, 0x801)                -> 0x801
    write(q.w, a, 0x800)                -> EAGAIN
    write(q.w, a, 0x7ff)                -> 0x7ff
  `);
});

test('write.pipe-full: a write that does not fit gives what went in; one that waits ends the program', () => {
  const program = (flags: string, answer: string) => `
    a = mmap(0, 9p, rw, private|anon)   -> ok
    q = pipe(${flags})                  -> ok
    write(q.w, a, 9p)                   -> 9p
    write(q.w, a, 9p)                   -> ${answer}
  `;
  follow(program('nonblock', '7p'));
  follow(program('', 'blocked'));
});

test('write.pipe-fault: before Linux 6.15 a buffer without bytes stays and takes up room', () => {
  const program = (room: string) => `
    mmap(arena, 16p, rw, private|anon|fixed) -> ok
    q = pipe(nonblock)                  -> ok
    write(q.w, arena+16p, 1)            -> EFAULT
    read(q.r, arena, 1)                 -> EAGAIN
    write(q.w, arena+16p, 1p)           -> EFAULT
    write(q.w, arena, 16p)              -> ${room}
  `;
  follow(program('16p'));
  follow(program('15p'), { host: { release: '6.12.0' } });
});

test('write.pipe-data: bytes that may have been dropped come out as one or the other', () => {
  follow(`
    a = mmap(0, 1p, rw, private|anon)   -> ok
    b = mmap(0, 1p, rw, private|anon)   -> ok
    q = pipe()                          -> ok
    store(a, 0x2211, 2)                 -> 0
    madvise(a, 1p, free)                -> 0
    writev(q.w, [a:1, b:1, a+1:1])      -> 3
    read(q.r, b, 3)                     -> 3
    load(b+1)                           -> 0
    load(b)                             -> 0x11 | 0
  `);
});

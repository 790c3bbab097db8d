/** Reading and writing of files, in what the chapters' own examples do not show. */
import { expect, test } from 'vitest';
import { parseProgram } from '../../spec/language/parser.ts';
import type { Step } from '../../spec/language/program.ts';
import { follow } from '../follow.testing.ts';
import { judge } from '../judge.ts';

test('read.data: what another process stored through a shared mapping is read, and what was written shows in every mapping', () => {
  follow(`
    f = open(f0, rdwr|creat)            -> ok
    ftruncate(f, 2p)                    -> 0
    a = mmap(0, 2p, rw, shared, f)      -> ok
    b = mmap(0, 1p, rw, private, f)     -> ok
    c = mmap(0, 2p, rw, private|anon)   -> ok
    p1 = fork()                         -> ok
    p1: store(a+1p-1, 0x2211, 2)        -> 0
    pread(f, c, 2p, 0)                  -> 2p
    load(c+1p-1, 2)                     -> 0x2211
    store(c, 0x33)                      -> 0
    p1: store(b+8, 1)                   -> 0
    pwrite(f, c, 1, 0)                  -> 1
    load(b)                             -> 0x33
    p1: load(a)                         -> 0x33
    p1: load(b)                         -> 0
  `);
});

test('read.end: a read that begins before the end stops at it, one that begins at it or past it gives 0 and needs no memory', () => {
  follow(`
    m = memfd_create()                  -> ok
    a = mmap(0, 1p, rw, private|anon)   -> ok
    ftruncate(m, 10)                    -> 0
    lseek(m, 7, set)                    -> 7
    read(m, a, 1p)                      -> 3
    read(m, a, 1p)                      -> 0
    read(m, arena, 1p)                  -> 0
    lseek(m, 2p, set)                   -> 2p
    readv(m, [arena:8, a:8])            -> 0
    lseek(m, 0, cur)                    -> 2p
  `);
});

test('copy.fault: an offset stays where it was, and no page of memory has changed', () => {
  const { world } = follow(`
    m = memfd_create()                  -> ok
    ftruncate(m, 1p)                    -> 0
    a = mmap(0, 1p, r, private|anon)    -> ok
    lseek(m, 8, set)                    -> 8
    read(m, a, 8)                       -> EFAULT
    lseek(m, 0, cur)                    -> 8
  `);
  expect(world.processes.get('p0')!.space.cells.size).toBe(0);
});

test('copy.partial: of several elements, those before the byte that cannot be reached are moved, and a part of the one that holds it', () => {
  follow(`
    mmap(arena, 2p, rw, private|anon|fixed) -> ok
    mprotect(arena+1p, 1p, none)        -> 0
    m = memfd_create()                  -> ok
    store(arena, 0x44332211, 4)         -> 0
    writev(m, [arena:2, arena:0, arena+1p-1:9, arena:4]) -> 3
    fsize(m)                            -> 3
    lseek(m, 0, cur)                    -> 3
    lseek(m, 0, set)                    -> 0
    readv(m, [arena+8:1, arena+1p-1:1, arena+1p:1])  -> 2
    load(arena+8)                       -> 0x11
    load(arena+1p-1)                    -> 0x22
    lseek(m, 0, cur)                    -> 2
  `);
});

test('copy.partial: under `some`, any count from 1 on is allowed, and the file has as many bytes as the call told', () => {
  const { world } = follow('mmap(arena, 1p, rw, private|anon|fixed) -> ok\nm = memfd_create() -> ok', {
    choices: { 'copy.partial': 'some' },
  });
  const [write, size] = parseProgram('m = memfd_create()\nwrite(m, arena+1p-3, 9)\nfsize(m)').steps.slice(1) as [Step, Step];
  for (const count of [1, 2, 3]) {
    const verdict = judge(world, write, { kind: 'value', value: count });
    expect(verdict.kind).toBe('conforms');
    expect(judge(verdict.world!, size, { kind: 'value', value: count }).kind).toBe('conforms');
  }
  expect(judge(world, write, { kind: 'value', value: 4 }).kind).toBe('diverges');
  expect(judge(world, write, { kind: 'value', value: 0 }).kind).toBe('diverges');
  expect(judge(world, write, { kind: 'errno', errno: 'EFAULT' })).toMatchObject({ kind: 'variant', variant: 'efault' });
  expect(judge(world, write, { kind: 'errno', errno: 'EIO' }).kind).toBe('diverges');
});

test('copy.partial: a count that is too small fits the other variant, and is told as that', () => {
  const { world } = follow('mmap(arena, 1p, rw, private|anon|fixed) -> ok\nm = memfd_create() -> ok');
  const [write] = parseProgram('m = memfd_create()\nwrite(m, arena+1p-3, 9)').steps.slice(1) as [Step];
  expect(judge(world, write, { kind: 'value', value: 2 })).toMatchObject({ kind: 'variant', choice: 'copy.partial', variant: 'some' });
});

test('copy.beyond-user, read.bad-descriptor: where several things are wrong, each is an answer', () => {
  follow(`
    f = open(f0, wronly|creat)          -> ok
    read(f, top, 1)                     -> EBADF | EFAULT
    pread(f, top, 1, -1)                -> EBADF | EFAULT | EINVAL
    pread(-1, arena, 1, -1)             -> EBADF | EINVAL
    pwrite(f, top, 1, -1)               -> EFAULT | EINVAL
    q = pipe()                          -> ok
    pread(q.w, arena, 1, -1)            -> EBADF | EINVAL | ESPIPE
  `);
});

test('copy.guard: a guard, the end of a file and huge pages that are not there stop a copy as they stop a load', () => {
  const { clauses } = follow(`
    a = mmap(0, 1p, rw, private|anon)   -> ok
    m = memfd_create()                  -> ok
    b = mmap(0, 1p, rw, shared, m)      -> ok
    madvise(a, 1p, guard_install)       -> 0
    write(m, a, 1)                      -> EFAULT
    write(m, b, 1)                      -> EFAULT
    fsize(m)                            -> 0
  `);
  expect(clauses).toContain('load.guard');
  expect(clauses).toContain('load.beyond-end');
});

test('copy.overlap: bytes that fall on the page they come from, at another place, are not foretold', () => {
  const overlapping = `
    m = memfd_create()                  -> ok
    ftruncate(m, 1p)                    -> 0
    a = mmap(0, 1p, rw, shared, m)      -> ok
    store(a, 0x11)                      -> 0
    pwrite(m, a, 8, 4)                  -> 8
  `;
  expect(() => follow(overlapping)).toThrow('a page copied onto itself');
  follow(overlapping.replace('8, 4)', '8, 8)'));
  follow(overlapping.replace('a, 8, 4)', 'a, 8, 0)'));
});

test('copy.overlap: elements are read as the elements before them have left the file', () => {
  follow(`
    m = memfd_create()                  -> ok
    ftruncate(m, 1p)                    -> 0
    a = mmap(0, 1p, rw, shared, m)      -> ok
    b = mmap(0, 1p, rw, private|anon)   -> ok
    store(b, 0x11)                      -> 0
    writev(m, [b:1, a:1])               -> 2
    load(a, 2)                          -> 0x1111
  `);
});

test('write.extends: a write past the end makes the file longer, and a mapping can reach what has come within it', () => {
  follow(`
    m = memfd_create()                  -> ok
    a = mmap(0, 2p, rw, shared, m)      -> ok
    b = mmap(0, 1p, rw, private|anon)   -> ok
    pwrite(m, b, 1, 1p)                 -> 1
    fsize(m)                            -> 1p+1
    store(a+1p+8, 1)                    -> 0
    load(a)                             -> 0
  `);
});

test('write.fault-extends: since Linux 6.15 the file has become longer when memory turns out not to be there', () => {
  const program = (size: string) => `
    m = memfd_create()                  -> ok
    pwrite(m, arena, 8, 4p)             -> EFAULT
    fsize(m)                            -> ${size}
    pwrite(m, arena, 8, 0)              -> EFAULT
    fsize(m)                            -> ${size}
  `;
  follow(program('4p'));
  follow(program('0'), { host: { release: '6.12.1' } });
});

test('write.append: bytes go to the end, and only write moves the offset there', () => {
  follow(`
    f = open(f0, rdwr|creat|append)     -> ok
    a = mmap(0, 1p, rw, private|anon)   -> ok
    store(a, 0x2211, 2)                 -> 0
    write(f, a, 1)                      -> 1
    lseek(f, 0, set)                    -> 0
    writev(f, [a+1:1])                  -> 1
    lseek(f, 0, cur)                    -> 2
    pread(f, a+8, 9, 0)                 -> 2
    load(a+8, 2)                        -> 0x2211
  `);
});

test('pwrite.append: the position that was given does not count', () => {
  follow(`
    f = open(f0, rdwr|creat|append)     -> ok
    a = mmap(0, 1p, rw, private|anon)   -> ok
    ftruncate(f, 100)                   -> 0
    pwrite(f, a, 10, 50)                -> 10
    fsize(f)                            -> 110
    lseek(f, 0, cur)                    -> 0
  `);
});

test('copy.partial: under `efault` the call fails, and memory or the file may or may not hold the bytes', () => {
  const choices = { 'copy.partial': 'efault' } as const;
  follow(
    `
    mmap(arena, 1p, rw, private|anon|fixed) -> ok
    m = memfd_create()                  -> ok
    ftruncate(m, 2)                     -> 0
    store(arena+1p-4, 0x44332211, 4)    -> 0
    write(m, arena+1p-4, 9)             -> EFAULT
    fsize(m)                            -> 2
    lseek(m, 0, cur)                    -> 0
    read(m, arena, 2)                   -> 2
    load(arena, 2)                      -> 0 | 0x2211
  `,
    { choices },
  );
  follow(
    `
    mmap(arena, 1p, rw, private|anon|fixed) -> ok
    m = memfd_create()                  -> ok
    store(arena, 0x55)                  -> 0
    write(m, arena, 2)                  -> 2
    pread(m, arena+1p-1, 2, 0)          -> EFAULT
    load(arena+1p-1)                    -> 0 | 0x55
  `,
    { choices },
  );
});

test('iovec.none: a list without elements is refused elsewhere', () => {
  follow('m = memfd_create() -> ok\nreadv(m, []) -> EINVAL\nwritev(m, []) -> EINVAL', { choices: { 'iovec.none': 'einval' } });
});

test('write.limit: what lies before the limit is written; at it nothing is, nor where the file is sealed as well', () => {
  follow(
    `
    m = memfd_create(allow_sealing)     -> ok
    a = mmap(0, 2p, rw, private|anon)   -> ok
    write(m, a, 2p)                     -> 0x1800
    write(m, a, 1)                      -> EFBIG
    write(m, a, 0)                      -> 0
    add_seals(m, future_write)          -> 0
    write(m, a, 1)                      -> EFBIG | EPERM
    pwrite(m, a, 1, 0)                  -> EPERM
    pwrite(m, arena, 1, 0)              -> EPERM | EFAULT
  `,
    { host: { limits: limitedFiles(0x1800) } },
  );
});

const UNLIMITED = { soft: Number.POSITIVE_INFINITY, hard: Number.POSITIVE_INFINITY };
const limitedFiles = (bytes: number) => ({
  fsize: { soft: bytes, hard: bytes },
  data: UNLIMITED,
  stack: UNLIMITED,
  nofile: { soft: 64, hard: 64 },
  memlock: UNLIMITED,
  as: UNLIMITED,
});

test('write.sealed-grow: whole pages before the one with the end, or nothing', () => {
  const program = (count: string, size: string) => `
    m = memfd_create(allow_sealing)     -> ok
    a = mmap(0, 3p, rw, private|anon)   -> ok
    ftruncate(m, ${size})               -> 0
    add_seals(m, grow)                  -> 0
    write(m, a, 3p)                     -> ${count}
    fsize(m)                            -> ${size}
  `;
  follow(program('1p', '1p+1'));
  follow(program('2p', '3p-1'));
  follow(program('3p', '3p'));
  follow(program('EPERM', '1p-1'));
  follow(program('EPERM', '1p+1'), { choices: { 'write.sealed-grow': 'nothing' } });
});

test('read.past-offsets, write.past-offsets: the last position is 2^63 − 1, told exactly', () => {
  follow(`
    m = memfd_create()                  -> ok
    a = mmap(0, 1p, rw, private|anon)   -> ok
    pread(m, a, 1, high-2)              -> 0
    pread(m, a, 1, high-1)              -> EINVAL
    pread(m, a, 0, high-1)              -> 0
    pwrite(m, a, 2, high-2)             -> EINVAL
    pwrite(m, a, 1, high-2)             -> EFBIG
  `);
});

test('iovec.single-huge: before Linux 6.4 the whole of a length counted', () => {
  const program = (answer: string) => `
    m = memfd_create()                  -> ok
    readv(m, [arena:top])               -> ${answer}
    readv(m, [arena:0, arena:top])      -> EFAULT
  `;
  follow(program('0'));
  follow(program('EFAULT'), { host: { release: '6.1.0' } });
});

test('copy.zero-length: an address past the end needs no bytes to be refused, where it is looked at', () => {
  const program = (answer: string) => `
    m = memfd_create()                  -> ok
    read(m, top+1, 0)                   -> ${answer}
    readv(m, [top+1:0, arena:0])        -> ${answer}
  `;
  follow(program('EFAULT'));
  follow(program('0'), { choices: { 'copy.zero-length': 'unchecked' } });
});

test('a page that may have been dropped is written as it was or as zeros', () => {
  follow(`
    a = mmap(0, 1p, rw, private|anon)   -> ok
    b = mmap(0, 1p, rw, private|anon)   -> ok
    m = memfd_create()                  -> ok
    store(a, 0x11)                      -> 0
    madvise(a, 1p, free)                -> 0
    write(m, a, 8)                      -> 8
    pread(m, b, 8, 0)                   -> 8
    load(b)                             -> 0x11 | 0
    load(b)                             -> 0x11
  `);
});

test('memory that is not the program’s is not spoken of', () => {
  const program = `
    m = memfd_create()                  -> ok
    write(m, 0x7f0000000000, 8)
  `;
  expect(() => follow(program)).toThrow('memory that is not the program’s');
});

test('iovec.count: 1,024 elements are a list, one more is refused, whichever call takes it', () => {
  const list = (count: number): string => `[${new Array(count).fill('arena:0').join(', ')}]`;
  follow(`
    m = memfd_create()                  -> ok
    readv(m, ${list(1024)})             -> 0
    readv(m, ${list(1025)})             -> EINVAL
    process_vm_readv(-1, [arena:1], ${list(1025)}) -> EINVAL
  `);
});

test('too many possibilities: what may be one of more contents than can be told apart is not spoken of', () => {
  const lines = ['a = mmap(0, 9p, rw, private|anon) -> ok', 'b = mmap(0, 1p, rw, private|anon) -> ok', 'm = memfd_create() -> ok'];
  for (let i = 0; i < 9; i++) lines.push(`store(a+${i}p, 0x1${i}) -> 0`);
  lines.push('madvise(a, 9p, free) -> 0');
  const elements = [0, 1, 2, 3, 4, 5, 6, 7, 8].map((i) => `a+${i}p:1`);
  const write = (count: number): string => [...lines, `writev(m, [${elements.slice(0, count).join(', ')}]) -> ${count}`].join('\n');
  follow(`${write(8)}\npread(m, b, 1p, 0) -> 8`);
  expect(() => follow(write(9))).toThrow('too many possibilities');
  expect(() => follow(`${lines.join('\n')}\nq = pipe() -> ok\nwritev(q.w, [${elements.join(', ')}]) -> 9`)).toThrow(
    'too many possibilities',
  );
});

test('read.moves-offset: an offset past what doubles tell apart is not reckoned with', () => {
  follow('m = memfd_create() -> ok\nlseek(m, high-1p, set) -> ok\nread(m, arena, 1p-1) -> 0\nread(m, arena, 1p) -> EINVAL');
  expect(() => follow('m = memfd_create() -> ok\nlseek(m, high-1, set) -> ok\nread(m, arena, 1) -> EINVAL')).toThrow(
    'a position that doubles cannot tell',
  );
});

test('a file that is on no memory file system may be too large for it', () => {
  const host = { fileSystem: 'ext4', limits: limitedFiles(Number.POSITIVE_INFINITY) };
  const program = 'f = open(f0, rdwr|creat) -> ok\na = mmap(0, 1p, rw, private|anon) -> ok\npwrite(f, a, 1, 0x20000000000) -> 1';
  expect(() => follow(program, { host })).toThrow('a file of such a size');
  follow(program.replace('0x20000000000', '0x200000'), { host });
});

test('copy.grows-stack: whether a stack grows to a page that may be too near to what nobody knows is not spoken of', () => {
  const stack = 'a = mmap(heap+1p, 1p, rw, private|anon|growsdown) -> ok\nm = memfd_create() -> ok\n';
  expect(() => follow(`${stack}write(m, heap, 1) -> 1`)).toThrow('whether a stack grows');
});

/** process_vm_readv and process_vm_writev, in what the chapter's own examples do not show. */
import { expect, test } from 'vitest';
import { follow } from '../follow.testing.ts';

test('process_vm.data: a write breaks the sharing of a copied page, and goes into a shared one', () => {
  follow(`
    a = mmap(0, 1p, rw, private|anon)   -> ok
    b = mmap(0, 1p, rw, shared|anon)    -> ok
    store(a, 0x2211, 2)                 -> 0
    p1 = fork()                         -> ok
    process_vm_writev(p1, [a+1:1, a:1], [a:1, b:1]) -> 2
    p1: load(a, 2)                      -> 0x2222
    load(a, 2)                          -> 0x2211
    load(b)                             -> 0x11
  `);
});

test('process_vm.data: a process can reach into itself by its own id, and into its siblings', () => {
  follow(`
    a = mmap(0, 2p, rw, private|anon)   -> ok
    p1 = fork()                         -> ok
    p2 = fork()                         -> ok
    p1: store(a, 0x11)                  -> 0
    p1: process_vm_readv(p1, [a+1p:1], [a:1]) -> 1
    p1: load(a+1p)                      -> 0x11
    p2: process_vm_readv(p1, [a+8:1], [a+1p:1]) -> 1
    p2: load(a+8)                       -> 0x11
  `);
});

test('process_vm.pages: a page of zeros that was looked up before it was written is still zeros to the call', () => {
  follow(`
    a = mmap(0, 3p, rw, private|anon)   -> ok
    p1 = fork()                         -> ok
    p1: store(a, 0x11)                  -> 0
    p1: process_vm_readv(p1, [a+1p:2p], [a:2p]) -> 2p
    p1: load(a+1p)                      -> 0x11
    p1: load(a+2p)                      -> 0
  `);
});

test('process_vm.pages: a page of a file stays the one that was looked up when a copy takes its place', () => {
  follow(`
    m = memfd_create()                  -> ok
    ftruncate(m, 3p)                    -> 0
    s = mmap(0, 3p, rw, shared, m)      -> ok
    store(s, 0x11)                      -> 0
    store(s+1p, 0x22)                   -> 0
    a = mmap(0, 3p, rw, private, m)     -> ok
    p1 = fork()                         -> ok
    p1: process_vm_readv(p1, [a+1p:2p], [a:2p]) -> 2p
    p1: load(a+1p)                      -> 0x11
    p1: load(a+2p)                      -> 0x22
  `);
});

test('process_vm.protection: reading needs a mapping that may be read, and writing alone does not do', () => {
  const { clauses } = follow(`
    a = mmap(0, 1p, rw, private|anon)   -> ok
    b = mmap(0, 3p, w, private|anon)    -> ok
    mprotect(b+1p, 1p, x)               -> 0
    mprotect(b+2p, 1p, none)            -> 0
    p1 = fork()                         -> ok
    load(b)                             -> 0
    process_vm_readv(p1, [a:1], [b:1])  -> EFAULT
    process_vm_readv(p1, [a:1], [b+1p:1]) -> EFAULT
    process_vm_readv(p1, [a:1], [b+2p:1]) -> EFAULT
    process_vm_writev(p1, [b:1], [b:1]) -> 1
    process_vm_writev(p1, [b:1], [b+1p:1]) -> EFAULT
  `);
  expect(clauses).toContain('process_vm.protection');
});

test('process_vm.partial: bytes go up to the first that is out of reach on either side, over elements and pages', () => {
  follow(`
    mmap(arena, 3p, rw, private|anon|fixed) -> ok
    p1 = fork()                         -> ok
    p1: munmap(arena+1p, 1p)            -> 0
    process_vm_readv(p1, [arena:1p, arena+1p:1p], [arena:10, arena+1p-8:16, arena+2p:8]) -> 18
    process_vm_writev(p1, [arena+3p-20:30], [arena:3p]) -> 20
    process_vm_writev(p1, [arena:1p], [arena+2p:8, arena+1p:8, arena:8]) -> 8
  `);
});

test('process_vm.stack: a look-up made a stack grow before Linux 6.5', () => {
  const program = (answer: string) => `
    mmap(arena+512p, 1p, rw, private|anon|fixed|growsdown) -> ok
    a = mmap(0, 1p, rw, private|anon)   -> ok
    p1 = fork()                         -> ok
    process_vm_readv(p1, [a:8], [arena+511p:8]) -> ${answer}
    process_vm_readv(p1, [arena+511p:8], [a:8]) -> 8
  `;
  follow(program('EFAULT'));
  follow(program('8'), { host: { release: '6.1.0' } });
});

test('process_vm.no-process: a large number is nobody, a small one may be anybody', () => {
  const program = (pid: string) => `
    a = mmap(0, 1p, rw, private|anon)   -> ok
    process_vm_readv(${pid}, [a:8], [a:8]) -> ESRCH
  `;
  follow(program('0x400001'));
  follow(program('0x7fffffff'));
  follow(program('high'));
  expect(() => follow(program('1'))).toThrow('a process that is not the program’s');
});

test('a page copied onto itself at another place is not spoken of', () => {
  const program = (to: string) => `
    a = mmap(0, 1p, rw, shared|anon)    -> ok
    p1 = fork()                         -> ok
    process_vm_readv(p1, [${to}:8], [a:8]) -> 8
  `;
  follow(program('a'));
  follow(program('a+8'));
  expect(() => follow(program('a+4'))).toThrow('a page copied onto itself');
});

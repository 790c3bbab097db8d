/** Ranges of files and positions in them; seals. */
import { expect, test } from 'vitest';
import { follow, HOST } from '../follow.testing.ts';

test('fallocate.punch: zeros in the file and its mappings, but not in private copies', () => {
  follow(`
    m = memfd_create() -> 0
    ftruncate(m, 4p) -> 0
    s = mmap(0, 4p, rw, shared, m) -> ok
    store(s+99, 0x11) -> ok
    store(s+100, 0x12) -> ok
    store(s+1p, 0x13) -> ok
    store(s+2p+9, 0x14) -> ok
    store(s+2p+10, 0x15) -> ok
    a = mmap(0, 4p, rw, private, m) -> ok
    store(a+1p+1, 0x16) -> ok
    fallocate(m, keep_size|punch_hole, 100, 2p-90) -> 0
    load(s+99) -> 0x11
    load(s+100) -> 0
    load(s+1p) -> 0
    load(s+2p+9) -> 0
    load(s+2p+10) -> 0x15
    load(a+1p) -> 0x13
    load(a+100) -> 0
    fsize(m) -> 4p`);
});

test('fallocate.punch: within one page', () => {
  follow(`
    m = memfd_create() -> 0
    ftruncate(m, 1p) -> 0
    s = mmap(0, 1p, rw, shared, m) -> ok
    store(s+8, 0x11223344556677, 8) -> ok
    fallocate(m, keep_size|punch_hole, 9, 2) -> 0
    load(s+8, 4) -> bytes 77 00 00 44`);
});

test('fallocate.extends: only without keep_size', () => {
  follow(
    'm = memfd_create() -> 0\nfallocate(m, keep_size, 0, 2p) -> 0\nfsize(m) -> 0\nfallocate(m, 0, 1, 1p) -> 0\nfsize(m) -> 1p+1\nfallocate(m, 0, 0, 1) -> 0\nfsize(m) -> 1p+1',
  );
});

test('fallocate.mode: errors that apply together are all allowed', () => {
  follow(`
    m = memfd_create() -> 0
    fallocate(m, punch_hole, 0, 1p) -> EOPNOTSUPP
    fallocate(m, keep_size|collapse_range, 0, 0) -> EOPNOTSUPP | EINVAL
    fallocate(m, zero_range, -1, 1p) -> EOPNOTSUPP | EINVAL
    fallocate(9, 0x100, 0, 1p) -> EOPNOTSUPP | EBADF
    q = pipe() -> ok
    fallocate(q.r, 0, 0, 1p) -> ESPIPE | EBADF`);
});

test('fallocate.memory-modes: on other file systems some succeed, and what they do is open', () => {
  follow('m = memfd_create() -> 0\nfallocate(m, zero_range, 0, 1p) -> EOPNOTSUPP', { host: { fileSystem: 'ext4' } });
  follow('a = open(f0, rdwr|creat) -> 0\nfallocate(a, zero_range, 0, 1p) -> EOPNOTSUPP');
  const other = { host: { fileSystem: 'ext4' } };
  expect(() => follow('a = open(f0, rdwr|creat) -> 0\nfallocate(a, zero_range, 0, 1p)', other)).toThrow('this mode of fallocate');
  follow('a = open(f0, rdonly|creat) -> 0\nfallocate(a, zero_range, 0, 1p) -> EBADF', other);
});

test('fallocate.too-large: the last byte that can be counted is still fine', () => {
  follow(
    'm = memfd_create() -> 0\nfallocate(m, keep_size|punch_hole, high-1p, 1p-1) -> 0\nfallocate(m, keep_size|punch_hole, high-1p, 1p) -> EFBIG',
  );
});

test('fallocate.limit: counts with keep_size too, where the range passes the end', () => {
  const host = { limits: { ...HOST.limits, fsize: { soft: 8192, hard: 8192 } } };
  follow(
    'm = memfd_create() -> 0\nfallocate(m, keep_size, 0, 2p) -> 0\nfallocate(m, keep_size, 0, 2p+1) -> EFBIG\nfallocate(m, keep_size|punch_hole, 0, 3p) -> 0',
    {
      host,
    },
  );
});

test('lseek.data: never past a byte that was written, and anywhere before it at a page', () => {
  const text = (found: string): string => `
    m = memfd_create() -> 0
    ftruncate(m, 4p) -> 0
    a = mmap(0, 4p, rw, shared, m) -> ok
    store(a+2p+9, 1) -> ok
    ${found}`;
  follow(text('lseek(m, 0, data) -> 2p\nlseek(m, 0, cur) -> 2p'));
  follow(text('lseek(m, 2p+5, data) -> 2p+5'));
  follow(text('lseek(m, 3p, data) -> ENXIO | 3p'));
  follow(text('lseek(m, 4p, data) -> ENXIO\nlseek(m, -1, hole) -> ENXIO'));
});

test('lseek.hole: the end of the file always, the place itself where zeros may be a hole', () => {
  follow(`
    m = memfd_create() -> 0
    ftruncate(m, 2p+5) -> 0
    a = mmap(0, 3p, rw, shared, m) -> ok
    store(a+1p, 1) -> ok
    store(a+2p, 1) -> ok
    lseek(m, 1p, hole) -> 2p+5
    lseek(m, 5, hole) -> 5`);
});

test('lseek.overflow: the one error or the other', () => {
  const text = (error: string): string =>
    `m = memfd_create() -> 0\nlseek(m, high-1p, set) -> high-1p\nlseek(m, 1p, cur) -> ${error}\nlseek(m, -1p, cur) -> high-2p`;
  follow(text('EINVAL'));
  follow(text('EOVERFLOW'), { choices: { 'lseek.overflow': 'eoverflow' } });
});

test('lseek.negative: the offset stays', () => {
  follow(
    'm = memfd_create() -> 0\nlseek(m, 9, set) -> 9\nlseek(m, -10, cur) -> EINVAL\nlseek(m, -1, end) -> EINVAL\nlseek(m, 0, 5) -> EINVAL\nlseek(m, 0, cur) -> 9',
  );
});

test('seals.busy: a shared mapping that could be written to, in any process', () => {
  follow(`
    m = memfd_create(allow_sealing) -> 0
    ftruncate(m, 1p) -> 0
    a = mmap(0, 1p, r, shared, m) -> ok
    b = mmap(0, 1p, rw, private, m) -> ok
    p1 = fork() -> ok
    munmap(a, 1p) -> 0
    add_seals(m, write) -> EBUSY
    add_seals(m, exec) -> EBUSY
    add_seals(m, future_write) -> 0
    p1: exit() -> exited
    add_seals(m, write) -> 0
    add_seals(m, write) -> 0
    get_seals(m) -> 24`);
});

test('seals.exec-implies: for what can be executed', () => {
  follow('m = memfd_create(allow_sealing) -> 0\nadd_seals(m, exec) -> 0\nget_seals(m) -> 62');
  follow('m = memfd_create(noexec_seal) -> 0\nget_seals(m) -> 32\nadd_seals(m, exec|grow) -> 0\nget_seals(m) -> 36');
  follow('m = memfd_create(allow_sealing) -> 0\nadd_seals(m, exec) -> EINVAL', { host: { release: '6.2' } });
});

test('seals.sealed: beside it the other errors are allowed', () => {
  follow('m = memfd_create() -> 0\nget_seals(m) -> 1\nadd_seals(m, 0) -> EPERM\nadd_seals(m, 0x40) -> EPERM | EINVAL');
});

test('seals.tmpfs: a file of tmpfs is sealed, others cannot be', () => {
  follow('a = open(f0, rdwr|creat) -> 0\nget_seals(a) -> 1\nadd_seals(a, grow) -> EPERM');
  follow('a = open(f0, rdwr|creat) -> 0\nget_seals(a) -> EINVAL\nadd_seals(a, grow) -> EINVAL', { host: { fileSystem: 'ext4' } });
  follow('a = open(f0, rdwr|creat) -> 0\nget_seals(a) -> EINVAL', { choices: { 'seals.tmpfs': 'not-a-memfd' } });
});

test('seals.*: what they forbid', () => {
  follow(`
    m = memfd_create(allow_sealing) -> 0
    ftruncate(m, 2p) -> 0
    add_seals(m, grow|shrink) -> 0
    ftruncate(m, 1p) -> EPERM
    ftruncate(m, 3p) -> EPERM
    ftruncate(m, 2p) -> 0
    fallocate(m, keep_size, 2p, 1p) -> EPERM
    fallocate(m, 0, 0, 2p) -> 0
    add_seals(m, write) -> 0
    fallocate(m, keep_size|punch_hole, 0, 1p) -> EPERM
    mmap(0, 1p, rw, shared, m) -> EPERM
    a = mmap(0, 1p, r, shared, m) -> ok
    mprotect(a, 1p, rw) -> EACCES`);
});

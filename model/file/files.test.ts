/** Names, descriptors and sizes. */
import { expect, test } from 'vitest';
import { follow, HOST } from '../follow.testing.ts';

test('open.creates: a new file is empty, and there for the next open', () => {
  const { clauses } = follow('open(f3, rdwr) -> ENOENT\na = open(f3, rdwr|creat) -> 0\nb = open(f3, rdwr) -> 1\nfsize(b) -> 0');
  expect(clauses).toContain('open.creates');
  expect(clauses).toContain('open.no-entry');
});

test('open.lowest: closing in the middle makes the number the next one', () => {
  follow(
    'a = memfd_create() -> 0\nb = memfd_create() -> 1\nc = dup(a) -> 2\nclose(b) -> 0\nd = open(f0, rdwr|creat) -> 1\ne = dup(c) -> 3',
  );
});

test('open.exclusive: refused where the file exists, and nothing is truncated', () => {
  follow('a = open(f0, rdwr|creat) -> 0\nftruncate(a, 1p) -> 0\nopen(f0, rdwr|creat|excl|trunc) -> EEXIST\nfsize(a) -> 1p');
});

test('open.truncate: reading alone truncates too, and drops private copies', () => {
  const { clauses } = follow(`
    a = open(f0, rdwr|creat) -> 0
    ftruncate(a, 1p) -> 0
    m = mmap(0, 1p, rw, private, a) -> ok
    store(m, 1) -> ok
    open(f0, rdonly|trunc) -> 1
    load(m) -> SIGBUS/ADRERR at m`);
  expect(clauses).toContain('open.truncate');
});

test('open.mode-three: other systems refuse it', () => {
  follow('open(f0, creat|mode=3) -> 0\nopen(f1, creat|rdwr) -> 1');
  follow('open(f0, creat|mode=3) -> EINVAL\nopen(f0, rdwr) -> ENOENT', { choices: { 'open.mode-three': 'einval' } });
});

test('open.too-many: every error that applies is allowed, and nothing is made', () => {
  const host = { limits: { ...HOST.limits, nofile: { soft: 1, hard: 1 } } };
  follow(
    `a = memfd_create() -> 0
     open(f0, rdwr) -> EMFILE | ENOENT
     open(f0, rdwr|creat) -> EMFILE
     memfd_create(0x20) -> EMFILE | EINVAL
     dup(a) -> EMFILE
     dup(5) -> EMFILE | EBADF
     pipe() -> EMFILE
     close(a) -> 0
     pipe() -> EMFILE
     open(f0, rdwr) -> ENOENT`,
    { host },
  );
});

test('unlink.removes-name: what is open goes on, and the name is another file’s', () => {
  follow(`
    a = open(f0, rdwr|creat) -> 0
    ftruncate(a, 10) -> 0
    unlink(f0) -> 0
    unlink(f0) -> ENOENT
    b = open(f0, rdwr|creat) -> 1
    fsize(a) -> 10
    fsize(b) -> 0`);
});

test('close.low-half: the upper half of a descriptor is not looked at', () => {
  const { clauses } = follow('a = memfd_create() -> 0\nfsize(0x100000000) -> 0\nclose(high) -> 0\nclose(a) -> EBADF');
  expect(clauses).toContain('close.low-half');
});

test('close.bad-descriptor: where the target keeps its own, nothing is said', () => {
  follow('close(100) -> EBADF\nclose(-1) -> EBADF\nclose(1024) -> EBADF');
  expect(() => follow('close(205)')).toThrow('target’s own');
});

test('dup.shares: one offset for all who have the description, an own one for every open', () => {
  follow(`
    a = open(f0, rdwr|creat) -> 0
    b = dup(a) -> 1
    c = open(f0, rdwr) -> 2
    p1 = fork() -> ok
    lseek(a, 7, set) -> 7
    p1: lseek(b, 1, cur) -> 8
    lseek(c, 0, cur) -> 0
    p1: close(a) -> 0
    lseek(a, 0, cur) -> 8`);
});

test('memfd.exec-flags: unknown to older kernels', () => {
  follow('memfd_create(exec) -> EINVAL\nmemfd_create(noexec_seal) -> EINVAL\nm = memfd_create() -> 0', { host: { release: '6.2' } });
  follow('memfd_create(exec) -> 0\nmemfd_create(exec|noexec_seal) -> EINVAL', { host: { release: '6.3' } });
});

test('pipe.creates: two descriptors, the lowest that are free', () => {
  follow(
    'a = memfd_create() -> 0\nb = memfd_create() -> 1\nclose(a) -> 0\nq = pipe() -> 0x20000\nfsize(q.w) -> 0\nclose(q.r) -> 0\npipe(0x1) -> EINVAL',
  );
});

test('ftruncate.not-writable: the other errors are allowed beside it', () => {
  follow(`
    a = open(f0, rdonly|creat) -> 0
    ftruncate(a, 1p) -> EINVAL
    ftruncate(a, 100000p) -> EINVAL | EFBIG
    q = pipe() -> ok
    ftruncate(q.w, 0) -> EINVAL
    ftruncate(9, -1) -> EINVAL | EBADF`);
});

test('ftruncate.limit: binds growth alone', () => {
  const host = { limits: { ...HOST.limits, fsize: { soft: 8192, hard: 8192 } } };
  follow(
    'm = memfd_create() -> 0\nftruncate(m, 2p) -> 0\nftruncate(m, 2p+1) -> EFBIG\nftruncate(m, 1p) -> 0\nftruncate(m, high) -> EINVAL',
    {
      host,
    },
  );
});

test('ftruncate.shrinks: what was cut off reads as zeros when the file grows again', () => {
  const { clauses } = follow(`
    m = memfd_create() -> 0
    ftruncate(m, 3p) -> 0
    a = mmap(0, 3p, rw, shared, m) -> ok
    store(a+1p+9, 0x11) -> ok
    store(a+1p+10, 0x22) -> ok
    store(a+2p, 0x33) -> ok
    lseek(m, 3p, set) -> 3p
    ftruncate(m, 1p+10) -> 0
    lseek(m, 0, cur) -> 3p
    ftruncate(m, 3p) -> 0
    load(a+1p+9) -> 0x11
    load(a+1p+10) -> 0
    load(a+2p) -> 0`);
  expect(clauses).toContain('ftruncate.offset');
});

test('file_mapping.tail: bytes past the end may come to light, and once seen are there', () => {
  const { clauses } = follow(`
    m = memfd_create() -> 0
    ftruncate(m, 1p+100) -> 0
    a = mmap(0, 2p, rw, shared, m) -> ok
    store(a+1p+99, 0x11) -> ok
    store(a+1p+100, 0x22) -> ok
    fallocate(m, 0, 0, 2p) -> 0
    load(a+1p+99) -> 0x11
    load(a+1p+100) -> 0x22 | 0
    load(a+1p+100) -> 0x22`);
  expect(clauses).toContain('file_mapping.tail');
});

test('file_mapping.tail-zero: a new size, the same even, cuts off what was stored past the end', () => {
  const { clauses } = follow(`
    m = memfd_create() -> 0
    ftruncate(m, 100) -> 0
    a = mmap(0, 1p, rw, shared, m) -> ok
    store(a+100, 0x22) -> ok
    load(a+100) -> 0x22
    ftruncate(m, 100) -> 0
    load(a+100) -> 0`);
  expect(clauses).toContain('file_mapping.tail-zero');
});

test('file_mapping.truncated-copies: dropped in every process, from the first page past the new end', () => {
  const { clauses } = follow(`
    m = memfd_create() -> 0
    ftruncate(m, 3p) -> 0
    a = mmap(0, 3p, rw, private, m) -> ok
    store(a, 0x11) -> ok
    store(a+1p, 0x22) -> ok
    store(a+2p, 0x33) -> ok
    p1 = fork() -> ok
    ftruncate(m, 1p+1) -> 0
    ftruncate(m, 3p) -> 0
    load(a) -> 0x11
    p1: load(a+1p) -> 0x22
    load(a+2p) -> 0
    p1: load(a+2p) -> 0`);
  expect(clauses).toContain('file_mapping.truncated-copies');
});

test('file_mapping.private-follows: until the process writes to the page', () => {
  const { clauses } = follow(`
    m = memfd_create() -> 0
    ftruncate(m, 1p) -> 0
    s = mmap(0, 1p, rw, shared, m) -> ok
    a = mmap(0, 1p, rw, private, m) -> ok
    store(s, 0x11) -> ok
    load(a) -> 0x11
    store(a+1, 0x22) -> ok
    store(s, 0x33) -> ok
    load(a) -> 0x11
    load(s+1) -> 0`);
  expect(clauses).toContain('file_mapping.private-follows');
  expect(clauses).toContain('file_mapping.coherent');
});

test('memfd.huge-pages: whole huge pages, of which there are none', () => {
  follow(`
    m = memfd_create(allow_sealing|hugetlb) -> 0
    ftruncate(m, 512p+1) -> EINVAL
    ftruncate(m, 512p) -> 0
    fallocate(m, 0, 0, 512p) -> ENOSPC
    fallocate(m, 0, 0, 1024p) -> ENOSPC
    fallocate(m, keep_size|punch_hole, 0, 1p) -> 0
    fallocate(m, zero_range, 0, 1p) -> EOPNOTSUPP
    add_seals(m, grow) -> 0
    get_seals(m) -> 4
    ftruncate(m, 1024p) -> EPERM
    fsize(m) -> 512p`);
  follow('memfd_create(hugetlb|0x40000000) -> ENODEV\nmemfd_create(hugetlb|0x20) -> EINVAL\nmemfd_create(hugetlb|0x54000000) -> 0');
  expect(() => follow('memfd_create(hugetlb)', { host: { hugePages: 1 } })).toThrow('huge pages');
  expect(() => follow('m = memfd_create(hugetlb) -> 0\nmmap(0, 1p, rw, shared, m)')).toThrow('huge pages');
});

test('file_mapping.tail: where pages are written back, bytes past the end may go at any time', () => {
  const text = `
    a = open(f0, rdwr|creat) -> 0
    ftruncate(a, 100) -> 0
    m = mmap(0, 1p, rw, shared, a) -> ok
    store(m+99, 0x11) -> ok
    store(m+100, 0x22) -> ok
    load(m+99) -> 0x11`;
  follow(`${text}\nload(m+100) -> 0x22`);
  follow(`${text}\nload(m+100) -> 0x22 | 0\nload(m+100) -> 0x22 | 0`, { host: { fileSystem: 'ext4' } });
});

test('file_mapping.truncated-copies: kept where a copy is no longer the file’s', () => {
  const text = `
    m = memfd_create() -> 0
    ftruncate(m, 2p) -> 0
    a = mmap(0, 2p, rw, private, m) -> ok
    store(a+1p, 0x22) -> ok
    ftruncate(m, 0) -> 0
    load(a) -> SIGBUS/ADRERR at a
    load(a+1p) -> 0x22`;
  follow(text, { choices: { 'file_mapping.truncated-copies': 'kept' } });
});

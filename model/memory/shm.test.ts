/** SysV shared memory. */
import { expect, test } from 'vitest';
import { follow } from '../follow.testing.ts';

test('shm.attaches: the whole segment, shared by all that attach it', () => {
  follow(`
    s = shmget(1p+1) -> ok
    a = shmat(s, 0) -> ok
    b = shmat(s, arena, rdonly) -> arena
    store(a+2p-1, 0x5a) -> ok
    load(arena+2p-1) -> 0x5a
    load(arena+2p) -> SIGSEGV/MAPERR at arena+2p
    store(arena, 1) -> SIGSEGV/ACCERR at arena
    mprotect(arena, 1p, rw) -> EACCES`);
});

test('shm.size-zero, shm.size-huge, shm.memory: sizes that cannot be', () => {
  follow('shmget(0) -> EINVAL\nshmget(-1) -> EINVAL\nshmget(high-1p) -> ENOMEM\nshmget(high, noreserve) -> EINVAL');
  follow('s = shmget(high-1p, noreserve) -> ok\nshmat(s, 0) -> ENOMEM\nshmat(s, arena) -> ENOMEM | EINVAL');
});

test('shm.huge-page-permission: past what may be locked', () => {
  follow('shmget(1p, hugetlb) -> EPERM\nshmget(0, hugetlb) -> EINVAL');
  expect(() => follow('shmget(1p, hugetlb)', { host: { privileged: true } })).toThrow('huge pages');
});

test('shm.attach-in-use: refused, or replaced with remap', () => {
  const { clauses } = follow(`
    s = shmget(2p) -> ok
    mmap(arena+1p, 2p, rw, private|anon|fixed) -> ok
    store(arena+2p, 0x11) -> ok
    shmat(s, arena) -> EINVAL
    shmat(s, arena, remap) -> arena
    load(arena+1p) -> 0
    load(arena+2p) -> 0x11`);
  expect(clauses).toContain('shm.remap');
});

test('shm.attach-in-use: the one error or the other', () => {
  follow('s = shmget(1p) -> ok\nshmat(s, arena) -> arena\nshmat(s, arena) -> ENOMEM', { choices: { 'shm.attach-in-use': 'enomem' } });
});

test('shm.remap-where: needs an address', () => {
  follow(
    's = shmget(1p) -> ok\nshmat(s, 0, remap) -> EINVAL\nshmat(s, 5, remap|rnd) -> EINVAL\nshmat(s, 5, rnd) -> EPERM\nshmat(s, arena+5) -> EINVAL',
  );
});

test('shm.attach-wraps: beside the end of the user address space', () => {
  follow(
    's = shmget(2p) -> ok\nshmat(s, -1p) -> EINVAL | ENOMEM\nshmat(s, -1p, remap) -> ENOMEM\nshmat(s, top-1p) -> ENOMEM | EINVAL\nshmat(s, top-1p, remap) -> ENOMEM',
  );
});

test('shm.permission: to execute is only what was given', () => {
  follow('s = shmget(1p) -> ok\nshmat(s, 0, exec) -> EACCES\na = shmat(s, 0) -> ok');
  const { clauses } = follow('s = shmget(1p, 0x40) -> ok\na = shmat(s, 0, exec) -> ok\nstore(a, code, 8) -> ok\nexec(a) -> 42');
  expect(clauses).toContain('shm.attach-exec');
});

test('shm.attach-removed: as long as somebody has it', () => {
  const text = (outcome: string): string => `
    s = shmget(1p) -> ok
    a = shmat(s, arena) -> arena
    shm_rmid(s) -> 0
    shm_rmid(s) -> 0
    shmat(s, arena+4p) -> ${outcome}`;
  follow(text('arena+4p'));
  follow(text('EINVAL'), { choices: { 'shm.attach-removed': 'refused' } });
});

test('shm.destroyed: with the last attachment, in whichever process', () => {
  const { clauses } = follow(`
    s = shmget(1p) -> ok
    a = shmat(s, arena) -> arena
    p1 = fork() -> ok
    shm_rmid(s) -> 0
    shmdt(arena) -> 0
    shm_rmid(s) -> 0
    p1: load(arena) -> 0
    p1: exit() -> exited
    shm_rmid(s) -> EINVAL | EIDRM
    shmat(s, 0) -> EINVAL | EIDRM
    shmat(-1, 0) -> EINVAL`);
  expect(clauses).toContain('shm.destroyed');
  expect(clauses).toContain('shm.no-segment');
});

test('shm.detach-pieces: all that lies where it was put, and nothing else', () => {
  const { clauses } = follow(`
    s = shmget(4p) -> ok
    t = shmget(1p) -> ok
    shmat(s, arena) -> arena
    munmap(arena, 2p) -> 0
    shmat(t, arena+1p) -> arena+1p
    mprotect(arena+3p, 1p, r) -> 0
    mmap(arena+4p, 1p, rw, private|anon|fixed) -> ok
    shmdt(arena+2p) -> EINVAL
    shmdt(arena) -> 0
    load(arena+2p) -> SIGSEGV/MAPERR at arena+2p
    load(arena+3p) -> SIGSEGV/MAPERR at arena+3p
    load(arena+1p) -> 0
    load(arena+4p) -> 0
    shmdt(arena) -> EINVAL
    shmdt(arena+1p+1) -> EINVAL
    shmdt(arena+1p) -> 0`);
  expect(clauses).toContain('shm.detach-pieces');
});

import { describe, expect, test } from 'vitest';
import { follow } from '../follow.testing.ts';

const PRIVATE = 'mmap(arena, 4p, rw, private|anon|fixed) -> ok\nstore(arena, 0x11) -> ok\nstore(arena+3p, 0x33) -> ok\n';
const SHARED = 'mmap(arena, 2p, rw, shared|anon|fixed) -> ok\nstore(arena, 0x11) -> ok\n';
const FILE = `f = memfd_create(allow_sealing) -> ok
ftruncate(f, 2p) -> 0
s = mmap(0, 2p, rw, shared, f) -> ok
store(s, 0x11) -> ok
`;

describe('madvise.*: arguments', () => {
  test('madvise.unaligned: fails with EINVAL and changes nothing, whatever the length', () => {
    const { clauses } = follow(`${PRIVATE}
      madvise(arena+1, 1p, dontneed) -> EINVAL
      madvise(arena+1, 0, dontneed) -> EINVAL
      madvise(arena+1, 1p, populate_write) -> EINVAL
      load(arena) -> 0x11`);
    expect(clauses).toContain('madvise.unaligned');
  });

  test('madvise.length-zero: succeeds without looking at anything', () => {
    follow(`${PRIVATE}
      madvise(arena, 0, dontneed) -> 0
      madvise(top, 0, dontneed) -> 0
      madvise(arena+8p, 0, populate_read) -> 0
      load(arena) -> 0x11`);
  });

  test('madvise.wrap: a range that passes the end of all addresses, or rounds up to nothing, fails with EINVAL', () => {
    follow(`${PRIVATE}
      madvise(arena, -1, dontneed) -> EINVAL
      madvise(arena, -1p, dontneed) -> EINVAL
      madvise(-1p, 1p, dontneed) -> EINVAL
      madvise(-2p, 1p, dontneed) -> ENOMEM
      load(arena) -> 0x11`);
  });

  test('madvise.whole-pages: the last page is advised as a whole', () => {
    follow(`${PRIVATE}madvise(arena, 3p+1, dontneed) -> 0\nload(arena+3p) -> 0`);
  });

  test('madvise.unknown: fails with EINVAL, also with a length of zero; the kernel sees the low half of the number', () => {
    follow(`${PRIVATE}
      madvise(arena, 1p, 5) -> EINVAL
      madvise(arena, 0, 26) -> EINVAL
      madvise(arena, 1p, -1) -> EINVAL
      madvise(arena, 1p, 0x100000004) -> 0
      load(arena) -> 0`);
  });

  test('madvise.unknown: what the kernel was built without', () => {
    follow('madvise(arena, 0, mergeable) -> EINVAL', { host: { ksm: false } });
    follow('madvise(arena, 0, hugepage) -> EINVAL\nmadvise(arena, 0, collapse) -> EINVAL', { host: { transparentHugePages: 'none' } });
  });

  test.each([
    ['madvise.free.known', 'free', '4.4.1'],
    ['madvise.wipeonfork.known', 'keeponfork', '4.13.0'],
    ['madvise.reclaim.known', 'pageout', '5.3.0'],
    ['madvise.populate.known', 'populate_read', '5.13.0'],
    ['madvise.dontneed-locked.known', 'dontneed_locked', '5.17.0'],
    ['madvise.collapse.known', 'collapse', '6.0.0'],
    ['madvise.guard.known', 'guard_remove', '6.12.0'],
  ] as const)('%s: %s is unknown to Linux %s', (clause, advice, release) => {
    const { clauses } = follow(`${PRIVATE}madvise(arena, 1p, ${advice}) -> EINVAL\nload(arena) -> 0x11`, { host: { release } });
    expect(clauses).toContain(clause);
  });
});

describe('madvise.*: ranges over several mappings', () => {
  const HOLE = `${PRIVATE}munmap(arena+1p, 1p) -> 0\n`;

  test('madvise.hole: all that is mapped takes the advice, then ENOMEM', () => {
    follow(`${HOLE}madvise(arena, 4p, dontneed) -> ENOMEM\nload(arena) -> 0\nload(arena+3p) -> 0`);
  });

  test('madvise.hole: skipped', () => {
    follow(`${HOLE}madvise(arena, 4p, dontneed) -> 0\nload(arena) -> 0\nload(arena+3p) -> 0`, { choices: { 'madvise.hole': 'skipped' } });
  });

  test('madvise.hole: stops-at-hole', () => {
    follow(`${HOLE}madvise(arena, 4p, dontneed) -> ENOMEM\nload(arena) -> 0\nload(arena+3p) -> 0x33`, {
      choices: { 'madvise.hole': 'stops-at-hole' },
    });
  });

  test('madvise.refusal-stops: the errno of the first mapping that refuses, with those before it advised', () => {
    const { clauses } = follow(`${HOLE}
      mlock(arena+2p, 1p) -> 0
      madvise(arena, 4p, dontneed) -> EINVAL
      load(arena) -> 0
      load(arena+3p) -> 0x33`);
    expect(clauses).toContain('madvise.refusal-stops');
  });

  test('memory that is not the program’s is left open', () => {
    expect(() => follow('madvise(0x500000, 1p, normal)')).toThrow('not the program’s');
  });
});

describe('madvise.dontneed', () => {
  test('madvise.dontneed.drops: anonymous memory is zeros, here and not in a child that has its own', () => {
    follow(`${PRIVATE}p1 = fork() -> ok\nmadvise(arena, 1p, dontneed) -> 0\nload(arena) -> 0\np1: load(arena) -> 0x11`);
  });

  test('madvise.dontneed.drops: a private mapping of a file shows the file again', () => {
    follow(`${FILE}
      a = mmap(0, 1p, rw, private, f) -> ok
      store(a, 0x5a) -> ok
      store(s, 0x22) -> ok
      madvise(a, 1p, dontneed) -> 0
      load(a) -> 0x22`);
  });

  test('madvise.dontneed.shared: shared memory loses nothing', () => {
    follow(`${SHARED}madvise(arena, 2p, dontneed) -> 0\nload(arena) -> 0x11`);
  });

  test('madvise.dontneed.locked: refused, and dontneed_locked is not', () => {
    follow(`${PRIVATE}
      mlock(arena, 1p) -> 0
      madvise(arena, 1p, dontneed) -> EINVAL
      load(arena) -> 0x11
      madvise(arena, 1p, dontneed_locked) -> 0
      load(arena) -> 0
      madvise(arena, 1p, dontneed) -> EINVAL`);
  });

  test('madvise.dontneed.huge-page: only from the start of a huge page on', () => {
    const map = 'a = mmap(0, 1024p, rw, private|anon|hugetlb|noreserve) -> ok\n';
    follow(`${map}madvise(a+512p, 1p, dontneed) -> 0\nmadvise(a+1p, 600p, dontneed) -> EINVAL`);
    follow(`${map}madvise(a+512p, 1p, dontneed) -> EINVAL`, { choices: { 'madvise.dontneed.huge-page': 'einval' } });
  });

  test('madvise.huge-page: what a mapping remembers cannot be changed for a part of a huge page', () => {
    follow(`a = mmap(0, 1024p, rw, private|anon|hugetlb|noreserve) -> ok
      madvise(a, 1p, dontfork) -> EINVAL
      madvise(a, 513p, random) -> EINVAL
      madvise(a, 1p, normal) -> 0
      madvise(a, 512p, dontfork) -> 0
      madvise(a, 1p, dontfork) -> 0`);
  });
});

describe('madvise.free', () => {
  test('madvise.free.may-zero: old contents or zeros, until a store', () => {
    follow(`${PRIVATE}
      store(arena+1, 0x22) -> ok
      madvise(arena, 1p, free) -> 0
      load(arena) -> 0x11 | 0
      store(arena, 0x77) -> ok
      load(arena) -> 0x77
      load(arena+1) -> 0x22 | 0`);
  });

  test('madvise.free.may-zero: zeros once seen are zeros for good, for the whole page', () => {
    follow(`${PRIVATE}store(arena+8, 0x22) -> ok\nmadvise(arena, 1p, free) -> 0\nload(arena) -> 0 | 0x11\nload(arena+8) -> 0`);
  });

  test('madvise.free.may-zero: parent and child may see different things', () => {
    follow(`${PRIVATE}madvise(arena, 1p, free) -> 0\np1 = fork() -> ok\nload(arena) -> 0 | 0x11\np1: load(arena) -> 0x11 | 0`);
  });

  test('madvise.free.may-zero: pages that were not freed keep their contents', () => {
    follow(`${PRIVATE}madvise(arena, 1p, free) -> 0\nload(arena+3p) -> 0x33`);
  });

  test('madvise.free.until-locked: a locked page is not dropped any more', () => {
    const { clauses } = follow(`${PRIVATE}
      madvise(arena, 1p, free) -> 0
      mlock(arena, 1p) -> 0
      load(arena) -> 0x11 | 0
      load(arena) -> 0x11
      mincore(arena, 1p) -> bytes 01`);
    expect(clauses).toContain('madvise.free.until-locked');
  });

  test('madvise.free.not-anonymous, madvise.free.locked: refused, and nothing changes', () => {
    follow(`${SHARED}madvise(arena, 1p, free) -> EINVAL\nload(arena) -> 0x11`);
    follow(`${FILE}a = mmap(0, 1p, rw, private, f) -> ok\nmadvise(a, 1p, free) -> EINVAL`);
    follow(`${PRIVATE}mlock(arena, 1p) -> 0\nmadvise(arena, 1p, free) -> EINVAL\nload(arena) -> 0x11`);
  });
});

describe('madvise.remove', () => {
  test('madvise.remove.punches: zeros for all who share the pages, private copies and the size stay', () => {
    follow(`${FILE}
      store(s+1p, 0x22) -> ok
      a = mmap(0, 2p, rw, private, f) -> ok
      store(a, 0x5a) -> ok
      p1 = fork() -> ok
      p1: madvise(s, 1p, remove) -> 0
      load(s) -> 0
      load(s+1p) -> 0x22
      load(a) -> 0x5a
      madvise(a, 1p, dontneed) -> 0
      load(a) -> 0
      fsize(f) -> 2p`);
  });

  test.each([
    ['madvise.remove.anonymous', `${PRIVATE}madvise(arena, 1p, remove) -> EINVAL`],
    ['madvise.remove.locked', `${SHARED}mlock(arena, 1p) -> 0\nmadvise(arena, 1p, remove) -> EINVAL`],
    ['madvise.remove.not-writable', `${FILE}a = mmap(0, 1p, rw, private, f) -> ok\nmadvise(a, 1p, remove) -> EACCES\nload(a) -> 0x11`],
    ['madvise.remove.sealed', `${FILE}add_seals(f, future_write) -> 0\nmadvise(s, 1p, remove) -> EPERM\nload(s) -> 0x11`],
  ] as const)('%s: refused', (clause, program) => {
    expect(follow(program).clauses).toContain(clause);
  });

  test('madvise.remove.protected: a shared mapping that could be made writable', () => {
    const program = `${SHARED}mprotect(arena, 2p, r) -> 0\n`;
    follow(`${program}madvise(arena, 1p, remove) -> 0\nload(arena) -> 0`);
    follow(`${program}madvise(arena, 1p, remove) -> EACCES\nload(arena) -> 0x11`, { host: { release: '6.6.0' } });
  });

  test('madvise.remove.unsupported: a file system that cannot make holes', () => {
    const program = 'f = open(f0, rdwr|creat) -> ok\nftruncate(f, 1p) -> 0\na = mmap(0, 1p, rw, shared, f) -> ok\n';
    follow(`${program}madvise(a, 1p, remove) -> 0`);
    follow(`${program}madvise(a, 1p, remove) -> EOPNOTSUPP`, { host: { fileSystem: 'vfat' } });
  });

  test('huge pages have nothing to remove: allowed where they are shared', () => {
    follow('a = mmap(0, 512p, rw, shared|anon|hugetlb|noreserve) -> ok\nmadvise(a, 1p, remove) -> 0');
    follow('a = mmap(0, 512p, rw, private|anon|hugetlb|noreserve) -> ok\nmadvise(a, 1p, remove) -> EACCES');
  });
});

describe('madvise.*: fork', () => {
  test('madvise.dontfork, madvise.dofork: a child has the page or not', () => {
    follow(`${PRIVATE}
      madvise(arena, 2p, dontfork) -> 0
      madvise(arena+1p, 1p, dofork) -> 0
      p1 = fork() -> ok
      p1: load(arena) -> SIGSEGV/MAPERR at arena
      p1: load(arena+1p) -> 0
      load(arena) -> 0x11`);
  });

  test('madvise.wipeonfork, madvise.keeponfork: a child has zeros or a copy', () => {
    follow(`${PRIVATE}
      madvise(arena, 4p, wipeonfork) -> 0
      madvise(arena+3p, 1p, keeponfork) -> 0
      p1 = fork() -> ok
      p1: load(arena) -> 0
      p1: load(arena+3p) -> 0x33
      load(arena) -> 0x11`);
  });

  test('madvise.wipeonfork.not-anonymous, madvise.keeponfork.droppable: refused', () => {
    follow(`${SHARED}madvise(arena, 1p, wipeonfork) -> EINVAL\nmadvise(arena, 1p, keeponfork) -> 0`);
    follow('a = mmap(0, 1p, rw, droppable|anon) -> ok\nmadvise(a, 1p, wipeonfork) -> 0\nmadvise(a, 1p, keeponfork) -> EINVAL');
  });
});

describe('madvise.*: advice that changes no contents', () => {
  test.each([
    ['madvise.access-pattern', 'sequential'],
    ['madvise.willneed.anonymous', 'willneed'],
    ['madvise.reclaim.keeps', 'cold'],
    ['madvise.reclaim.keeps', 'pageout'],
    ['madvise.mergeable', 'mergeable'],
    ['madvise.mergeable', 'unmergeable'],
    ['madvise.hugepage', 'hugepage'],
    ['madvise.hugepage', 'nohugepage'],
    ['madvise.dontdump', 'dontdump'],
    ['madvise.dodump', 'dodump'],
  ] as const)('%s: %s succeeds', (clause, advice) => {
    const { clauses } = follow(
      `${PRIVATE}madvise(arena, 4p, ${advice}) -> 0\nload(arena) -> 0x11\nload(arena+1p) -> 0\nload(arena+3p) -> 0x33`,
    );
    expect(clauses).toContain(clause);
  });

  test('madvise.willneed.anonymous: EBADF where only files are read ahead', () => {
    follow(`${PRIVATE}madvise(arena, 1p, willneed) -> EBADF`, { host: { release: '3.8.0' } });
  });

  test('madvise.collapse: may succeed and may fail', () => {
    follow(`${PRIVATE}madvise(arena, 4p, collapse) -> 0 | EINVAL | ENOMEM | EBUSY | EAGAIN\nload(arena) -> 0x11`);
  });

  test('madvise.reclaim.refused, madvise.dodump.refused: refused', () => {
    follow(`${PRIVATE}mlock(arena, 1p) -> 0\nmadvise(arena, 1p, cold) -> EINVAL`);
    follow('a = mmap(0, 1p, rw, droppable|anon) -> ok\nmadvise(a, 1p, dodump) -> EINVAL\nmadvise(a, 1p, mergeable) -> 0');
  });

  test('madvise.hwpoison: only for those who may harm the machine', () => {
    follow(`${PRIVATE}madvise(arena, 1p, hwpoison) -> EPERM | EINVAL\nmadvise(arena, 0, soft_offline) -> EPERM | EINVAL | 0`);
    expect(() => follow('madvise(arena, 1p, hwpoison)', { host: { privileged: true } })).toThrow('injected');
  });
});

describe('madvise.populate', () => {
  test('madvise.populate.read, madvise.populate.write: the pages are in memory, contents stay', () => {
    follow(`${PRIVATE}
      madvise(arena, 3p, populate_read) -> 0
      mincore(arena, 3p) -> bytes 01 01 01
      madvise(arena+1p, 3p, populate_write) -> 0
      mincore(arena, 4p) -> bytes 01 01 01 01
      load(arena) -> 0x11
      load(arena+1p) -> 0`);
  });

  test('madvise.populate.write: a private page of a file is the process’s own, after a read it is not', () => {
    const program = `${FILE}a = mmap(0, 1p, rw, private, f) -> ok\n`;
    follow(`${program}madvise(a, 1p, populate_write) -> 0\nstore(s, 0x22) -> ok\nload(a) -> 0x11`);
    follow(`${program}madvise(a, 1p, populate_read) -> 0\nstore(s, 0x22) -> ok\nload(a) -> 0x22`);
  });

  test.each([
    ['madvise.populate.hole', 'munmap(arena+1p, 1p) -> 0', 'populate_write', 'ENOMEM'],
    ['madvise.populate.protection', 'mprotect(arena+1p, 1p, r) -> 0', 'populate_write', 'EINVAL'],
    ['madvise.populate.protection', 'mprotect(arena+1p, 1p, w) -> 0', 'populate_read', 'EINVAL'],
    ['madvise.populate.no-page', 'madvise(arena+1p, 1p, guard_install) -> 0', 'populate_read', 'EFAULT'],
  ] as const)('%s: %s stops it, with the page before brought in', (clause, before, advice, errno) => {
    const program = `mmap(arena, 3p, rw, private|anon|fixed) -> ok\n${before}\nmadvise(arena, 3p, ${advice}) -> ${errno}\nmincore(arena, 1p) -> bytes 01`;
    expect(follow(program).clauses).toContain(clause);
  });

  test('madvise.populate.no-page: past the end of a file, and where a huge page would be needed', () => {
    follow(`${FILE}a = mmap(0, 3p, rw, shared, f) -> ok\nmadvise(a, 3p, populate_read) -> EFAULT\nmadvise(a, 2p, populate_read) -> 0`);
    follow('a = mmap(0, 512p, rw, private|anon|hugetlb|noreserve) -> ok\nmadvise(a, 1p, populate_write) -> EFAULT');
  });

  test('madvise.populate.read: of many pages it is not noted that they are there', () => {
    follow(
      'mmap(arena, 1000p, rw, private|anon|fixed) -> ok\nmadvise(arena, 1000p, populate_write) -> 0\nmincore(arena, 1p) -> bytes 00 | bytes 01',
    );
  });
});

describe('madvise.guard', () => {
  test('madvise.guard.install: every access faults, what was there is gone', () => {
    follow(`${PRIVATE}
      madvise(arena, 1p, guard_install) -> 0
      load(arena) -> SIGSEGV/MAPERR at arena
      store(arena, 1) -> SIGSEGV/MAPERR at arena
      mprotect(arena, 4p, r) -> 0
      madvise(arena, 4p, dontneed) -> 0
      p1 = fork() -> ok
      p1: load(arena) -> SIGSEGV/MAPERR at arena
      load(arena) -> SIGSEGV/MAPERR at arena
      store(arena, 1) -> SIGSEGV/ACCERR at arena
      madvise(arena, 4p, guard_remove) -> 0
      load(arena) -> 0`);
  });

  test('madvise.guard.install: a child that is wiped has no guard', () => {
    follow(
      `${PRIVATE}madvise(arena, 1p, wipeonfork) -> 0\nmadvise(arena, 1p, guard_install) -> 0\np1 = fork() -> ok\np1: load(arena) -> 0`,
    );
  });

  test('madvise.guard.remove: pages that are no guards stay as they are', () => {
    follow(
      `${PRIVATE}madvise(arena+1p, 1p, guard_install) -> 0\nmadvise(arena, 4p, guard_remove) -> 0\nload(arena) -> 0x11\nload(arena+1p) -> 0`,
    );
  });

  test('madvise.guard.files: a file keeps what it holds, a private copy goes', () => {
    follow(`${FILE}
      a = mmap(0, 1p, rw, private, f) -> ok
      store(a, 0x5a) -> ok
      madvise(a, 1p, guard_install) -> 0
      load(a) -> SIGSEGV/MAPERR at a
      load(s) -> 0x11
      madvise(a, 1p, guard_remove) -> 0
      load(a) -> 0x11`);
    follow(`${SHARED}madvise(arena, 1p, guard_install) -> EINVAL\nload(arena) -> 0x11`, { host: { release: '6.14.0' } });
  });

  test('madvise.guard.locked, madvise.guard.huge-page: refused', () => {
    follow(`${PRIVATE}mlock(arena, 1p) -> 0\nmadvise(arena, 1p, guard_install) -> EINVAL\nmadvise(arena, 1p, guard_remove) -> 0`);
    follow(
      'a = mmap(0, 512p, rw, private|anon|hugetlb|noreserve) -> ok\nmadvise(a, 512p, guard_install) -> EINVAL\nmadvise(a, 512p, guard_remove) -> EINVAL',
    );
  });
});

import { describe, expect, test } from 'vitest';
import { follow, HOST } from '../follow.testing.ts';
import { processOf } from '../world.ts';

const FOUR = 'mmap(arena, 4p, rw, private|anon|fixed) -> ok\nstore(arena, 0x11) -> ok\nstore(arena+3p, 0x44) -> ok\n';

describe('mremap.*: arguments', () => {
  test.each([
    ['mremap.flags', 'mremap(arena, 1p, 1p, maymove|8) -> EINVAL'],
    ['mremap.flags', 'mremap(arena, 1p, 1p, maymove|0x100000000) -> EINVAL'],
    ['mremap.unaligned', 'mremap(arena+8, 1p, 1p) -> EINVAL'],
    ['mremap.length-zero', 'mremap(arena, 1p, 0) -> EINVAL'],
    ['mremap.length-zero', 'mremap(arena, 1p, -1) -> EINVAL'],
    ['mremap.length-huge', 'mremap(arena, 1p, top+1p, maymove) -> EINVAL'],
    ['mremap.new-beyond-user', 'mremap(arena, 1p, 1p, maymove|fixed, top) -> EINVAL'],
    ['mremap.new-unaligned', 'mremap(arena, 1p, 1p, maymove|fixed, arena+8p+1) -> EINVAL'],
    ['mremap.needs-maymove', 'mremap(arena, 1p, 1p, fixed, arena+8p) -> EINVAL'],
    ['mremap.dontunmap-resizes', 'mremap(arena, 1p, 2p, maymove|dontunmap) -> EINVAL'],
    ['mremap.overlap', 'mremap(arena, 2p, 1p, maymove|fixed, arena+1p) -> EINVAL'],
    ['mremap.overlap', 'mremap(arena+1p, 1p, 3p, maymove|fixed, arena) -> EINVAL'],
    ['mremap.unmapped', 'mremap(arena-1p, 2p, 1p) -> EFAULT'],
    ['mremap.unmapped', 'mremap(arena-1p, 2p, 2p, maymove|fixed, arena+8p) -> EFAULT'],
    ['mremap.across', 'mremap(arena, 5p, 6p, maymove) -> EFAULT'],
    ['mremap.across', 'mremap(arena, 5p, 6p, maymove|fixed, arena+8p) -> EFAULT'],
    ['mremap.duplicate-private', 'mremap(arena, 0, 1p, maymove) -> EINVAL'],
    ['mremap.new-low', 'mremap(arena, 1p, 1p, maymove|fixed, 0) -> EPERM'],
    ['mremap.new-low', 'mremap(arena, 1p, 1p, maymove|dontunmap, 1p) -> EPERM'],
    ['mremap.shrink-beyond-user', 'mremap(arena, top, 1p) -> EINVAL'],
    ['mremap.memory', 'mremap(arena, 4p, 4194304p, maymove) -> ENOMEM'],
  ] as const)('%s: %s, and nothing changes', (clause, step) => {
    const { world, clauses } = follow(`${FOUR}${step}\nload(arena) -> 0x11\nload(arena+3p) -> 0x44`);
    expect(clauses).toContain(clause);
    expect(processOf(world, 'p0').space.pages).toBe(4);
  });

  test('mremap.length-huge: ENOMEM where it is found late', () => {
    const choices = { 'mremap.length-huge': 'enomem' } as const;
    follow(`${FOUR}mremap(arena, 1p, top+1p, maymove) -> ENOMEM\nmremap(arena, 1p, top+1p, maymove|fixed, arena) -> EINVAL`, { choices });
  });
});

describe('mremap.*: in place', () => {
  test('mremap.same: nothing is looked at but the first page', () => {
    follow(`${FOUR}mremap(arena, 50p, 49p+1, maymove) -> arena\nload(arena+3p) -> 0x44`);
  });

  test('mremap.shrinks: whatever is behind', () => {
    const { world } = follow(`${FOUR}
      mmap(arena+4p, 2p, r, shared|anon|fixed) -> ok
      mremap(arena, 5p, 1p) -> arena
      load(arena) -> 0x11
      load(arena+3p) -> SIGSEGV/MAPERR at arena+3p
      load(arena+4p) -> SIGSEGV/MAPERR at arena+4p
      load(arena+5p) -> 0`);
    expect(processOf(world, 'p0').space.pages).toBe(2);
  });

  test('mremap.grows-in-place: with zeros; where it may move it may', () => {
    follow(`${FOUR}mremap(arena, 4p, 6p, maymove) -> arena\nload(arena+5p) -> 0\nload(arena+3p) -> 0x44`);
    const { clauses } = follow(`${FOUR}a = mremap(arena, 4p, 6p, maymove) -> arena | a`, {
      choices: { 'mremap.grows-in-place': 'may-move' },
    });
    expect(clauses).toContain('mremap.grows-in-place');
  });

  test('mremap.stuck, mremap.grows-elsewhere: no room', () => {
    follow(`${FOUR}
      mremap(arena, 2p, 3p) -> ENOMEM
      a = mremap(arena+2p, 1p, 3p, maymove) -> ok
      load(a+2p) -> 0
      load(arena+2p) -> SIGSEGV/MAPERR at arena+2p
      load(arena+3p) -> 0x44
      mremap(arena, 2p, 3p) -> arena
      mremap(arena, 3p, 4p) -> ENOMEM`);
  });

  test('mremap.grows-in-place: two mappings that may be one, either way', () => {
    follow(`
      mmap(arena, 1p, rw, private|anon|fixed) -> ok
      mmap(arena+1p, 1p, rw, private|anon|fixed) -> ok
      mremap(arena, 2p, 3p) -> arena | EFAULT
      load(arena+2p) -> 0`);
  });

  test('mremap.beyond-end: shared memory is not more than it was', () => {
    const { clauses } = follow(`
      mmap(arena, 1p, rw, shared|anon|fixed) -> ok
      mremap(arena, 1p, 2p) -> arena
      load(arena+1p) -> SIGBUS/ADRERR at arena+1p`);
    expect(clauses).toContain('mremap.beyond-end');
  });

  test('mremap.locked-populates: what is added is locked and brought in', () => {
    follow(`
      mmap(arena, 1p, rw, private|anon|fixed|locked) -> ok
      mremap(arena, 1p, 2p) -> arena
      mincore(arena, 2p) -> bytes 01 01
      madvise(arena+1p, 1p, dontneed) -> EINVAL`);
  });
});

describe('mremap.*: moving', () => {
  test('mremap.moves, mremap.fixed: contents, protection and guards go along, what was there is gone', () => {
    const { world } = follow(`${FOUR}
      mmap(arena+8p, 4p, r, shared|anon|fixed) -> ok
      madvise(arena+1p, 1p, guard_install) -> 0
      mremap(arena, 4p, 4p, maymove|fixed, arena+9p) -> arena+9p
      load(arena+9p) -> 0x11
      load(arena+10p) -> SIGSEGV/MAPERR at arena+10p
      load(arena+12p) -> 0x44
      store(arena+8p, 1) -> SIGSEGV/ACCERR at arena+8p
      store(arena+9p, 2) -> 0
      load(arena) -> SIGSEGV/MAPERR at arena`);
    const { space } = processOf(world, 'p0');
    expect([space.pages, space.cells.size]).toEqual([5, 2]);
  });

  test('mremap.fixed: larger and smaller on the way', () => {
    follow(`${FOUR}
      mremap(arena, 4p, 6p, maymove|fixed, arena+8p) -> arena+8p
      load(arena+11p) -> 0x44
      load(arena+13p) -> 0
      mremap(arena+8p, 6p, 1p, maymove|fixed, arena) -> arena
      load(arena) -> 0x11
      load(arena+1p) -> SIGSEGV/MAPERR at arena+1p
      load(arena+9p) -> SIGSEGV/MAPERR at arena+9p`);
  });

  test('mremap.moves: a file’s pages stay those of the file', () => {
    follow(`
      m = memfd_create() -> ok
      ftruncate(m, 3p) -> 0
      s = mmap(0, 3p, rw, shared, m) -> ok
      store(s+2p, 0x33) -> 0
      mmap(arena, 3p, rw, private|fixed, m) -> ok
      store(arena+1p, 0x22) -> 0
      mremap(arena+1p, 2p, 2p, maymove|fixed, arena+8p) -> arena+8p
      load(arena+8p) -> 0x22
      load(arena+9p) -> 0x33
      store(s+2p, 0x34) -> 0
      load(arena+9p) -> 0x34`);
  });

  const MANY = `mmap(arena, 1p, rw, private|anon|fixed) -> ok
    mmap(arena+2p, 1p, r, private|anon|fixed) -> ok
    mmap(arena+8p, 4p, rw, private|anon|fixed) -> ok
    store(arena, 0x11) -> 0
    store(arena+9p, 0x99) -> 0
    store(arena+11p, 0xbb) -> 0
    `;
  test('mremap.several: each mapping goes, holes are passed over; or EFAULT', () => {
    follow(`${MANY}
      mremap(arena, 4p, 4p, maymove|fixed, arena+8p) -> arena+8p
      load(arena+8p) -> 0x11
      load(arena+9p) -> 0x99
      store(arena+10p, 1) -> SIGSEGV/ACCERR at arena+10p
      load(arena+11p) -> 0xbb`);
    follow(`${MANY}mremap(arena, 4p, 4p, maymove|fixed, arena+8p) -> EFAULT\nload(arena) -> 0x11`, {
      choices: { 'mremap.several': 'efault' },
    });
    const alike = 'mmap(arena, 1p, rw, private|anon|fixed) -> ok\nmmap(arena+1p, 1p, rw, private|anon|fixed) -> ok\n';
    follow(`${alike}mremap(arena, 2p, 2p, maymove|fixed, arena+8p) -> arena+8p | EFAULT`, { choices: { 'mremap.several': 'efault' } });
  });

  test('mremap.several: what went before an error stays where it went', () => {
    follow(`
      s = shmget(1p) -> ok
      mmap(arena, 1p, rw, private|anon|fixed) -> ok
      store(arena, 0x11) -> 0
      shmat(s, arena+1p) -> arena+1p
      mremap(arena, 2p, 2p, maymove|fixed, arena+8p) -> EFAULT
      load(arena+8p) -> 0x11
      load(arena+1p) -> 0
      mremap(arena+1p, 1p, 1p, maymove|fixed, arena) -> arena`);
  });

  test('mremap.segment: an attachment that may be in pieces may not be moved', () => {
    follow(`
      s = shmget(2p) -> ok
      shmat(s, arena) -> arena
      mprotect(arena, 1p, r) -> 0
      mremap(arena, 2p, 2p, maymove|fixed, arena+8p) -> EFAULT
      mprotect(arena, 1p, rw) -> 0
      mremap(arena, 2p, 2p, maymove|fixed, arena+8p) -> arena+8p | EFAULT
      mremap(arena+8p, 3p, 3p, maymove|fixed, arena) -> EFAULT`);
  });

  test('mremap.fixed-fails: what was mapped at the new place', () => {
    const program = (then: string): string => `${FOUR}
      mmap(arena+8p, 1p, rw, private|anon|fixed) -> ok
      store(arena+8p, 0x88) -> 0
      mremap(arena, 5p, 6p, maymove|fixed, arena+8p) -> EFAULT
      load(arena+8p) -> ${then}`;
    follow(program('0x88'));
    follow(program('SIGSEGV/MAPERR at arena+8p'), { choices: { 'mremap.fixed-fails': 'unmapped' } });
  });

  test('mremap.duplicates, mremap.duplicate-onto-itself: a second mapping of shared memory', () => {
    const shared = 'mmap(arena, 2p, rw, shared|anon|fixed) -> ok\nstore(arena+1p, 0x22) -> 0\n';
    follow(`${shared}
      b = mremap(arena+1p, 0, 1p, maymove) -> ok
      store(b, 0x33) -> 0
      load(arena+1p) -> 0x33
      mremap(arena, 0, 1p) -> ENOMEM
      mremap(arena, 0, 3p, maymove|fixed, arena+8p) -> arena+8p
      load(arena+9p) -> 0x33
      load(arena+10p) -> SIGBUS/ADRERR at arena+10p`);
    follow(`${shared}mremap(arena, 0, 1p, maymove|fixed, arena) -> EFAULT\nload(arena) -> SIGSEGV/MAPERR at arena\nload(arena+1p) -> 0x22`);
  });

  test('mremap.huge-page: whole ones at their addresses, and never more', () => {
    const huge = 'mmap(arena, 1024p, rw, private|anon|hugetlb|noreserve|fixed) -> arena\n';
    const { world } = follow(`${huge}
      mremap(arena, 1p, 513p, maymove) -> EINVAL
      mremap(arena+1p, 1p, 1p) -> EINVAL
      mremap(arena, 512p, 512p, maymove, 1p) -> EINVAL
      mremap(arena, 512p, 512p, maymove|dontunmap) -> EINVAL
      mremap(arena, 1p, 1p, maymove|fixed, arena+1024p) -> arena+1024p
      mremap(arena+512p, 512p, 1p) -> arena+512p`);
    expect(processOf(world, 'p0').space.pages).toBe(1024);
  });
});

describe('mremap.dontunmap', () => {
  test('mremap.dontunmap: the pages go, the mapping stays, empty', () => {
    follow(`${FOUR}
      madvise(arena+1p, 1p, guard_install) -> 0
      a = mremap(arena, 4p, 4p, maymove|dontunmap) -> ok | EFAULT
      load(a) -> 0x11
      load(a+1p) -> SIGSEGV/MAPERR at a+1p
      load(arena) -> 0
      load(arena+1p) -> 0
      mremap(a, 1p, 1p, maymove|dontunmap|fixed, arena) -> arena
      load(arena) -> 0x11
      load(a) -> 0
      mremap(arena, 1p, 1p, maymove|dontunmap, arena+8p) -> arena+8p`);
  });

  test('mremap.dontunmap: a private mapping of a file shows the file again', () => {
    follow(`
      m = memfd_create() -> ok
      ftruncate(m, 1p) -> 0
      mmap(arena, 1p, rw, private|fixed, m) -> ok
      store(arena, 0x11) -> 0
      mremap(arena, 1p, 1p, maymove|dontunmap|fixed, arena+8p) -> arena+8p
      load(arena) -> 0
      load(arena+8p) -> 0x11`);
  });

  test('mremap.dontunmap: older kernels take private anonymous memory alone, or nothing', () => {
    const shared = 'a = mmap(0, 1p, rw, shared|anon) -> ok\nmremap(a, 1p, 1p, maymove|dontunmap) -> EINVAL';
    follow(shared, { choices: { 'mremap.dontunmap': 'private-anonymous' } });
    follow(`${FOUR}a = mremap(arena, 1p, 1p, maymove|dontunmap) -> ok`, { choices: { 'mremap.dontunmap': 'private-anonymous' } });
    follow(`${FOUR}mremap(arena, 1p, 1p, maymove|dontunmap) -> EINVAL`, { choices: { 'mremap.dontunmap': 'einval' } });
  });

  const LOCKED = `setrlimit(memlock, 4p, 4p) -> 0
    mmap(arena, 2p, rw, private|anon|fixed|locked) -> ok
    store(arena, 0x11) -> 0
    mremap(arena, 1p, 1p, maymove|dontunmap|fixed, arena+8p) -> arena+8p
    madvise(arena+1p, 1p, dontneed) -> 0
    madvise(arena+8p, 1p, dontneed) -> EINVAL
    munmap(arena, 2p) -> 0
    `;
  test('mremap.dontunmap-locked: the whole mapping loses its locks, and its pages go on counting', () => {
    follow(`${LOCKED}mmap(arena, 2p, rw, private|anon|fixed|locked) -> EAGAIN\nmmap(arena, 1p, rw, private|anon|fixed|locked) -> arena`);
    follow(`${LOCKED}mmap(arena, 3p, rw, private|anon|fixed|locked) -> arena`, { choices: { 'mremap.dontunmap-locked': 'released' } });
  });

  test('mremap.dontunmap-locked: nobody knows where mappings may be one', () => {
    const program = 'mmap(arena, 1p, rw, private|anon|fixed|locked) -> ok\nmremap(arena, 1p, 1p, maymove|dontunmap)';
    expect(() => follow(program)).toThrow('joined');
  });
});

describe('mremap.*: limits', () => {
  const limits = (name: 'as' | 'data', pages: number): { host: Partial<typeof HOST> } => {
    const soft = (name === 'as' ? HOST.vm : HOST.vmData) + pages * 4096;
    return { host: { limits: { ...HOST.limits, [name]: { soft, hard: soft } } } };
  };

  test('mremap.address-space-limit: of what is added, and of all that stays mapped', () => {
    follow(
      `${FOUR}mremap(arena, 4p, 6p) -> ENOMEM\nmremap(arena, 2p, 2p, maymove|dontunmap) -> ENOMEM\nmremap(arena, 4p, 5p) -> arena`,
      limits('as', 5),
    );
  });

  test('mremap.address-space-limit: what fixed replaces counts, but for a move that keeps the length', () => {
    const both = `${FOUR}mmap(arena+8p, 2p, r, private|anon|fixed) -> ok\n`;
    follow(`${both}mremap(arena, 4p, 6p, maymove|fixed, arena+8p) -> ENOMEM`, limits('as', 6));
    follow(`${both}mremap(arena, 2p, 2p, maymove|fixed|dontunmap, arena+8p) -> arena+8p`, limits('as', 6));
  });

  test('mremap.data-limit: only what counts', () => {
    follow(`${FOUR}mremap(arena, 4p, 6p) -> ENOMEM\nmprotect(arena, 4p, r) -> 0\nmremap(arena, 4p, 6p) -> arena`, limits('data', 4));
  });

  test('mremap.locked-limit: of what is added', () => {
    follow(
      'setrlimit(memlock, 2p, 2p) -> 0\nmmap(arena, 1p, rw, private|anon|fixed|locked) -> ok\nmremap(arena, 1p, 3p) -> EAGAIN\nmremap(arena, 1p, 2p) -> arena',
    );
  });
});

test('mremap: memory that is not the program’s is left alone', () => {
  for (const call of [
    'mremap(64p, 1p, 2p)',
    'mremap(arena, 4p, 4p, maymove|fixed, 64p)',
    'a = mmap(0, 1p, rw, private|anon)\nmremap(a, 4p, 1p)',
  ]) {
    expect(() => follow(`${FOUR}${call}`)).toThrow('not the program’s');
  }
});

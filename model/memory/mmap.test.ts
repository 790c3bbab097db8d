import { describe, expect, test } from 'vitest';
import { follow, HOST } from '../follow.testing.ts';
import { processOf } from '../world.ts';

const limited = (name: 'memlock' | 'as' | 'data', soft: number): { host: Partial<typeof HOST> } => ({
  host: { limits: { ...HOST.limits, [name]: { soft, hard: soft } } },
});

describe('mmap.*: what is mapped', () => {
  test('mmap.maps, mmap.whole-pages: every page that the length touches, and no other', () => {
    const { world, clauses } = follow(
      'mmap(arena, 2p+1, rw, private|anon|fixed) -> arena\nload(arena+3p-1) -> 0\nload(arena+3p) -> SIGSEGV/MAPERR at arena+3p',
    );
    expect(processOf(world, 'p0').space.pages).toBe(3);
    expect([...clauses]).toEqual(expect.arrayContaining(['mmap.maps', 'mmap.whole-pages', 'mmap.anonymous']));
  });

  test('mmap.replaces: the pages of the range alone, with their contents', () => {
    const { world } = follow(`
      mmap(arena, 3p, rw, private|anon|fixed) -> arena
      store(arena, 0x11) -> ok
      store(arena+1p, 0x22) -> ok
      mmap(arena+1p, 1p, r, private|anon|fixed) -> arena+1p
      load(arena) -> 0x11
      load(arena+1p) -> 0
      store(arena+1p, 1) -> SIGSEGV/ACCERR at arena+1p`);
    const { space } = processOf(world, 'p0');
    expect([space.pages, space.dataPages]).toEqual([3, 2]);
  });

  test('mmap.shared-anonymous: parent and child share it, private memory is copied', () => {
    follow(`
      a = mmap(0, 1p, rw, shared|anon) -> ok
      b = mmap(0, 1p, rw, private|anon) -> ok
      p1 = fork() -> ok
      p1: store(a, 0x11) -> ok
      p1: store(b, 0x22) -> ok
      load(a) -> 0x11
      load(b) -> 0`);
  });

  test('mmap.file: from the offset on, shared or copied', () => {
    follow(`
      m = memfd_create() -> ok
      ftruncate(m, 3p) -> 0
      a = mmap(0, 3p, rw, shared, m) -> ok
      store(a+2p, 0x33) -> ok
      b = mmap(0, 1p, rw, private, m, 2p) -> ok
      load(b) -> 0x33
      store(b, 0x44) -> ok
      load(a+2p) -> 0x33
      c = mmap(0, 2p, r, private, m, 2p) -> ok
      load(c+1p) -> SIGBUS/ADRERR at c+1p`);
  });

  test('mmap.populate, mmap.locked: pages are brought in, but not with nonblock', () => {
    follow(`
      mmap(arena, 1p, rw, private|anon|fixed|populate) -> arena
      mincore(arena, 1p) -> bytes 01
      mmap(arena+1p, 1p, rw, private|anon|fixed|locked|nonblock) -> arena+1p
      mincore(arena+1p, 1p) -> bytes 01
      mmap(arena+2p, 1p, none, private|anon|fixed|locked) -> arena+2p
      madvise(arena+2p, 1p, dontneed) -> EINVAL`);
  });
});

describe('mmap.*: where', () => {
  test('mmap.hint: the place that is free; any place where hints bind nobody', () => {
    follow('mmap(arena+1p, 1p, rw, private|anon) -> arena+1p');
    const { clauses } = follow('a = mmap(arena+1p, 1p, rw, private|anon) -> a', { choices: { 'mmap.hint': 'any-place' } });
    expect(clauses).toContain('mmap.hint-in-use');
  });

  test('mmap.hint-in-use: a hint that is taken, or too near below memory that grows down, moves nothing', () => {
    const { world } = follow(`
      mmap(arena, 1p, rw, private|anon|fixed|growsdown) -> arena
      mmap(arena-256p, 1p, rw, private|anon) -> ok
      mmap(arena-257p, 1p, rw, private|anon) -> arena-257p
      mmap(arena, 1p, rw, private|anon) -> ok`);
    expect(processOf(world, 'p0').space.map.get(HOST.userEnd)).toBeUndefined();
  });

  test('mmap.hint-rounded: down to a page, up to the lowest that may be mapped', () => {
    const { clauses } = follow('mmap(arena+1p+5, 1p, rw, private|anon) -> arena+1p');
    expect(clauses).toContain('mmap.hint-rounded');
  });

  test('mmap.noreplace: EEXIST, or ENOMEM, or no more than a hint', () => {
    const program = (last: string): string =>
      `mmap(arena, 1p, rw, private|anon|fixed) -> arena\nmmap(arena-1p, 2p, rw, private|anon|fixed_noreplace) -> ${last}`;
    follow(program('EEXIST'));
    follow(program('ENOMEM'), { choices: { 'mmap.noreplace': 'enomem' } });
    follow(program('ok'), { choices: { 'mmap.noreplace': 'hint' } });
    follow(`${program('EEXIST')}\nmmap(arena-1p, 1p, rw, private|anon|fixed_noreplace) -> arena-1p`);
  });

  test.each([
    ['mmap.fixed-unaligned', 'mmap(arena+1, 1p, rw, private|anon|fixed) -> EINVAL'],
    ['mmap.fixed-low', 'mmap(0, 1p, rw, private|anon|fixed) -> EPERM'],
    ['mmap.fixed-low', 'mmap(15p, 1p, rw, private|anon|fixed) -> EPERM'],
    ['mmap.fixed-beyond-user', 'mmap(top, 1p, rw, private|anon|fixed) -> ENOMEM'],
    ['mmap.fixed-beyond-user', 'mmap(high, 1p, rw, private|anon|fixed) -> ENOMEM'],
    ['mmap.length-zero', 'mmap(0, 0, rw, private|anon) -> EINVAL'],
    ['mmap.length-huge', 'mmap(0, -1, none, private|anon) -> ENOMEM'],
    ['mmap.no-room', 'mmap(0, 524289p, none, private|anon|32bit) -> ENOMEM'],
    ['mmap.offset-unaligned', 'mmap(0, 1p, rw, private|anon, -1, 1) -> EINVAL'],
    ['mmap.type', 'mmap(0, 1p, rw, anon) -> EINVAL'],
    ['mmap.type', 'mmap(0, 1p, rw, type=15|anon) -> EINVAL'],
    ['mmap.validate-anonymous', 'mmap(0, 1p, rw, shared_validate|anon) -> EINVAL'],
    ['mmap.growsdown-private', 'mmap(0, 1p, rw, shared|anon|growsdown) -> EINVAL'],
    ['mmap.droppable-alone', 'mmap(0, 1p, rw, droppable|anon|growsdown) -> EINVAL'],
    ['mmap.memory', 'mmap(0, 2097153p, rw, private|anon) -> ENOMEM'],
    ['mmap.memory', 'mmap(0, 2097153p, r, shared|anon) -> ENOMEM'],
    ['mmap.huge-page-pool', 'mmap(0, 1p, rw, private|anon|hugetlb) -> ENOMEM'],
    ['mmap.huge-page-size', 'mmap(0, 1p, rw, private|anon|hugetlb|noreserve|0x4000000) -> EINVAL'],
    ['mmap.huge-page-unaligned', 'mmap(arena+1p, 1p, rw, private|anon|hugetlb|noreserve|fixed) -> EINVAL'],
    ['mmap.huge-page-offset', 'mmap(0, 1p, rw, private|anon|hugetlb|noreserve, -1, 1p) -> EINVAL'],
    ['mmap.bad-descriptor', 'mmap(0, 1p, r, private, 5) -> EBADF'],
  ] as const)('%s: %s, and nothing changes', (clause, step) => {
    const { world, clauses } = follow(`mmap(arena+9p, 1p, rw, private|anon|fixed) -> ok\n${step}`);
    expect(clauses).toContain(clause);
    expect(processOf(world, 'p0').space.pages).toBe(1);
  });

  test('mmap.fixed-last-page: an address that looks like an error may come back as that error', () => {
    follow(
      'mmap(-1, 1p, rw, private|anon|fixed) -> EINVAL | ENOMEM | EPERM\nmmap(-4095, 1p, rw, private|anon|fixed) -> EINVAL | ENOMEM | E4095',
    );
  });
});

describe('mmap.*: descriptors', () => {
  const files = `
    f = open(f0, rdwr|creat) -> ok
    r = open(f0, rdonly) -> ok
    w = open(f0, wronly) -> ok
    q = pipe() -> ok
    `;
  test.each([
    ['mmap.unreadable', 'mmap(0, 1p, none, private, w) -> EACCES'],
    ['mmap.shared-write', 'mmap(0, 1p, rw, shared, r) -> EACCES'],
    ['mmap.not-mappable', 'mmap(0, 1p, r, private, q.r) -> ENODEV'],
    ['mmap.not-mappable', 'mmap(0, 1p, rx, private, q.r) -> ENODEV | EPERM'],
    ['mmap.validate-flags', 'mmap(0, 1p, rw, shared_validate|0x200, f) -> EOPNOTSUPP'],
    ['mmap.validate-flags', 'mmap(0, 1p, rw, shared_validate|0x100000000, f) -> EOPNOTSUPP'],
    ['mmap.validate-flags', 'mmap(arena, 1p, rw, shared_validate|fixed_noreplace, f) -> EOPNOTSUPP'],
    ['mmap.type', 'mmap(0, 1p, rw, droppable, f) -> EINVAL'],
    ['mmap.huge-page-file', 'mmap(0, 512p, rw, shared|hugetlb, f) -> EINVAL'],
    ['mmap.offset-overflow', 'mmap(0, 1p, r, private, f, high-1p) -> EOVERFLOW'],
    ['mmap.growsdown-private', 'mmap(0, 1p, r, private|growsdown, f) -> EINVAL'],
  ] as const)('%s: %s', (clause, step) => {
    const { clauses } = follow(`${files}${step}`);
    expect(clauses).toContain(clause);
  });

  test('mmap.offset-overflow: the last offset that a file can have is not too far', () => {
    follow(`${files}a = mmap(0, 1p, r, private, f, high-2p) -> ok`);
  });

  test('mmap.read-only-descriptor, mmap.sealed-read-only: never to be written through', () => {
    follow(`${files}a = mmap(0, 1p, r, shared, r) -> ok\nmprotect(a, 1p, rw) -> EACCES\nb = mmap(0, 1p, rw, private, r) -> ok`);
    follow(`
      m = memfd_create(allow_sealing) -> ok
      add_seals(m, write) -> 0
      mmap(0, 1p, rw, shared, m) -> EPERM
      a = mmap(0, 1p, rx, shared, m) -> ok
      mprotect(a, 1p, w) -> EACCES`);
  });

  test('mmap.sync: another file system than memory may refuse it, when what was mapped is gone', () => {
    const text = `mmap(arena, 1p, rw, private|anon|fixed) -> ok\n${files}`;
    follow(`${text}mmap(arena, 1p, rw, shared|fixed|sync, f) -> arena`);
    follow(`${text}mmap(arena, 1p, rw, shared|fixed|sync, f) -> EOPNOTSUPP | arena\nload(arena) -> SIGSEGV/MAPERR at arena`, {
      host: { fileSystem: 'ext4' },
    });
  });
});

describe('mmap.*: limits', () => {
  test('mmap.address-space-limit: replaced pages are taken off first', () => {
    follow(
      `mmap(arena, 2p, rw, private|anon|fixed) -> ok
       mmap(0, 1p, none, private|anon|noreserve) -> ENOMEM
       mmap(arena+1p, 2p, rw, private|anon|fixed) -> ENOMEM
       mmap(arena, 2p, r, shared|anon|fixed) -> arena`,
      limited('as', HOST.vm + 2 * 4096 + 4095),
    );
  });

  test('mmap.data-limit: only private memory that can be written; a soft limit of zero binds nothing', () => {
    follow(
      `mmap(arena, 1p, rw, private|anon|fixed) -> ok
       mmap(0, 1p, rw, private|anon) -> ENOMEM
       mmap(0, 1p, rw, shared|anon) -> ok
       mmap(0, 1p, r, private|anon) -> ok
       mmap(0, 1p, rw, private|anon|growsdown) -> ok`,
      limited('data', HOST.vmData + 4096),
    );
    const data = { soft: 0, hard: HOST.vmData + 4096 };
    follow('mmap(0, 1p, rw, private|anon) -> ok\nmmap(0, 1p, rw, private|anon) -> ENOMEM', { host: { limits: { ...HOST.limits, data } } });
  });

  test('mmap.locked-limit, mmap.locked-never: EAGAIN past the limit, EPERM where it is zero, nothing for the privileged', () => {
    const program = 'mmap(arena, 2p, rw, private|anon|fixed|locked) -> ok\nmmap(arena, 1p, rw, private|anon|fixed|locked) -> EAGAIN';
    follow(program, limited('memlock', 2 * 4096));
    follow('mmap(0, 1p, rw, private|anon|locked) -> EAGAIN | EPERM', limited('memlock', 0));
    follow('mmap(0, 1p, rw, private|anon|locked) -> ok', { host: { privileged: true, ...limited('memlock', 0).host } });
  });

  test('mmap.noreserve: counts for nothing, unless nothing may be promised', () => {
    follow('mmap(0, 2097153p, rw, private|anon|noreserve) -> ok');
    follow('mmap(0, 1p, rw, private|anon|noreserve) -> ENOMEM | ok', { host: { overcommit: 2 } });
    follow('mmap(0, 2097153p, rw, private|anon) -> ok', { host: { overcommit: 1 } });
  });

  test('mmap.replaces-first: huge pages that are not there, and what was there before', () => {
    const program = (then: string): string =>
      `mmap(arena, 1p, rw, private|anon|fixed) -> ok\nmmap(arena, 512p, rw, private|anon|fixed|hugetlb) -> ENOMEM\nload(arena) -> ${then}`;
    follow(program('SIGSEGV/MAPERR at arena'));
    follow(program('0'), { choices: { 'mmap.replaces-first': 'kept' } });
  });

  test('mmap.address-space-limit: a call that fails may leave a mapping in two pieces', () => {
    follow(
      `mmap(arena, 3p, rw, private|anon|fixed) -> ok
       mmap(arena+1p, 5p, rw, private|anon|fixed) -> ENOMEM
       mremap(arena, 3p, 3p, maymove|dontunmap) -> ENOMEM | EFAULT`,
      limited('as', HOST.vm + 3 * 4096),
    );
  });
});

test('mmap: what may touch memory that is not the program’s is not judged', () => {
  expect(() => follow('mmap(20p, 1p, rw, private|anon|fixed)')).toThrow('not the program’s');
  expect(() => follow('mmap(0, 1p, r, private, 300)')).toThrow('the target’s own');
  expect(() => follow('mmap(0, 1p, rw, private|anon|hugetlb|noreserve)', { host: { hugePages: 4 } })).toThrow('huge pages');
});

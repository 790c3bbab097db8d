import { describe, expect, test } from 'vitest';
import type { Host } from '../../spec/dialects/host.ts';
import { follow, HOST } from '../follow.testing.ts';

const PRIVATE = 'mmap(arena, 4p, rw, private|anon|fixed) -> ok\nstore(arena, 0x11) -> ok\n';

/** A host whose programs may lock so many pages. */
const lockable = (pages: number): { readonly host: Partial<Host> } => ({
  host: { limits: { ...HOST.limits, memlock: { soft: pages * 4096, hard: 2 ** 23 } } },
});

describe('mlock.*', () => {
  test('mlock.locks: the pages are in memory and refuse to go; a child’s are not locked', () => {
    follow(`${PRIVATE}
      mlock(arena, 2p) -> 0
      mincore(arena, 2p) -> bytes 01 01
      p1 = fork() -> ok
      madvise(arena, 1p, dontneed) -> EINVAL
      p1: madvise(arena, 1p, dontneed) -> 0
      load(arena) -> 0x11`);
  });

  test('mlock.rounding: every page that holds a byte, and the page of an empty range', () => {
    const { clauses } = follow(`${PRIVATE}
      mlock(arena+1p-1, 2) -> 0
      madvise(arena, 1p, dontneed) -> EINVAL
      madvise(arena+1p, 1p, dontneed) -> EINVAL
      madvise(arena+2p, 1p, dontneed) -> 0
      mlock(arena+2p+8, 0) -> 0
      madvise(arena+2p, 1p, dontneed) -> EINVAL
      munlock(arena+2p+8, 0) -> 0
      madvise(arena+2p, 1p, dontneed) -> 0`);
    expect(clauses).toContain('mlock.rounding');
  });

  test('mlock.length-zero, munlock.length-zero: succeed where nothing is mapped', () => {
    follow('mlock(arena, 0) -> 0\nmunlock(arena, 0) -> 0\nmlock(top, 0) -> 0');
  });

  test('mlock.overflow: a length that rounds up to nothing', () => {
    follow(`${PRIVATE}mlock(arena, -1) -> 0\nmadvise(arena, 1p, dontneed) -> 0\nmunlock(arena, -1) -> 0`);
    follow(`${PRIVATE}mlock(arena, -1) -> EINVAL\nmunlock(arena, -1) -> EINVAL`, { choices: { 'mlock.overflow': 'einval' } });
  });

  test('mlock.wrap, munlock.wrap: a range past the end of all addresses', () => {
    follow(`${PRIVATE}mlock(-1p, 1p) -> EINVAL\nmlock(arena, -1p) -> ENOMEM | EINVAL\nmunlock(arena, -1p) -> EINVAL`);
  });

  test('mlock.limit: ENOMEM and nothing locked; what is locked already does not count twice', () => {
    const { clauses } = follow(
      `${PRIVATE}
      mlock(arena, 4p) -> ENOMEM
      madvise(arena, 4p, dontneed) -> 0
      mlock(arena, 3p) -> 0
      mlock(arena, 3p) -> 0
      mlock(arena+1p, 3p) -> ENOMEM
      munlock(arena, 1p) -> 0
      mlock(arena+1p, 3p) -> 0`,
      lockable(3),
    );
    expect(clauses).toContain('mlock.limit');
  });

  test('mlock.limit: the privileged have none, and what they cannot address is EINVAL', () => {
    follow(`${PRIVATE}mlock(arena, 4p) -> 0\nmlock(arena, -1p) -> EINVAL`, { host: { ...lockable(3).host, privileged: true } });
  });

  test('mlock.not-permitted: nothing may be locked, and everything unlocked', () => {
    follow(`${PRIVATE}mlock(arena, 1p) -> EPERM | ENOMEM\nmlock(arena, 0) -> EPERM\nmunlock(arena, 1p) -> 0`, lockable(0));
  });

  test('mlock.hole: the pages before the hole are locked, not brought in, and munlock stops there too', () => {
    const program = `${PRIVATE}munmap(arena+2p, 1p) -> 0\nmlock(arena, 4p) -> ENOMEM\n`;
    follow(`${program}
      madvise(arena, 1p, dontneed) -> EINVAL
      madvise(arena+3p, 1p, dontneed) -> 0
      mlock(arena+3p, 1p) -> 0
      munlock(arena, 4p) -> ENOMEM
      madvise(arena, 1p, dontneed) -> 0
      madvise(arena+3p, 1p, dontneed) -> EINVAL`);
    follow(`${program}madvise(arena, 1p, dontneed) -> 0`, { choices: { 'mlock.hole': 'unchanged' } });
  });

  test('mlock.no-page: ENOMEM with the whole range locked and the pages before brought in', () => {
    const { clauses } = follow(`${PRIVATE}
      mprotect(arena+1p, 1p, none) -> 0
      mlock(arena, 3p) -> ENOMEM
      mincore(arena, 1p) -> bytes 01
      madvise(arena+2p, 1p, dontneed) -> EINVAL`);
    expect(clauses).toContain('mlock.no-page');
    follow(`${PRIVATE}madvise(arena+1p, 1p, guard_install) -> 0\nmlock(arena, 3p) -> ENOMEM\nmadvise(arena+2p, 1p, dontneed) -> EINVAL`);
  });

  test('mlock.copies: a private page of a file that may be written is the process’s own then', () => {
    const { clauses } = follow(`f = memfd_create() -> ok
      ftruncate(f, 1p) -> 0
      s = mmap(0, 1p, rw, shared, f) -> ok
      a = mmap(0, 1p, rw, private, f) -> ok
      b = mmap(0, 1p, r, private, f) -> ok
      store(s, 0x11) -> ok
      mlock(a, 1p) -> 0
      mlock(b, 1p) -> 0
      mincore(b, 1p) -> bytes 01
      store(s, 0x22) -> ok
      load(a) -> 0x11
      load(b) -> 0x22`);
    expect(clauses).toContain('mlock.copies');
  });

  test('mlock.never-locked: droppable memory and huge pages', () => {
    follow('a = mmap(0, 2p, rw, droppable|anon) -> ok\nmlock(a, 2p) -> 0\nmadvise(a, 2p, dontneed) -> 0');
    follow('a = mmap(0, 64p, rw, private|anon|hugetlb|noreserve) -> ok\nmlock(a, 1p) -> ENOMEM\nmadvise(a, 512p, dontneed) -> 0');
  });

  test('mlock2.onfault: locked without being touched; either kind of lock replaces the other', () => {
    follow(`a = mmap(0, 2p, none, private|anon) -> ok
      mlock2(a, 2p, onfault) -> 0
      madvise(a, 1p, dontneed) -> EINVAL
      mprotect(a, 2p, rw) -> 0
      store(a, 0x5a) -> ok
      mincore(a, 1p) -> bytes 01
      mlock2(a, 2p, 0) -> 0
      mincore(a, 2p) -> bytes 01 01
      mlock2(a, 2p, onfault) -> 0
      munlock(a, 2p) -> 0
      madvise(a, 1p, dontneed) -> 0`);
  });

  test('mlock2.flags: undefined flags are EINVAL, and nothing is locked', () => {
    follow(`${PRIVATE}mlock2(arena, 1p, 0x2) -> EINVAL\nmlock2(arena, 1p, onfault|0x8) -> EINVAL\nmadvise(arena, 1p, dontneed) -> 0`);
  });

  test('munlock.hole: memory that is not the program’s is left open', () => {
    expect(() => follow('munlock(0x500000, 1p)')).toThrow('not the program’s');
    follow('munlock(0x500000, top) -> ENOMEM');
    expect(() => follow(`${PRIVATE}mlock(arena, 1p) -> 0\nmunlock(0x500000, top)`)).toThrow('not the program’s');
    expect(() => follow('mlock(0x500000, 1p)')).toThrow('not the program’s');
  });
});

describe('mlockall.*', () => {
  test('mlockall.current: all that is mapped, what cannot be brought in too', () => {
    follow(
      `${PRIVATE}
      mprotect(arena+1p, 1p, none) -> 0
      mlockall(current) -> 0
      mincore(arena+2p, 2p) -> bytes 01 01
      madvise(arena+1p, 1p, dontneed) -> EINVAL
      a = mmap(0, 1p, rw, private|anon) -> ok
      madvise(a, 1p, dontneed) -> 0`,
      lockable(2048),
    );
  });

  test('mlockall.current: afterwards the limit may be reached or not, as far as the target’s own memory counts', () => {
    const locked = `${PRIVATE}mlockall(current) -> 0\na = mmap(0, 200p, rw, private|anon) -> ok\n`;
    follow(`${locked}mmap(0, 200p, rw, private|anon|locked) -> ok | EAGAIN`, lockable(650));
    expect(() => follow(`${locked}mlock(a, 200p)`, lockable(650))).toThrow('not known');
    follow(`${locked}munlockall() -> 0\nmlock(a, 200p) -> 0`, lockable(650));
    follow(`${locked}mlock(-1p, 200p) -> EINVAL | ENOMEM`, lockable(650));
    follow(`${locked}mlock(a, 40p) -> 0`, lockable(650));
    follow(`${locked}mmap(0, 700p, rw, private|anon|locked) -> EAGAIN`, lockable(650));
  });

  test('mlockall.future: later mappings are locked, earlier ones are not', () => {
    follow(`${PRIVATE}
      mlockall(future) -> 0
      a = mmap(0, 2p, rw, private|anon) -> ok
      mincore(a, 2p) -> bytes 01 01
      madvise(a, 1p, dontneed) -> EINVAL
      madvise(arena, 1p, dontneed) -> 0
      mmap(0, 100p, rw, private|anon) -> EAGAIN
      mlockall(future|onfault) -> 0
      b = mmap(0, 1p, none, private|anon) -> ok
      madvise(b, 1p, dontneed) -> EINVAL`);
  });

  test('mlockall.future: a call without it takes it back', () => {
    follow(
      'mlockall(future) -> 0\nmlockall(current) -> 0\na = mmap(0, 1p, rw, private|anon) -> ok\nmadvise(a, 1p, dontneed) -> 0',
      lockable(2048),
    );
  });

  test('mlockall.future: what can never be locked counts against the limit all the same', () => {
    follow(`mlockall(future) -> 0
      mmap(0, 512p, rw, private|anon|hugetlb|noreserve) -> EAGAIN
      a = mmap(0, 1p, rw, droppable|anon) -> ok
      madvise(a, 1p, dontneed) -> 0`);
  });

  test('mlockall.flags, mlockall.onfault-alone, mlockall.not-permitted, mlockall.limit: refused', () => {
    follow('mlockall(0) -> EINVAL\nmlockall(0x8) -> EINVAL\nmlockall(onfault) -> EINVAL\nmlockall(current) -> ENOMEM');
    follow('mlockall(future) -> EPERM\nmlockall(current) -> EPERM | ENOMEM\nmunlockall() -> 0', lockable(0));
    follow(`mlockall(current|future) -> ENOMEM\n${PRIVATE}madvise(arena, 1p, dontneed) -> 0`);
    follow('mlockall(current) -> 0', { host: { privileged: true } });
  });

  test('munlockall.unlocks: everything, and what is to come', () => {
    follow(`${PRIVATE}mlock(arena, 2p) -> 0\nmlockall(future) -> 0\nmunlockall() -> 0\nmadvise(arena, 2p, dontneed) -> 0
      a = mmap(0, 1p, rw, private|anon) -> ok\nmadvise(a, 1p, dontneed) -> 0`);
  });
});

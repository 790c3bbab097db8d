import { describe, expect, test } from 'vitest';
import { follow } from '../follow.testing.ts';

const PRIVATE = 'mmap(arena, 4p, rw, private|anon|fixed) -> ok\nstore(arena, 0x11) -> ok\n';
const FILE = 'f = open(f0, rdwr|creat) -> ok\nftruncate(f, 2p) -> 0\ns = mmap(0, 2p, rw, shared, f) -> ok\nstore(s, 0x11) -> ok\n';

describe('mincore.*: into the target’s buffer', () => {
  test('mincore.present, mincore.untouched: a page that was written is there, one that was never touched is not', () => {
    const { clauses } = follow(`${PRIVATE}mincore(arena, 2p) -> bytes 01 00\nload(arena+1p) -> 0\nmincore(arena, 2p) -> bytes 01 01`);
    expect(clauses).toContain('mincore.present');
    expect(clauses).toContain('mincore.untouched');
    follow(`${PRIVATE}mincore(arena, 2p) -> bytes 01 00 | bytes 01 01`, { host: { transparentHugePages: 'always' } });
    expect(() => follow(`${PRIVATE}mincore(arena, 2p) -> bytes 00 00`)).toThrow();
    expect(() => follow(`${PRIVATE}mincore(arena, 2p) -> bytes 01`)).toThrow();
    expect(() => follow(`${PRIVATE}mincore(arena, 2p) -> bytes 01 02`)).toThrow();
  });

  test('mincore.present: not where pages can be put elsewhere, unless they are locked', () => {
    const host = { swapPages: 1000 };
    follow(`${PRIVATE}mincore(arena, 1p) -> bytes 00 | bytes 01\nmlock(arena, 1p) -> 0\nmincore(arena, 1p) -> bytes 01`, { host });
  });

  test('mincore.present: a file on disk may leave memory, one in memory may not', () => {
    follow(`${FILE}mincore(s, 1p) -> bytes 01`);
    follow(`${FILE}mincore(s, 1p) -> bytes 00 | bytes 01`, { host: { fileSystem: 'ext4' } });
  });

  test('mincore.present: shared zeros may leave memory', () => {
    follow(
      'a = mmap(0, 1p, rw, shared|anon|populate) -> ok\nmincore(a, 1p) -> bytes 00 | bytes 01\nstore(a, 1) -> ok\nmincore(a, 1p) -> bytes 01',
    );
  });

  test('mincore.present: a lock that brings nothing in tells nothing of pages that may have gone before', () => {
    const map = 'mmap(arena, 1p, rw, shared|anon|fixed|populate) -> ok\n';
    follow(`${map}mlock(arena, 1p) -> 0\nmincore(arena, 1p) -> bytes 01`);
    follow(`${map}mlock(arena, 2p) -> ENOMEM\nmincore(arena, 1p) -> bytes 00 | bytes 01`);
    follow(`${PRIVATE}mlock(arena, 5p) -> ENOMEM\nmincore(arena, 1p) -> bytes 01`);
    follow(`${PRIVATE}mlock(arena, 5p) -> ENOMEM\nmincore(arena, 1p) -> bytes 00 | bytes 01`, { host: { swapPages: 1 } });
  });

  test('mincore.untouched: what was given up is gone, until it is touched again', () => {
    follow(`${PRIVATE}madvise(arena, 1p, dontneed) -> 0\nmincore(arena, 1p) -> bytes 00\nload(arena) -> 0\nmincore(arena, 1p) -> bytes 01`);
    follow(`${PRIVATE}madvise(arena, 1p, guard_install) -> 0\nmincore(arena, 1p) -> bytes 00`);
    follow(`${PRIVATE}madvise(arena, 1p, dontneed) -> 0\nmadvise(arena, 1p, free) -> 0\nmincore(arena, 1p) -> bytes 00`);
    follow(`${PRIVATE}madvise(arena, 1p, dontneed) -> 0\np1 = fork() -> ok\np1: mincore(arena, 1p) -> bytes 00`);
  });

  test('mincore.untouched: where huge pages were asked for nothing is known of neighbours, for good', () => {
    follow(`${PRIVATE}madvise(arena, 4p, hugepage) -> 0\nmincore(arena, 2p) -> bytes 01 00 | bytes 01 01
      madvise(arena, 4p, nohugepage) -> 0\nmincore(arena+1p, 1p) -> bytes 00 | bytes 01`);
    follow(`${PRIVATE}madvise(arena, 4p, collapse) -> 0 | EINVAL | ENOMEM | EBUSY | EAGAIN\nmincore(arena+1p, 1p) -> bytes 00 | bytes 01`);
  });

  test('mincore.untouched: an access that faults in its next page may have touched its first', () => {
    follow(`${PRIVATE}load(arena+4p-2, 4) -> SIGSEGV/MAPERR at arena+4p
      mincore(arena+2p, 2p) -> bytes 00 00 | bytes 00 01
      store(arena+3p, 1) -> ok
      madvise(arena+2p, 2p, dontneed) -> 0
      mincore(arena+2p, 2p) -> bytes 00 00
      store(arena+4p-1, 1, 2) -> SIGSEGV/MAPERR at arena+4p
      mincore(arena+2p, 2p) -> bytes 00 00 | bytes 00 01`);
  });

  test('mincore.tells: a page that was freed lazily, and a huge page, may be there or not', () => {
    follow(`${PRIVATE}madvise(arena, 1p, free) -> 0\nmincore(arena, 1p) -> bytes 00 | bytes 01`);
    follow('a = mmap(0, 512p, rw, private|anon|hugetlb|noreserve) -> ok\nmincore(a, 1p) -> bytes 00 | bytes 01');
  });

  test('mincore.tells: of more pages than fit into an outcome only the success', () => {
    follow('mmap(arena, 2000p, r, private|anon|fixed) -> ok\nmincore(arena, 2000p) -> 0');
  });

  test('mincore.hole: ENOMEM', () => {
    follow(`${PRIVATE}munmap(arena+1p, 1p) -> 0\nmincore(arena, 4p) -> ENOMEM\nmincore(arena+2p, 2p) -> ok`);
  });

  test('mincore.unaligned, mincore.beyond-user: refused', () => {
    follow(`${PRIVATE}mincore(arena+1, 1) -> EINVAL\nmincore(arena+1, 0) -> EINVAL\nmincore(arena, top) -> ENOMEM
      mincore(top, 1p) -> ENOMEM\nmincore(arena, -1) -> ENOMEM\nmincore(-1p, 1p) -> ENOMEM\nmincore(high, 1p) -> ENOMEM`);
  });

  test('mincore.length-zero: succeeds, or refuses what no address can be', () => {
    follow(
      'mincore(arena, 0) -> ok\nmincore(arena, 0, 0) -> 0\nmincore(top+1p, 0, 0) -> 0 | ENOMEM\nmincore(arena, 0, high) -> 0 | EFAULT',
    );
  });

  test('memory that is not the program’s is left open', () => {
    expect(() => follow('mincore(0x500000, 1p)')).toThrow('not the program’s');
    expect(() => follow(`${PRIVATE}mincore(arena, 1p, 0x500000)`)).toThrow('not the program’s');
  });
});

describe('mincore.*: into the program’s memory', () => {
  test('mincore.tells: the answer is stored, over the edge of a page too', () => {
    follow(`${PRIVATE}store(arena+1p, 1) -> ok\nmincore(arena, 2p, arena+3p-1) -> 0\nload(arena+3p-1) -> 1\nload(arena+3p) -> 1`);
    follow(`${PRIVATE}mincore(arena, 2p, arena+8) -> 0\nload(arena+8) -> 1\nload(arena+9) -> 0\nload(arena) -> 0x11`);
    follow(`${PRIVATE}mincore(arena, 2p, arena+1p) -> 0\nload(arena+1p) -> 1\nload(arena+1p+1) -> 0 | 1`);
  });

  test('mincore.bad-vec: refused; the answers before may have been stored', () => {
    const { clauses } = follow(`${PRIVATE}
      mprotect(arena+3p, 1p, r) -> 0
      mincore(arena, 2p, arena+3p-1) -> EFAULT
      load(arena+3p-1) -> 1 | 0
      mincore(arena, 2p, arena+3p) -> EFAULT
      mincore(arena, 2p, 0) -> EFAULT
      mincore(arena, 2p, top) -> EFAULT
      mincore(arena, 2p, arena+8p) -> EFAULT`);
    expect(clauses).toContain('mincore.bad-vec');
  });

  test('mincore.hole: the answers before the hole may have been stored; a bad vec may be found first', () => {
    follow(`${PRIVATE}munmap(arena+1p, 1p) -> 0\nmincore(arena, 2p, arena+8) -> ENOMEM\nload(arena+8) -> 1 | 0`);
    follow(`${PRIVATE}munmap(arena+1p, 1p) -> 0\nmincore(arena, 2p, 0) -> EFAULT | ENOMEM`);
  });

  test('mincore.bad-vec: a stack grows under the answer, also where that then is not to be written', () => {
    const { world } = follow('mmap(arena, 1p, r, private|anon|fixed|growsdown) -> ok\nmincore(arena, 1p, arena-1p) -> EFAULT');
    expect(world.processes.get('p0')!.space.pages).toBe(2);
  });

  test('mincore.hole: a stack that grows under the answer can fill the hole', () => {
    follow(`mmap(arena, 1p, none, private|anon|fixed) -> ok
      mmap(arena+4p, 1p, rw, private|anon|fixed|growsdown) -> ok
      mincore(arena, 2p, arena+2p-2) -> 0
      load(arena+2p-2, 2) -> 0x100`);
  });

  test('droppable memory may lose the answer again', () => {
    follow(`${PRIVATE}a = mmap(0, 1p, rw, droppable|anon) -> ok\nmincore(arena, 1p, a) -> 0\nload(a) -> 1 | 0`);
  });

  test('more answers than can be told apart are left open', () => {
    expect(() => follow(`${PRIVATE}b = mmap(0, 12p, r, shared|anon) -> ok\nmincore(b, 12p, arena)`)).toThrow('told apart');
    expect(() => follow(`${PRIVATE}b = mmap(0, 2000p, r, private|anon) -> ok\nmincore(b, 2000p, arena)`)).toThrow('told apart');
  });
});

import { describe, expect, test } from 'vitest';
import { follow } from '../follow.testing.ts';
import { processOf } from '../world.ts';

const FOUR = 'mmap(arena, 4p, rw, private|anon|fixed) -> ok\nstore(arena, 0x11) -> ok\nstore(arena+3p, 0x44) -> ok\n';

describe('munmap.*', () => {
  test('munmap.unmaps, munmap.whole-pages: the pages that the range touches are gone, those beside it stay', () => {
    const { world, clauses } = follow(`${FOUR}
      munmap(arena+1p, 1p+1) -> 0
      load(arena) -> 0x11
      load(arena+1p) -> SIGSEGV/MAPERR at arena+1p
      load(arena+2p) -> SIGSEGV/MAPERR at arena+2p
      load(arena+3p) -> 0x44`);
    const { space } = processOf(world, 'p0');
    expect([space.pages, space.dataPages, space.cells.size]).toEqual([2, 2, 2]);
    expect(clauses).toContain('munmap.whole-pages');
  });

  test('munmap.unmaps: contents do not come back with the page', () => {
    follow(`${FOUR}munmap(arena, 1p) -> 0\nmmap(arena, 1p, rw, private|anon|fixed) -> ok\nload(arena) -> 0`);
  });

  test('munmap.unaligned, munmap.length-zero: refused, or taken as another system takes them', () => {
    follow(`${FOUR}munmap(arena+8, 1p) -> EINVAL\nmunmap(arena, 0) -> EINVAL\nload(arena) -> 0x11`);
    follow(`${FOUR}munmap(arena+8, 1p) -> 0\nload(arena+1p) -> SIGSEGV/MAPERR at arena+1p\nload(arena+2p) -> 0`, {
      choices: { 'munmap.unaligned': 'rounds-down' },
    });
    follow(`${FOUR}munmap(arena, 0) -> 0\nload(arena) -> 0x11`, { choices: { 'munmap.length-zero': 'accepted' } });
  });

  test('munmap.beyond-user: nothing changes, where part of the range is mapped too', () => {
    follow(`${FOUR}munmap(arena, top) -> EINVAL\nmunmap(arena, -1p) -> EINVAL\nmunmap(high, 1p) -> EINVAL\nload(arena) -> 0x11`);
  });

  test('munmap.hole: passed over, or refused', () => {
    follow(`${FOUR}munmap(arena-1p, 2p) -> 0\nmunmap(arena-1p, 2p) -> 0`);
    follow(`${FOUR}munmap(arena-1p, 2p) -> EINVAL\nload(arena) -> 0x11`, { choices: { 'munmap.hole': 'einval' } });
  });

  test('munmap.huge-page: no part of one', () => {
    const huge = 'mmap(arena, 1024p, rw, private|anon|hugetlb|noreserve|fixed) -> arena\n';
    follow(
      `${huge}munmap(arena, 511p) -> EINVAL\nmunmap(arena+513p, 511p) -> EINVAL\nmunmap(arena, 512p) -> 0\nmunmap(arena+512p, 512p) -> 0`,
    );
  });

  test('munmap.unmaps: shared memory stays with others', () => {
    follow(`
      a = mmap(0, 1p, rw, shared|anon) -> ok
      p1 = fork() -> ok
      munmap(a, 1p) -> 0
      p1: store(a, 0x5a) -> ok
      p1: load(a) -> 0x5a
      load(a) -> SIGSEGV/MAPERR at a`);
  });

  test('munmap: memory that is not the program’s is left alone', () => {
    expect(() => follow('munmap(64p, 1p)')).toThrow('not the program’s');
  });
});

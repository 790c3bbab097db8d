import { describe, expect, test } from 'vitest';
import { follow } from '../follow.testing.ts';
import { processOf } from '../world.ts';

describe('brk.*', () => {
  test('brk.raises, brk.lowers: memory comes with zeros and goes in whole pages', () => {
    const { world } = follow(`
      brk(heap+2p+1) -> heap+2p+1
      store(heap+3p-1, 0x11) -> 0
      brk(heap+2p) -> heap+2p
      load(heap+3p-1) -> SIGSEGV/MAPERR at heap+3p-1
      brk(heap+3p) -> heap+3p
      load(heap+3p-1) -> 0`);
    const { space } = processOf(world, 'p0');
    expect([space.pages, space.dataPages]).toEqual([3, 3]);
  });

  test('brk.within-page, brk.below-start: the break moves, memory does not', () => {
    follow('brk(0) -> heap\nbrk(heap+1p) -> heap+1p\nbrk(heap+8) -> heap+8\nbrk(1) -> heap+8\nload(heap+1p-1) -> 0');
  });

  test('brk.beyond-user, brk.memory: nothing changes', () => {
    follow('brk(top+1p) -> heap\nbrk(-1) -> heap\nbrk(high) -> heap\nbrk(heap+2097153p) -> heap');
  });

  test('brk.lower-hole: where nothing would be unmapped; brk.lowers: where anything is', () => {
    follow(`
      brk(heap+4p) -> heap+4p
      munmap(heap+2p, 2p) -> 0
      brk(heap+2p) -> heap+4p
      mmap(heap+2p, 1p, r, shared|anon|fixed) -> ok
      brk(heap+2p) -> heap+2p
      load(heap+2p) -> SIGSEGV/MAPERR at heap+2p`);
  });

  test('brk.in-the-way: a page must stay free behind the break, and the gap below a stack', () => {
    follow('mmap(heap+4p, 1p, none, private|anon|fixed) -> ok\nbrk(heap+4p) -> heap\nbrk(heap+3p) -> heap+3p');
    follow('mmap(heap+300p, 1p, rw, private|anon|fixed|growsdown) -> ok\nbrk(heap+44p) -> heap\nbrk(heap+43p) -> heap+43p');
  });

  test('brk.data-limit, brk.address-space-limit, brk.locked-limit: limits', () => {
    follow('setrlimit(data, vmdata+2p, inf) -> 0\nbrk(heap+3p) -> heap\nbrk(heap+2p) -> heap+2p');
    follow('setrlimit(data, 3p, inf) -> 0\nbrk(heap+1p) -> heap');
    follow('setrlimit(as, vm+2p, inf) -> 0\nbrk(heap+3p) -> heap\nbrk(heap+2p) -> heap+2p');
    follow(
      'setrlimit(memlock, 2p, 4p) -> 0\nmlockall(future) -> 0\nbrk(heap+3p) -> heap\nbrk(heap+2p) -> heap+2p\nmadvise(heap, 1p, dontneed) -> EINVAL',
    );
  });

  test('brk.raises: a child has its own break', () => {
    follow('brk(heap+1p) -> heap+1p\np1 = fork() -> ok\np1: brk(heap+2p) -> heap+2p\nbrk(0) -> heap+1p\np1: brk(0) -> heap+2p');
  });

  test('brk: below where the program found it is not its own', () => {
    expect(() => follow('brk(heap-1p)', { host: { startBrk: 0x0fff_0000 } })).toThrow('below that of the start');
    expect(() => follow('brk(heap+131000p)')).toThrow('not the program’s');
  });
});

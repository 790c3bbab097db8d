import { describe, expect, test } from 'vitest';
import { follow, HOST } from '../follow.testing.ts';
import { processOf } from '../world.ts';

const STACK = 'mmap(arena, 2p, rw, private|anon|fixed|growsdown) -> arena\n';

describe('stack.*', () => {
  test('stack.grows: to the page that is touched, with the protection above it', () => {
    const { world, clauses } = follow(`${STACK}
      store(arena-3p+8, 0x11) -> 0
      load(arena-1p) -> 0
      load(arena-3p+8) -> 0x11
      load(arena-4p-1) -> 0`);
    expect(processOf(world, 'p0').space.pages).toBe(7);
    expect(clauses).toContain('stack.grows');
    follow(
      'mmap(arena, 1p, r, private|anon|fixed|growsdown) -> arena\nstore(arena-1p, 1) -> SIGSEGV/ACCERR at arena-1p\nload(arena-1p) -> 0',
    );
  });

  test('stack.grows: only what the next mapping above allows', () => {
    follow(`${STACK}mmap(arena-4p, 1p, none, private|anon|fixed) -> ok\nload(arena-5p) -> SIGSEGV/MAPERR at arena-5p\nload(arena-3p) -> 0`);
  });

  test('stack.limit: from the page to the end of the mapping', () => {
    const { clauses } = follow(`${STACK}setrlimit(stack, 4p, inf) -> 0\nload(arena-3p) -> SIGSEGV/MAPERR at arena-3p\nload(arena-2p) -> 0`);
    expect(clauses).toContain('stack.limit');
  });

  test('stack.gap: not near above a mapping that can be accessed', () => {
    follow(`${STACK}
      mmap(arena-257p, 1p, r, private|anon|fixed) -> ok
      load(arena-1p) -> SIGSEGV/MAPERR at arena-1p
      mprotect(arena-257p, 1p, none) -> 0
      load(arena-1p) -> 0`);
    follow(`${STACK}mmap(arena-2p, 1p, r, private|anon|fixed|growsdown) -> ok\nload(arena-1p) -> 0`);
  });

  test('stack.address-space, stack.locked: limits', () => {
    follow(`${STACK}setrlimit(as, vm+3p, inf) -> 0\nload(arena-2p) -> SIGSEGV/MAPERR at arena-2p\nload(arena-1p) -> 0`);
    follow(`mmap(arena, 1p, rw, private|anon|fixed|growsdown|locked) -> ok
      setrlimit(memlock, 2p, 2p) -> 0
      load(arena-2p) -> SIGSEGV/MAPERR at arena-2p
      load(arena-1p) -> 0
      mmap(arena+9p, 1p, rw, private|anon|fixed|locked) -> EAGAIN`);
  });

  test('stack.grows: what grows down to its other half is not one with it', () => {
    follow(`${STACK}
      mmap(arena, 3p, rw, private|anon|fixed|growsdown) -> arena
      munmap(arena+1p, 1p) -> 0
      load(arena+1p) -> 0
      setrlimit(stack, 2p, inf) -> 0
      load(arena-1p) -> 0 | SIGSEGV/MAPERR at arena-1p`);
  });

  test('stack.grows: where nobody knows what lies below, both', () => {
    const program = 'a = mmap(0, 4p, rw, private|anon|growsdown) -> ok\nmunmap(a, 2p) -> 0\n';
    follow(`${program}load(a+1p) -> 0 | SIGSEGV/MAPERR at a+1p\nload(a+1p) -> 0`);
    follow(`${program}store(a+1p, 1) -> SIGSEGV/MAPERR at a+1p | 0\nmunmap(a, 4p) -> 0`);
    expect(() => follow(`${program}load(a-1p)`)).toThrow('not the program’s');
  });

  test('stack.low: the lowest pages', () => {
    expect(HOST.minAddress).toBeGreaterThan(0);
    follow('load(0) -> SIGSEGV/MAPERR at 0\nstore(1p, 1) -> SIGSEGV/MAPERR at 1p');
  });
});

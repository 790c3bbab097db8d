import { describe, expect, test } from 'vitest';
import { follow, HOST } from '../follow.testing.ts';
import { processOf } from '../world.ts';

const FOUR = 'mmap(arena, 4p, rw, private|anon|fixed) -> ok\nstore(arena+1p, 0x22) -> ok\n';

describe('mprotect.*', () => {
  test('mprotect.changes: what may be done changes, contents do not', () => {
    const { world } = follow(`${FOUR}
      mprotect(arena+1p, 2p, r) -> 0
      load(arena+1p) -> 0x22
      store(arena+2p, 1) -> SIGSEGV/ACCERR at arena+2p
      store(arena+3p, 1) -> 0
      mprotect(arena+1p, 1, none) -> 0
      load(arena+1p) -> SIGSEGV/ACCERR at arena+1p
      mprotect(arena, 4p, rw) -> 0
      load(arena+1p) -> 0x22`);
    expect(processOf(world, 'p0').space.dataPages).toBe(4);
  });

  test.each([
    ['mprotect.unaligned', 'mprotect(arena+1, 1p, none) -> EINVAL'],
    ['mprotect.unknown-prot', 'mprotect(arena, 1p, r|0x10) -> EINVAL'],
    ['mprotect.unknown-prot', 'mprotect(arena, 1p, r|0x100000000) -> EINVAL'],
    ['mprotect.wraps', 'mprotect(arena, -1, none) -> ENOMEM'],
    ['mprotect.wraps', 'mprotect(-1p, 1p, none) -> ENOMEM'],
    ['mprotect.unmapped', 'mprotect(arena-1p, 2p, none) -> ENOMEM'],
    ['mprotect.grows-both', 'mprotect(arena, 1p, r|growsdown|growsup) -> EINVAL'],
    ['mprotect.grows-down-only', 'mprotect(arena, 1p, r|growsdown) -> EINVAL'],
    ['mprotect.grows-up', 'mprotect(arena, 1p, r|growsup) -> EINVAL'],
    ['mprotect.length-zero', 'mprotect(arena, 0, none) -> 0'],
  ] as const)('%s: %s, and nothing changes', (clause, step) => {
    const { clauses } = follow(`${FOUR}${step}\nload(arena+1p) -> 0x22\nstore(arena, 1) -> 0`);
    expect(clauses).toContain(clause);
  });

  test('mprotect.length-zero: bits that nobody knows may be refused all the same', () => {
    follow('mprotect(arena, 0, r|0x10) -> 0 | EINVAL\nmprotect(arena, 0, r|growsdown|growsup) -> EINVAL');
  });

  test('mprotect.hole: what lies below it has changed', () => {
    follow(`${FOUR}
      munmap(arena+2p, 1p) -> 0
      mprotect(arena+1p, 3p, none) -> ENOMEM
      load(arena+1p) -> SIGSEGV/ACCERR at arena+1p
      store(arena+3p, 1) -> 0`);
  });

  test('mprotect.not-permitted: what lies below it has changed', () => {
    follow(`
      f = open(f0, rdonly|creat) -> ok
      mmap(arena, 1p, r, private|anon|fixed) -> ok
      mmap(arena+1p, 1p, r, shared|fixed, f) -> ok
      mmap(arena+2p, 1p, r, private|anon|fixed) -> ok
      mprotect(arena, 3p, rw) -> EACCES
      store(arena, 1) -> 0
      store(arena+2p, 1) -> SIGSEGV/ACCERR at arena+2p
      mprotect(arena, 3p, rx) -> 0`);
  });

  test('mprotect.grows-down: from the beginning of the mapping, a hole before it passed over', () => {
    follow(`
      mmap(arena, 3p, rw, private|anon|fixed|growsdown) -> arena
      mprotect(arena+1p, 1p, none|growsdown) -> 0
      load(arena) -> SIGSEGV/ACCERR at arena
      load(arena+2p) -> 0
      mprotect(arena-1p, 2p, rw|growsdown) -> 0
      load(arena) -> 0
      mprotect(arena-2p, 1p, rw|growsdown) -> ENOMEM`);
  });

  test('mprotect.data-limit: mapping by mapping, and not where the address space is full too', () => {
    const data = { soft: HOST.vmData + 2 * 4096, hard: HOST.vmData + 2 * 4096 };
    const mapped = 'mmap(arena, 2p, r, private|anon|fixed) -> ok\nmmap(arena+2p, 2p, rx, private|anon|fixed) -> ok\n';
    follow(`${mapped}mprotect(arena, 4p, rw) -> ENOMEM\nstore(arena+1p, 1) -> 0\nstore(arena+2p, 1) -> SIGSEGV/ACCERR at arena+2p`, {
      host: { limits: { ...HOST.limits, data } },
    });
    const as = { soft: HOST.vm + 4 * 4096, hard: HOST.vm + 4 * 4096 };
    follow(`${mapped}mprotect(arena, 4p, rw) -> 0`, { host: { limits: { ...HOST.limits, data, as } } });
  });

  test('mprotect.data-limit: nobody knows where mappings that are alike may be one', () => {
    const data = { soft: HOST.vmData + 4096, hard: HOST.vmData + 4096 };
    const alike = 'mmap(arena, 1p, r, private|anon|fixed) -> ok\nmmap(arena+1p, 1p, r, private|anon|fixed) -> ok\n';
    expect(() => follow(`${alike}mprotect(arena, 2p, rw)`, { host: { limits: { ...HOST.limits, data } } })).toThrow('joined');
  });

  test('mprotect.memory: a mapping that is larger than the machine', () => {
    follow('a = mmap(0, 2097153p, r, private|anon) -> ok\nmprotect(a, 2097153p, rw) -> ENOMEM\nmprotect(a, 1p, rw) -> 0');
  });

  test('munmap.huge-page: no part of one is changed either', () => {
    follow(
      'mmap(arena, 512p, rw, private|anon|hugetlb|noreserve|fixed) -> ok\nmprotect(arena, 1p, r) -> EINVAL\nmprotect(arena, 1p, rw) -> 0',
    );
  });

  test('mprotect.changes: locked memory that becomes writable is copied at once', () => {
    follow(`
      m = memfd_create() -> ok
      ftruncate(m, 1p) -> 0
      s = mmap(0, 1p, rw, shared, m) -> ok
      a = mmap(0, 1p, r, private|locked, m) -> ok
      mprotect(a, 1p, rw) -> 0
      store(s, 0x11) -> 0
      load(a) -> 0`);
  });

  test('mprotect: memory that is not the program’s is left alone', () => {
    expect(() => follow('mprotect(64p, 1p, none)')).toThrow('not the program’s');
  });
});

import { describe, expect, test } from 'vitest';
import { follow } from '../follow.testing.ts';
import { processOf } from '../world.ts';

describe('setrlimit.*', () => {
  test('setrlimit.sets: both limits, for the process and its later children', () => {
    const { world } = follow(
      'setrlimit(memlock, 3p, 4p) -> 0\np1 = fork() -> ok\nsetrlimit(memlock, 1p, 4p) -> 0\nsetrlimit(as, vm+1p, inf) -> 0',
    );
    expect(processOf(world, 'p1').limits.memlock).toEqual({ soft: 3 * 4096, hard: 4 * 4096 });
    expect(processOf(world, 'p0').limits.memlock).toEqual({ soft: 4096, hard: 4 * 4096 });
    expect(processOf(world, 'p0').limits.as).toEqual({ soft: world.host.vm + 4096, hard: Number.POSITIVE_INFINITY });
  });

  test('setrlimit.soft-above-hard: as unsigned numbers, without limit being the largest', () => {
    follow(`
      setrlimit(memlock, 2p, 1p) -> EINVAL
      setrlimit(memlock, inf, 1p) -> EINVAL
      setrlimit(as, inf, -2) -> EINVAL
      setrlimit(as, -2, inf) -> 0
      setrlimit(as, 1p, high) -> 0`);
  });

  test('setrlimit.raises-hard: only the privileged', () => {
    const program = (then: string): string => `setrlimit(nofile, 8, 16) -> 0\nsetrlimit(nofile, 8, 17) -> ${then}`;
    follow(program('EPERM'));
    follow(program('0'), { host: { privileged: true } });
    const { clauses } = follow('setrlimit(nofile, 8, inf) -> EPERM | 0', { host: { privileged: true } });
    expect(clauses).toContain('setrlimit.descriptors');
  });

  test('setrlimit.resource: none that there is not, counted in 32 bits', () => {
    follow('setrlimit(16, 1, 1) -> EINVAL\nsetrlimit(-1, 1, 1) -> EINVAL\nsetrlimit(0x100000008, 1p, 2p) -> 0');
    expect(() => follow('setrlimit(0, 1, 1)')).toThrow('not about memory');
  });
});

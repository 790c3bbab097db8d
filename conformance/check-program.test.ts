import { expect, test } from 'vitest';
import { law } from './check/foreseen.testing.ts';
import { checkProgram } from './check-program.ts';
import { modelTarget } from './lies/model-target.ts';
import type { Target } from './targets/target.ts';

test('a program on a target that is right conforms, and the target stays open', async () => {
  let closed = 0;
  const target: Target = { ...modelTarget(law), close: async () => void closed++ };
  const { conforms, report } = await checkProgram('munmap(arena, 1p) -> 0', { target });
  expect(conforms).toBe(true);
  expect(report).toContain('program on model (Linux 6.18.0)');
  expect(closed).toBe(0);
});

test('an expectation that does not hold is enough not to conform', async () => {
  const { conforms, report } = await checkProgram('munmap(arena, 1p) -> EINVAL', { target: modelTarget(law) });
  expect(conforms).toBe(false);
  expect(report).toContain('the program expects: EINVAL');
});

test('a target by its name is opened for the program and closed again', async () => {
  const { conforms, report } = await checkProgram('a = mmap(0, 1p, rw, private|anon) -> ok\nload(a) -> 0');
  expect(report).toContain('program on linux');
  expect(conforms).toBe(true);
});

test('what is no program, and what is no target, is said so', async () => {
  await expect(checkProgram('mumble()', { target: modelTarget(law) })).rejects.toThrow('mumble');
  await expect(checkProgram('munmap(arena, 1p)', { target: 'nowhere' })).rejects.toThrow(/no target 'nowhere'/);
});

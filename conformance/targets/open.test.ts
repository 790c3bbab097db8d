import { expect, test } from 'vitest';
import { compileAgent } from './compile.ts';
import { openTarget } from './open.ts';
import { TargetUnavailable } from './target.ts';

test('linux and exec:COMMAND are targets, by these names', async () => {
  const names = ['linux', `exec:${await compileAgent()}`];
  const targets = await Promise.all(names.map((name) => openTarget(name)));
  expect(targets.map(({ name }) => name)).toEqual(names);
  await Promise.all(targets.map((target) => target.close()));
});

test.each(['', 'bsd', 'exec:', 'linux '])('%o is no target', async (name) => {
  await expect(openTarget(name)).rejects.toThrow(TargetUnavailable);
  await expect(openTarget(name)).rejects.toThrow(`there is no target '${name}'`);
});

import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { CALL_KINDS } from '../../spec/language/call.ts';
import { compileAgent } from '../targets/compile.ts';

const bench = async (...args: readonly string[]): Promise<string> =>
  execFileSync(await compileAgent(), ['--bench', ...args], { encoding: 'utf8' });

test('the bare loop makes twenty calls a process, and says how long it took', async () => {
  expect(await bench('50')).toMatch(/^1000 steps in \d+\.\d{6} s\n$/);
});

test('the bare loop ends with every mix of calls, and counts what was made', async () => {
  expect(
    await bench(
      '100',
      CALL_KINDS.filter((kind) => kind !== 'exit')
        .map((kind) => `${kind}=1`)
        .join(','),
    ),
  ).toMatch(/^2000 steps/);
  expect(await bench('10', 'exit=1')).toMatch(/^10 steps/);
  expect(await bench('10', 'no-such-call=1,load')).toMatch(/^200 steps/);
});

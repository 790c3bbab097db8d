/** The limit to approach: the agent's own loop, which makes random calls of the same kinds in fresh processes, and neither answers nor checks. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { compileAgent } from '../conformance/targets/compile.ts';
import type { CallKind } from '../spec/language/index.ts';
import type { Measure } from './alternate.ts';

const run = promisify(execFile);

/**
 * @param mix  how often each call is made, relative to the others
 * @returns steps per second
 */
export async function bareAgent(mix: ReadonlyMap<CallKind, number>, programs: number): Promise<Measure> {
  const agent = await compileAgent();
  const weights = [...mix].map(([kind, weight]) => `${kind}=${weight}`).join(',');
  return async () => {
    const { stdout } = await run(agent, ['--bench', String(programs), weights]);
    const [, steps, seconds] = /^(\d+) steps in (\d+\.\d+) s/.exec(stdout) ?? [];
    if (steps === undefined) throw new Error(`the agent's benchmark printed: ${stdout}`);
    return Number(steps) / Number(seconds);
  };
}

/** A run as the command `run` makes it, without reports: generation, the target, judging; and how long the agent waits for programs. */
import { readdirSync, readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { runShard } from '../conformance/campaign/shard.ts';
import { Tally } from '../conformance/campaign/tally.ts';
import { programAt } from '../conformance/generate/programs.ts';
import type { Program } from '../spec/language/index.ts';
import { type Measure, seconds } from './alternate.ts';
import { generateOptions, SEED, type Subject } from './subject.ts';

/** @returns steps generated, run and judged per second */
export function endToEnd({ target, law }: Subject, programs: number): Measure {
  const options = generateOptions({ target, law });
  return async () => {
    const tally = new Tally();
    function* generated(): Generator<Program> {
      for (let index = 0; index < programs; index++) yield programAt(SEED, index, options);
    }
    const took = await seconds(() => runShard({ target, law, programs: generated(), tally, stop: () => false, onBatch: () => {} }));
    return tally.steps / took;
  };
}

/**
 * The share of the time during `work` in which the agent's supervisor waited in a read of its input, from samples of the kernel's own view.
 * @param agent  the process id of the agent
 */
export async function waitingShare(agent: number, work: Measure): Promise<number> {
  const sampler = new Worker(new URL('./sampler.ts', import.meta.url), { workerData: { file: `/proc/${agent}/syscall` } });
  const samples = new Promise<{ readonly all: number; readonly reading: number }>((resolve, reject) => {
    sampler.once('message', resolve);
    sampler.once('error', reject);
  });
  await new Promise((resolve) => sampler.once('online', resolve));
  await work();
  sampler.postMessage('stop');
  const { all, reading } = await samples;
  return reading / all;
}

/** The processes that this one has started and that are called `vkagent`. */
export function agentsStarted(): readonly number[] {
  const children = readdirSync('/proc/self/task').flatMap((task) => readFileSync(`/proc/self/task/${task}/children`, 'utf8').split(' '));
  return children.filter((pid) => pid !== '' && readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'vkagent').map(Number);
}

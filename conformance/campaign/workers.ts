/** A campaign spread over several threads, each with a target of its own; their tallies are merged. */
import { Tinypool } from 'tinypool';
import type { CampaignOptions, Clock } from './options.ts';
import type { Tally, TallyData } from './tally.ts';

/** What one thread is asked to do: programs first to first + count − 1 of the seed. */
export interface Task {
  readonly targetName: string;
  readonly dialect: 'linux';
  readonly seed: number;
  readonly first: number;
  readonly count: number;
  readonly steps: readonly [min: number, max: number];
  readonly calls: CampaignOptions['calls'];
}

/** Programs in a task: enough that handing it over costs nothing, few enough that the run ends in time. */
const TASK_PROGRAMS = 1024;

/** As for the main thread, see cli/main.ts. */
const YOUNG_GENERATION_MB = 64;

export async function runWorkers(options: CampaignOptions, tally: Tally, clock: Clock): Promise<void> {
  const { targetName, dialect, seed, steps, calls, workers } = options;
  const pool = new Tinypool({
    filename: new URL(`./worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url).href,
    minThreads: workers,
    maxThreads: workers,
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
  });
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < options.programs && !clock.over()) {
      const first = next;
      const count = Math.min(TASK_PROGRAMS, options.programs - first);
      next += count;
      const task: Task = { targetName, dialect, seed, first, count, steps, calls };
      tally.merge((await pool.run(task)) as TallyData);
      clock.report();
    }
  };
  try {
    await Promise.all(Array.from({ length: workers }, work));
  } finally {
    await pool.destroy();
  }
}

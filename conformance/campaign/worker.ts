/** The thread of a campaign: opens the target once, then runs one task after another on it. */
import { resolveDialect } from '../../spec/dialects/dialect.ts';
import type { Program } from '../../spec/language/index.ts';
import { programAt } from '../generate/programs.ts';
import { openTarget } from '../targets/open.ts';
import type { Target } from '../targets/target.ts';
import { generateOptions } from './options.ts';
import { runShard } from './shard.ts';
import { Tally, type TallyData } from './tally.ts';
import type { Task } from './workers.ts';

let opened: Promise<Target> | undefined;

export default async function runTask(task: Task): Promise<TallyData> {
  opened ??= openTarget(task.targetName);
  const target = await opened;
  const law = { host: target.host, choices: resolveDialect(task.dialect, target.host) };
  const options = generateOptions(task, law);
  const tally = new Tally();
  function* programs(): Generator<Program> {
    for (let i = 0; i < task.count; i++) yield programAt(task.seed, task.first + i, options);
  }
  await runShard({ target, law, programs: programs(), tally, stop: () => false, onBatch: () => {} });
  return tally.toData();
}

/** Runs programs on one target and checks them, with several batches on their way so that the target never waits. */
import type { Program } from '../../spec/language/index.ts';
import { checkTrace, type Law } from '../check/check-trace.ts';
import type { Target } from '../targets/target.ts';
import type { Tally } from './tally.ts';

/** Programs sent together, and batches sent before the first answer is read. */
const BATCH = 64;
const IN_FLIGHT = 4;

export interface ShardOptions {
  readonly target: Target;
  readonly law: Law;
  readonly programs: Iterator<Program>;
  readonly tally: Tally;
  /** Looked at before each batch: true ends the shard after what is on its way. */
  readonly stop: () => boolean;
  /** Told after each batch. */
  readonly onBatch: () => void;
}

/** @throws TargetUnavailable when the target cannot be started again; what was checked before is in the tally */
export async function runShard({ target, law, programs, tally, stop, onBatch }: ShardOptions): Promise<void> {
  const flight: { readonly batch: readonly Program[]; readonly traces: ReturnType<Target['run']> }[] = [];
  let more = true;
  for (;;) {
    while (more && flight.length < IN_FLIGHT) {
      const batch = stop() ? [] : takeBatch(programs);
      more = batch.length === BATCH;
      if (batch.length === 0) break;
      const traces = target.run(batch);
      // A rejection is met where the batch is awaited; until then it must not count as unhandled.
      traces.catch(() => {});
      flight.push({ batch, traces });
    }
    const first = flight.shift();
    if (first === undefined) return;
    const traces = await first.traces;
    for (let i = 0; i < first.batch.length; i++) {
      const program = first.batch[i]!;
      tally.add(program, checkTrace(law, program, traces[i]!, tally.exercise));
    }
    onBatch();
  }
}

function takeBatch(programs: Iterator<Program>): Program[] {
  const batch: Program[] = [];
  while (batch.length < BATCH) {
    const next = programs.next();
    if (next.done === true) break;
    batch.push(next.value);
  }
  return batch;
}

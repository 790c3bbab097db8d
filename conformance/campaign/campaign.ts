/**
 * A campaign: the examples of the specification, the saved programs, then generated ones, run on one target and judged; what differs is grouped by
 * cause and shrunk, and the whole becomes one result.
 */

import { type Divergence, type Result, SCHEMA_VERSION } from '../../reports/result.ts';
import { CLAUSES } from '../../spec/clauses.ts';
import { resolveDialect } from '../../spec/dialects/dialect.ts';
import { CALL_KINDS, type Program } from '../../spec/language/index.ts';
import type { Law } from '../check/check-trace.ts';
import { programAt } from '../generate/programs.ts';
import { packageVersion } from '../package-root.ts';
import { type CampaignOptions, type Clock, generateOptions } from './options.ts';
import { runShard } from './shard.ts';
import { shrinkGroup } from './shrink-group.ts';
import { Tally } from './tally.ts';
import { runWorkers } from './workers.ts';

/** Runs the campaign. When the target is lost for good, the result tells what was checked until then, and why it ended. */
export async function runCampaign(options: CampaignOptions): Promise<Result> {
  const { target, dialect, seed } = options;
  const startedAt = new Date();
  const law: Law = { host: target.host, choices: resolveDialect(dialect, target.host) };
  const tally = new Tally();
  const clock = startClock(options, tally);
  let broken: string | undefined;
  try {
    await runShard({
      target,
      law,
      programs: options.first[Symbol.iterator](),
      tally,
      stop: clock.over,
      onBatch: clock.report,
    });
    if (options.workers > 1) await runWorkers(options, tally, clock);
    else await runShard({ target, law, programs: generated(options, law), tally, stop: clock.over, onBatch: clock.report });
  } catch (error) {
    broken = (error as Error).message;
  }
  const seconds = clock.seconds();
  const divergences = broken === undefined ? await shrinkAll(options, law, tally) : [];
  return {
    ...describeRun(options, law, startedAt),
    programs: tally.programs,
    steps: tally.steps,
    seconds,
    stepsPerSecond: Math.round(tally.steps / seconds),
    seed,
    clauses: countClauses(tally),
    choices: law.choices,
    divergences,
    undecided: [...tally.undecided].map(([reason, counted]) => ({ reason, ...counted })),
    undecidedPrograms: tally.undecidedPrograms,
    lost: { programs: tally.lostPrograms, reasons: [...tally.lost].map(([why, counted]) => ({ why, ...counted })) },
    ...(broken === undefined ? {} : { notRun: broken }),
  };
}

/** Programs `first`, `first + stride`, … of the seed, as many as asked for. */
function* generated(options: CampaignOptions, law: Law): Generator<Program> {
  for (let index = 0; index < options.programs; index++) yield programAt(options.seed, index, generateOptions(options, law));
}

function startClock(options: CampaignOptions, tally: Tally): Clock {
  const start = performance.now();
  const seconds = (): number => (performance.now() - start) / 1000;
  const done = (): number => Math.min(1, Math.max(seconds() / options.seconds, tally.programs / options.programs));
  return {
    seconds,
    over: () => options.signal.aborted || seconds() >= options.seconds,
    report: () => options.onProgress(tally, seconds(), done()),
  };
}

/** Every finding shrunk, those that were seen in the most programs first, as far as the time goes. */
async function shrinkAll(options: CampaignOptions, law: Law, tally: Tally): Promise<Divergence[]> {
  const groups = [...tally.groups.values()].sort((a, b) => Number(a.afterResync) - Number(b.afterResync) || b.count - a.count);
  const end = performance.now() + options.shrinkSeconds * 1000;
  const divergences: Divergence[] = [];
  for (const [index, group] of groups.entries()) {
    const left = Math.max(0, end - performance.now()) / 1000;
    const seconds = Math.max(MIN_SHRINK_SECONDS, left / (groups.length - index));
    const divergence = await shrinkGroup({
      group,
      target: options.target,
      law,
      seconds,
      onBest: (program) => options.onBest(group.clause, program),
    });
    // Programs that fail in different ways for one reason are shrunk to the same program: they are one finding.
    const same = divergences.findIndex(({ minimal, clause }) => minimal === divergence.minimal && clause === divergence.clause);
    if (same === -1) divergences.push(divergence);
    else divergences[same] = { ...divergences[same]!, count: divergences[same]!.count + divergence.count };
  }
  return divergences;
}

const MIN_SHRINK_SECONDS = 0.2;

function countClauses(tally: Tally): Result['clauses'] {
  return Object.fromEntries(
    Object.keys(CLAUSES).map((id) => [id, { exercised: tally.clauses.get(id) ?? 0, diverged: tally.diverged.get(id) ?? 0 }]),
  );
}

function describeRun(options: CampaignOptions, law: Law, startedAt: Date) {
  const { host } = law;
  const asText = Object.entries(host).map(
    ([key, value]) => [key, typeof value === 'object' ? JSON.stringify(value) : String(value)] as const,
  );
  return {
    schema: SCHEMA_VERSION,
    tool: { name: 'vkconform', version: packageVersion() },
    target: {
      name: options.targetName,
      system: host.system,
      version: host.release,
      machine: host.machine,
      privileged: host.privileged,
      host: Object.fromEntries(asText),
    },
    dialect: options.dialect,
    startedAt: startedAt.toISOString(),
    options: {
      programs: options.programs,
      time: options.seconds,
      steps: `${options.steps[0]}..${options.steps[1]}`,
      calls: options.calls.length === CALL_KINDS.length ? 'all' : [...options.calls],
      workers: options.workers,
    },
  } as const;
}

/** vkconform run: the main job. */
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import pc from 'picocolors';
import { formatJson } from '../../../reports/json/json.ts';
import type { Result } from '../../../reports/result.ts';
import { verdictOf } from '../../../reports/verdict.ts';
import { writeReports } from '../../../reports/write.ts';
import { CALL_KINDS, formatProgram } from '../../../spec/language/index.ts';
import { runCampaign } from '../../campaign/campaign.ts';
import { examplePrograms, savedPrograms } from '../../campaign/sources.ts';
import { openTarget } from '../../targets/open.ts';
import { TargetUnavailable } from '../../targets/target.ts';
import { EXIT, Failure } from '../failure.ts';
import { makeFolder } from '../folder.ts';
import { dialectOption, type RunOptions, readCalls, readCount, readDuration, readSeed, readSteps, targetOption } from '../options.ts';
import { printResult } from '../print-result.ts';
import { progressLine } from '../progress.ts';

const DEFAULT_SECONDS = 15;
/** Shrinking may take as long again as the run, within these bounds in seconds. */
const SHRINK_SECONDS = { min: 5, max: 120 } as const;

export function addRun(program: Command): void {
  program
    .command('run', { isDefault: true })
    .description('judge a kernel: spec examples, saved programs, then generated ones; shrink what differs; write a report')
    .addOption(targetOption())
    .addOption(dialectOption())
    .option('-n, --programs <count>', 'end after this many generated programs', readCount)
    .option(
      '--time <duration>',
      `end after this time, such as 60s or 10m (default: ${DEFAULT_SECONDS}s, or none with --programs)`,
      readDuration,
    )
    .option('-s, --seed <number>', 'the same seed, target and version give the same programs (default: drawn, and printed)', readSeed)
    .addOption(new Option('--steps <range>', 'steps in a program, such as 20 or 8..36').argParser(readSteps).default([8, 36], '8..36'))
    .addOption(
      new Option('-c, --calls <list>', 'generate only these calls, beside mmap, load and store')
        .argParser(readCalls)
        .default(CALL_KINDS, 'all'),
    )
    .option('-w, --workers <count>', 'threads that generate and judge, each with a target of its own', readCount, 1)
    .option('-r, --report <folder>', 'where the report goes', 'vkconform-report')
    .option('--json <file>', 'write the result as JSON to this file too')
    .option('-q, --quiet', 'print the verdict and nothing else')
    .action(async (options: Partial<RunOptions>) => {
      process.exitCode = await run({ ...options, seed: options.seed ?? drawSeed() } as RunOptions);
    });
}

const drawSeed = (): number => Math.floor(Math.random() * 2 ** 31);

async function run(options: RunOptions): Promise<number> {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  let worst: number = EXIT.conforms;
  const targets = options.target ?? ['linux'];
  for (const name of targets) {
    const folder = targets.length === 1 ? options.report : join(options.report, name.replaceAll(/[^\w.-]+/g, '-'));
    worst = Math.max(worst, await runTarget(name, folder, options, stop.signal));
  }
  return worst;
}

async function runTarget(name: string, folder: string, options: RunOptions, signal: AbortSignal): Promise<number> {
  makeFolder(join(folder, 'findings'));
  const seconds = options.time ?? (options.programs === undefined ? DEFAULT_SECONDS : Number.MAX_SAFE_INTEGER);
  // One thread generates and judges faster than one agent runs programs: two agents keep it busy.
  const lanes = options.workers === 1 ? Math.min(2, availableParallelism()) : 1;
  const target = await openTarget(name, { lanes }).catch((error: unknown) => {
    if (error instanceof TargetUnavailable) throw new Failure(`${name} was not run: ${error.message}`, EXIT.notRun);
    throw error;
  });
  const line = progressLine(name, process.stderr, options.quiet ?? false);
  let result: Result;
  try {
    result = await runCampaign({
      target,
      targetName: name,
      dialect: options.dialect,
      seed: options.seed,
      programs: options.programs ?? Number.MAX_SAFE_INTEGER,
      seconds,
      steps: options.steps,
      calls: options.calls,
      workers: options.workers,
      first: [...savedPrograms(folder, warnBroken), ...examplePrograms(options.dialect)],
      shrinkSeconds: Math.min(SHRINK_SECONDS.max, Math.max(SHRINK_SECONDS.min, seconds)),
      onProgress: (tally, elapsed, done) =>
        line.update({
          programs: tally.programs,
          steps: tally.steps,
          divergences: tally.groups.size,
          undecided: tally.undecidedPrograms,
          lost: tally.lostPrograms,
          seconds: elapsed,
          secondsLeft: done > 0 ? (elapsed / done) * (1 - done) : seconds,
          done,
        }),
      onBest: (clause, program) => keepBest(folder, clause, formatProgram(program)),
      signal,
    });
  } finally {
    line.end();
    await target.close();
  }
  writeReports(result, folder);
  if (options.json !== undefined) writeJson(result, options.json);
  printResult(result, folder, options.quiet ?? false);
  return exitCodeOf(result);
}

function warnBroken(file: string, error: Error): void {
  process.stderr.write(`${pc.yellow('left out')} ${file}: ${error.message.split('\n')[0]}\n`);
}

/** The best program so far of a finding that is being shrunk: it survives whatever happens next. */
function keepBest(folder: string, clause: string, text: string): void {
  writeFileSync(join(folder, 'findings', `${clause}.shrinking.vkt`), text);
}

function writeJson(result: Result, file: string): void {
  try {
    writeFileSync(file, formatJson(result));
  } catch (error) {
    throw new Failure(
      `the result could not be written to ${file} (${(error as NodeJS.ErrnoException).code}); the report folder has it as report.json`,
      EXIT.usage,
    );
  }
}

export function exitCodeOf(result: Result): number {
  if (result.notRun !== undefined) return EXIT.notRun;
  // What could not be judged is no proof of anything: it does not pass.
  return verdictOf(result).kind === 'conforms' ? EXIT.conforms : EXIT.diverges;
}

/** vkconform minimize: shrinks a diverging program. */
import { writeFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { resolveDialect } from '../../../spec/dialects/dialect.ts';
import { encodeToken, formatProgram, type Program } from '../../../spec/language/index.ts';
import { checkTrace, type Law, signature } from '../../check/check-trace.ts';
import { minimize } from '../../minimize/minimize.ts';
import type { Target } from '../../targets/target.ts';
import { EXIT, Failure, wrongUsage } from '../failure.ts';
import { loadProgram } from '../load.ts';
import { dialectOption, readCount, readDuration, targetOption } from '../options.ts';
import { withTarget } from '../with-target.ts';

interface MinimizeOptions {
  readonly target?: readonly string[];
  readonly dialect: 'linux';
  readonly output?: string;
  readonly time: number;
  readonly executions: number;
}

export function addMinimize(program: Command): void {
  program
    .command('minimize')
    .description('shrink a diverging program to one in which nothing can be left out')
    .argument('<program>', 'a .vkt file, a token (vk1-…), or - for standard input')
    .addOption(targetOption())
    .addOption(dialectOption())
    .option('-o, --output <file>', 'keep the shortest program so far in this file')
    .addOption(new Option('--time <duration>', 'stop after this time').argParser(readDuration).default(60, '60s'))
    .option('--executions <count>', 'stop after this many runs of a program', readCount, 100_000)
    .action(async (source: string, options: MinimizeOptions) => {
      const { program: start } = loadProgram(source);
      const [name, ...others] = options.target ?? ['linux'];
      if (others.length > 0) throw wrongUsage('minimize takes one --target');
      process.exitCode = await withTarget(name!, (target) => shrink(target, start, options));
    });
}

async function shrink(target: Target, program: Program, options: MinimizeOptions): Promise<number> {
  const law: Law = { host: target.host, choices: resolveDialect(options.dialect, target.host) };
  const [trace] = await target.run([program]);
  const [finding] = checkTrace(law, program, trace!, () => {}).findings;
  if (finding === undefined) {
    process.stderr.write(`The program conforms on ${target.name}: there is nothing to shrink.\n`);
    return EXIT.conforms;
  }
  const keep = (best: Program): void => {
    if (options.output !== undefined) writeBest(options.output, formatProgram(best));
  };
  const budget = { seconds: options.time, executions: options.executions };
  const shrunk = await minimize({ program, signature: signature(finding), target, law, budget, onBest: keep });
  keep(shrunk.program);
  process.stdout.write(formatProgram(shrunk.program));
  const { hits, of } = shrunk.deterministic;
  process.stderr.write(
    `${finding.clauses[0]}: ${program.steps.length} steps became ${shrunk.program.steps.length} with ${shrunk.executions} runs in ${shrunk.seconds.toFixed(1)} s` +
      `${shrunk.complete ? '' : ' (the budget ended: it may be shorter still)'}; diverges in ${hits} of ${of} runs\n` +
      `replay: vkconform check ${encodeToken(shrunk.program)}\n`,
  );
  return EXIT.diverges;
}

function writeBest(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new Failure(`${file} cannot be written (${(error as NodeJS.ErrnoException).code})`, EXIT.usage);
  }
}

/** vkconform repro: a program as a standalone reproducer. */
import { type Command, Option } from 'commander';
import { resolveDialect } from '../../../spec/dialects/dialect.ts';
import { describeTrace } from '../../check/describe.ts';
import { exportProgram } from '../../export/export.ts';
import { loadProgram } from '../load.ts';
import { dialectOption, targetOption } from '../options.ts';
import { withTarget } from '../with-target.ts';

interface ReproOptions {
  readonly as: 'c' | 'vkt' | 'vitest';
  readonly target?: readonly string[];
  readonly dialect: 'linux';
}

export function addRepro(program: Command): void {
  program
    .command('repro')
    .description('write a program as a standalone reproducer to standard output')
    .argument('<program>', 'a .vkt file, a token (vk1-…), or - for standard input')
    .addOption(
      new Option('--as <form>', 'c: one C file that needs only libc; vkt: the notation with what was allowed; vitest: a regression test')
        .choices(['c', 'vkt', 'vitest'])
        .default('c'),
    )
    .addOption(targetOption())
    .addOption(dialectOption())
    .action(async (source: string, options: ReproOptions) => {
      const { name, program: subject } = loadProgram(source);
      const [targetName] = options.target ?? ['linux'];
      await withTarget(targetName!, async (target) => {
        const [trace] = await target.run([subject]);
        const { steps } = describeTrace({ host: target.host, choices: resolveDialect(options.dialect, target.host) }, subject, trace!);
        process.stdout.write(exportProgram(subject, options.as, { steps, title: name }));
      });
    });
}

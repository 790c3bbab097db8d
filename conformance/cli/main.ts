#!/usr/bin/env -S node --max-semi-space-size=64
/**
 * The command line: vkconform COMMAND. Generating and judging make much that is soon forgotten: with a young generation of 64 MB the garbage
 * collector takes a tenth less of the run.
 */
import { Command, CommanderError } from 'commander';
import pc from 'picocolors';
import { packageVersion } from '../package-root.ts';
import { addCheck } from './commands/check.ts';
import { addDoctor } from './commands/doctor.ts';
import { addMinimize } from './commands/minimize.ts';
import { addRepro } from './commands/repro.ts';
import { addRun } from './commands/run.ts';
import { EXIT, Failure } from './failure.ts';

const program = new Command('vkconform')
  .description(
    'Judges what a kernel does with memory: generated programs of mmap, madvise, fork and the like run on it, an executable model of the\n' +
      'specification judges every outcome, and what differs is shrunk to the shortest program that shows it. Without a command: run.',
  )
  .version(packageVersion())
  .showHelpAfterError('(vkconform --help shows what there is)')
  .exitOverride();

for (const add of [addRun, addCheck, addMinimize, addRepro, addDoctor]) add(program);

program.addHelpText(
  'after',
  `
Examples:
  vkconform                                  judge this machine's kernel for 15 seconds
  vkconform run --programs 200000 --seed 1   a long run that can be repeated
  vkconform check program.vkt                run one program, step by step
  vkconform repro program.vkt --as c         the same as a C program

Exit codes: 0 conforms · 1 diverges, or something could not be judged · 2 wrong usage · 3 the target could not run`,
);
for (const command of program.commands) command.exitOverride();

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.conforms : EXIT.usage;
  if (error instanceof Failure) {
    process.stderr.write(`${pc.red('vkconform:')} ${error.message}\n`);
    return error.exitCode;
  }
  throw error;
}

/** vkconform check: runs given programs and shows each step's outcome against what is allowed. */
import type { Command } from 'commander';
import pc from 'picocolors';
import { resolveDialect } from '../../../spec/dialects/dialect.ts';
import type { Law } from '../../check/check-trace.ts';
import { checkedText, conforms } from '../../check/checked-text.ts';
import { describeTrace } from '../../check/describe.ts';
import { unmetExpectations } from '../../check/expectations.ts';
import type { Target } from '../../targets/target.ts';
import { EXIT } from '../failure.ts';
import { loadProgram, type Named } from '../load.ts';
import { dialectOption, targetOption } from '../options.ts';
import { withTarget } from '../with-target.ts';

interface CheckOptions {
  readonly target?: readonly string[];
  readonly dialect: 'linux';
  readonly quiet?: boolean;
}

export function addCheck(program: Command): void {
  program
    .command('check')
    .description('run given programs and show each step against what is allowed')
    .argument('<program...>', '.vkt files, tokens that a report printed (vk1-…), or - for standard input')
    .addOption(targetOption())
    .addOption(dialectOption())
    .option('-q, --quiet', 'print only the programs that do not conform')
    .action(async (sources: readonly string[], options: CheckOptions) => {
      const programs = sources.map(loadProgram);
      let worst: number = EXIT.conforms;
      for (const name of options.target ?? ['linux']) {
        worst = Math.max(worst, await withTarget(name, (target) => checkAll(target, programs, options)));
      }
      process.exitCode = worst;
    });
}

async function checkAll(target: Target, programs: readonly Named[], options: CheckOptions): Promise<number> {
  const law: Law = { host: target.host, choices: resolveDialect(options.dialect, target.host) };
  const traces = await target.run(programs.map(({ program }) => program));
  let worst: number = EXIT.conforms;
  for (const [index, { name, program }] of programs.entries()) {
    const trace = traces[index]!;
    const described = describeTrace(law, program, trace);
    const unmet = unmetExpectations(law, program, trace);
    const ok = conforms(described, unmet);
    if (!ok) worst = EXIT.diverges;
    if (ok && options.quiet === true) continue;
    const title = `${name} on ${target.name} (${target.host.system} ${target.host.release})`;
    process.stdout.write(`${checkedText(title, described, unmet, pc)}\n`);
  }
  return worst;
}

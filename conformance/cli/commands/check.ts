/** vkconform check: runs given programs and shows each step's outcome against what is allowed. */
import type { Command } from 'commander';
import pc from 'picocolors';
import type { AuditRow, ResultStep } from '../../../reports/result.ts';
import { visibleLine } from '../../../reports/text.ts';
import { resolveDialect } from '../../../spec/dialects/dialect.ts';
import type { Law } from '../../check/check-trace.ts';
import { type Described, describeTrace } from '../../check/describe.ts';
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
    const conforms =
      described.check.findings.length === 0 &&
      unmet.size === 0 &&
      described.check.undecided === undefined &&
      described.check.lost === undefined;
    if (!conforms) worst = EXIT.diverges;
    if (!conforms || options.quiet !== true)
      printChecked(`${name} on ${target.name} (${target.host.system} ${target.host.release})`, described, unmet);
  }
  return worst;
}

const MARK = {
  conforms: pc.green('✓'),
  variant: pc.yellow('≠'),
  diverges: pc.red('✗'),
  undecided: pc.yellow('?'),
  unchecked: pc.dim('·'),
} as const;

function printChecked(title: string, described: Described, unmet: ReadonlyMap<number, string>): void {
  print(pc.bold(visibleLine(title)));
  const width = Math.max(0, ...described.steps.map((step) => step.text.length));
  for (const [index, step] of described.steps.entries()) printStep(step, width, unmet.get(index));
  for (const row of described.audit) printAudit(row);
  const { undecided, lost, findings } = described.check;
  if (lost !== undefined) print(pc.yellow(`lost: ${visibleLine(lost)}`));
  if (undecided !== undefined) print(pc.yellow(`undecided: ${visibleLine(undecided)}`));
  const settled = undecided === undefined && lost === undefined;
  if (findings.length === 0 && unmet.size === 0 && settled) print(pc.green('conforms'));
  print('');
}

function printStep(step: ResultStep, width: number, unmet: string | undefined): void {
  const line = `  ${MARK[step.verdict]} ${visibleLine(step.text).padEnd(width)}  -> ${visibleLine(step.observed)}`;
  print(step.clause === undefined ? line : `${line}  ${pc.dim(step.clause)}`);
  if (step.verdict !== 'conforms')
    for (const allowed of step.expected ?? []) print(`      ${pc.dim('allowed:')} ${visibleLine(allowed.text)}  ${pc.dim(allowed.clause)}`);
  if (unmet !== undefined) print(`      ${pc.red('the program expects:')} ${visibleLine(unmet)}`);
}

function printAudit(row: AuditRow): void {
  const expected = row.expected.map((allowed) => `${allowed.text}  ${pc.dim(allowed.clause)}`).join(' or ');
  print(`  ${MARK.diverges} audit of ${row.process}, ${row.page}: ${visibleLine(row.observed)}  ${pc.dim('allowed:')} ${expected}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

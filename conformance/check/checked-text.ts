/** A checked trace as lines of text: each step with its outcome and clause, what was allowed where that differs, the audit, the verdict. */
import type pc from 'picocolors';
import { match } from 'ts-pattern';
import type { AuditRow, ResultStep } from '../../reports/result.ts';
import { visibleLine } from '../../reports/text.ts';
import type { Described } from './describe.ts';

/** Functions that colour a text, or leave it as it is. */
export type Colors = ReturnType<typeof pc.createColors>;

/** Nothing differs, every expectation of the program is met, and every step was judged. */
export function conforms({ check }: Described, unmet: ReadonlyMap<number, string>): boolean {
  return check.findings.length === 0 && unmet.size === 0 && check.undecided === undefined && check.lost === undefined;
}

/**
 * @param unmet   the program's own expectations that did not hold, by step
 * @param colors  picocolors' functions; `createColors(false)` gives plain text
 */
export function checkedText(title: string, described: Described, unmet: ReadonlyMap<number, string>, colors: Colors): string {
  const width = Math.max(0, ...described.steps.map((step) => step.text.length));
  const lines = [colors.bold(visibleLine(title))];
  for (const [index, step] of described.steps.entries()) lines.push(...stepLines(step, width, unmet.get(index), colors));
  for (const row of described.audit) lines.push(auditLine(row, colors));
  const { undecided, lost } = described.check;
  if (lost !== undefined) lines.push(colors.yellow(`lost: ${visibleLine(lost)}`));
  if (undecided !== undefined) lines.push(colors.yellow(`undecided: ${visibleLine(undecided)}`));
  if (conforms(described, unmet)) lines.push(colors.green('conforms'));
  return `${lines.join('\n')}\n`;
}

function markOf(verdict: ResultStep['verdict'], colors: Colors): string {
  return match(verdict)
    .with('conforms', () => colors.green('✓'))
    .with('variant', () => colors.yellow('≠'))
    .with('diverges', () => colors.red('✗'))
    .with('undecided', () => colors.yellow('?'))
    .with('unchecked', () => colors.dim('·'))
    .exhaustive();
}

function stepLines(step: ResultStep, width: number, unmet: string | undefined, colors: Colors): string[] {
  const line = `  ${markOf(step.verdict, colors)} ${visibleLine(step.text).padEnd(width)}  -> ${visibleLine(step.observed)}`;
  const lines = [step.clause === undefined ? line : `${line}  ${colors.dim(step.clause)}`];
  if (step.verdict !== 'conforms') {
    for (const allowed of step.expected ?? []) {
      lines.push(`      ${colors.dim('allowed:')} ${visibleLine(allowed.text)}  ${colors.dim(allowed.clause)}`);
    }
  }
  if (unmet !== undefined) lines.push(`      ${colors.red('the program expects:')} ${visibleLine(unmet)}`);
  return lines;
}

function auditLine(row: AuditRow, colors: Colors): string {
  const allowed = row.expected.map(({ text, clause }) => `${visibleLine(text)}  ${colors.dim(clause)}`).join(' or ');
  const page = `audit of ${visibleLine(row.process)}, ${visibleLine(row.page)}`;
  return `  ${markOf('diverges', colors)} ${page}: ${visibleLine(row.observed)}  ${colors.dim('allowed:')} ${allowed}`;
}

/** A program for others: a C program that needs nothing but libc, the notation with what was allowed, or a regression test. */
import { match } from 'ts-pattern';
import { visibleLine } from '../../reports/text.ts';
import { type Expectation, formatProgram, type Program } from '../../spec/language/index.ts';
import { formatC } from './c/c.ts';
import { type Alternative, type Expected, expectedOf, type StepReport } from './expected.ts';

export type { StepReport } from './expected.ts';
export type ExportForm = 'c' | 'vkt' | 'vitest';

export interface ExportOptions {
  /** What is known of each step, in order; the program's own expectations stand where nothing is. */
  readonly steps?: readonly StepReport[];
  /** What the program shows: a clause, a file's name. One line. */
  readonly title?: string;
}

/**
 * The program as a text that runs or is read on its own. `c`: a C11 program for Linux that exits with 1 when an outcome is not one of those
 * expected; `vkt`: the notation; `vitest`: a test that needs the package vkconform.
 */
export function exportProgram(program: Program, form: ExportForm, options: ExportOptions = {}): string {
  const reports = options.steps ?? [];
  const expected = expectedOf(program, reports);
  const title = visibleLine(options.title ?? '');
  return match(form)
    .with('c', () => formatC(program, expected, title))
    .with('vkt', () => formatVkt(program, expected, reports, title))
    .with('vitest', () => formatTest(program, expected, title))
    .exhaustive();
}

/** The notation with an expectation for each step, the clauses that allow it, and what was observed where that differed. */
function formatVkt(program: Program, expected: readonly Expected[], reports: readonly StepReport[], title: string): string {
  const lines = withExpectations(program, expected).trimEnd().split('\n');
  const head = program.dialect === undefined ? [] : lines.splice(0, 1);
  const width = Math.max(0, ...lines.map((line) => line.length));
  const steps = lines.map((line, i) => {
    const notes = [...(expected[i]?.clauses ?? [])];
    const { verdict, observed } = reports[i] ?? {};
    if (verdict === 'diverges' || verdict === 'variant') notes.push(`observed ${observed ?? 'something else'}`);
    return notes.length === 0 ? line : `${line.padEnd(width)}  # ${visibleLine(notes.join('; '))}`;
  });
  return `${[...head, ...(title === '' ? [] : [`# ${title}`]), ...steps].join('\n')}\n`;
}

function withExpectations(program: Program, expected: readonly Expected[]): string {
  const steps = program.steps.map(({ expect: _own, ...step }, i) => {
    const expect = expected[i]?.any?.map(plain);
    return expect === undefined || expect.length === 0 ? step : { ...step, expect };
  });
  return formatProgram({ ...program, steps });
}

/** The notation cannot say of a byte that it may be either; that the call succeeds it can. */
function plain(alternative: Alternative): Expectation {
  if (alternative.kind !== 'pages') return alternative;
  if (alternative.pages.includes('??')) return { kind: 'ok' };
  return { kind: 'bytes', bytes: alternative.pages.map(() => 1) };
}

function formatTest(program: Program, expected: readonly Expected[], title: string): string {
  const text = withExpectations(program, expected).replace(/[\\`]|\$\{/g, '\\$&');
  return `import { expect, test } from 'vitest';
import { checkProgram } from 'vkconform';

const program = \`
${text}\`;

test(${JSON.stringify(title === '' ? 'the program conforms' : title)}, async () => {
  const { conforms, report } = await checkProgram(program, { target: 'linux' });
  expect(conforms, report).toBe(true);
});
`;
}

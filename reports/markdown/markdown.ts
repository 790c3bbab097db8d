/** The result as Markdown: a summary that fits a pull request and reads well in a terminal. */
import type { Allowed, Divergence, Result } from '../result.ts';
import { counted, formatCount, formatSeconds } from '../text.ts';
import { clauseRows, quirkOf, replayCommand, shellQuoted, vanishedQuirks, verdictOf } from '../verdict.ts';
import { codeBlock, codeCell, codeSpan, link, table } from './escape.ts';

/** Divergences that are told in full; a comment on GitHub holds 65,536 characters. */
const DETAILED_MAX = 15;
/** Rows of any list. */
const ROWS_MAX = 50;

const SYMBOLS = { conforms: '✅', diverges: '❌', unsettled: '⚠️', 'not-run': '⚪' } as const;

/** The summary. Each block is separated by an empty line; a line feed at the end. */
export function formatMarkdown(result: Result): string {
  const blocks = [...headline(result), ...divergences(result), ...choices(result), ...quirks(result), ...open(result), ...clauses(result)];
  return `${blocks.join('\n\n')}\n`;
}

function headline(result: Result): readonly string[] {
  const { target, tool } = result;
  const verdict = verdictOf(result);
  const reason = verdict.kind === 'not-run' ? codeSpan(verdict.reason) : verdict.reason;
  const place = [
    `target ${codeSpan(target.name)}`,
    codeSpan(`${target.system} ${target.version} ${target.machine}`),
    target.privileged ? 'privileged' : 'unprivileged',
    `dialect ${codeSpan(result.dialect)}`,
    `seed ${result.seed}`,
    codeSpan(`${tool.name} ${tool.version}`),
  ];
  const exercised = clauseRows(result).filter((row) => row.exercised > 0).length;
  const figures = table(
    ['Programs', 'Steps', 'Steps/s', 'Time', 'Clauses exercised', 'Findings', 'Undecided', 'Lost'],
    [
      [
        formatCount(result.programs),
        formatCount(result.steps),
        formatCount(Math.round(result.stepsPerSecond)),
        formatSeconds(result.seconds),
        `${formatCount(exercised)} of ${formatCount(clauseRows(result).length)}`,
        formatCount(result.divergences.length),
        formatCount(result.undecidedPrograms),
        formatCount(result.lost.programs),
      ],
    ],
  );
  return [
    `# ${SYMBOLS[verdict.kind]} ${verdict.headline}: ${codeSpan(target.name)}`,
    reason,
    place.join(' · '),
    figures,
    codeBlock(replayCommand(result), 'sh'),
  ];
}

function divergences(result: Result): readonly string[] {
  if (result.divergences.length === 0) return [];
  const detailed = result.divergences.slice(0, DETAILED_MAX).flatMap((divergence, i) => details(result, divergence, i));
  const rest = result.divergences.slice(DETAILED_MAX);
  if (rest.length === 0) return ['## Findings', ...detailed];
  const rows = rest
    .slice(0, ROWS_MAX)
    .map((divergence) => [codeCell(divergence.clause), formatCount(divergence.count), codeCell(`vkconform check ${divergence.token}`)]);
  return ['## Findings', ...detailed, '### Further findings', table(['Clause', 'Programs', 'Replay'], rows), ...more(rest.length)];
}

function more(count: number): readonly string[] {
  return count > ROWS_MAX ? [`… and ${formatCount(count - ROWS_MAX)} more.`] : [];
}

function details(result: Result, divergence: Divergence, index: number): readonly string[] {
  const { minimisation, deterministic } = divergence;
  const quirk = quirkOf(result, divergence);
  const facts = [
    divergence.kind === 'variant' ? `takes variant ${codeSpan(divergence.variant ?? '')}` : 'allowed by no clause',
    `in ${counted(divergence.count, 'program')}`,
    `shows in ${deterministic.hits} of ${deterministic.of} runs`,
    `shrunk from ${minimisation.steps[0]} to ${counted(minimisation.steps[1], 'step')}${minimisation.complete ? '' : ' (not to the end)'}`,
  ];
  if (divergence.afterResync) facts.push('after an earlier divergence of the same program');
  if (quirk !== undefined) facts.push(`known quirk: ${codeSpan(quirk.reason)}`);
  const rows = divergence.steps
    .slice(0, ROWS_MAX)
    .map((step, i) => [
      String(i + 1),
      codeCell(step.text),
      step.expected === undefined ? '' : alternatives(step.expected, codeCell),
      codeCell(step.observed),
      step.verdict === 'diverges' || step.verdict === 'variant' ? `**${step.verdict}**` : step.verdict,
    ]);
  const audit = (divergence.audit ?? []).slice(0, ROWS_MAX).map((row) => {
    return [codeCell(row.process), codeCell(row.page), alternatives(row.expected, codeCell), codeCell(row.observed)];
  });
  return [
    `### ${index + 1}. ${codeSpan(divergence.clause)}`,
    facts.join(' · '),
    codeBlock(divergence.minimal, 'vkt'),
    `Expected ${alternatives(divergence.expected, codeSpan)}, observed ${codeSpan(divergence.observed)}.`,
    ...(rows.length === 0 ? [] : [table(['', 'Step', 'Expected', 'Observed', 'Verdict'], rows), ...more(divergence.steps.length)]),
    ...(audit.length === 0
      ? []
      : [table(['Process', 'Page at the end', 'Expected', 'Observed'], audit), ...more(divergence.audit!.length)]),
    codeBlock(`vkconform check ${shellQuoted(divergence.token)}`, 'sh'),
  ];
}

/** `0` (`munmap.hole`) or `EINVAL` (`munmap.range`). */
function alternatives(expected: readonly Allowed[], code: (text: string) => string): string {
  if (expected.length === 0) return 'nothing';
  return expected.map(({ clause, text }) => `${code(text)} (${code(clause)})`).join(' or ');
}

function choices(result: Result): readonly string[] {
  const differing = new Map<string, string>();
  for (const { kind, choice, clause, variant } of result.divergences) {
    if (kind === 'variant') differing.set(choice ?? clause, variant ?? '');
  }
  if (differing.size === 0) return [];
  const rows = [...differing].slice(0, ROWS_MAX).map(([choice, variant]) => [codeCell(choice), codeCell(variant)]);
  return ['## Choices that differ', table(['Choice', 'Variant of the target'], rows), ...more(differing.size)];
}

function quirks(result: Result): readonly string[] {
  const gone = vanishedQuirks(result);
  if (gone.length === 0) return [];
  const items = gone.map((quirk) => {
    const source = quirk.link === undefined ? '' : ` ${link(quirk.link)}`;
    return `- ${codeSpan(quirk.clause)}: ${codeSpan(quirk.reason)}${source}`;
  });
  return ['## Quirks that no longer show', items.join('\n')];
}

function open(result: Result): readonly string[] {
  const blocks: string[] = [];
  const section = (title: string, rows: readonly { readonly why: string; readonly count: number; readonly program: string }[]) => {
    if (rows.length === 0) return;
    const cells = rows.slice(0, ROWS_MAX).map((row) => [codeCell(row.why), formatCount(row.count)]);
    blocks.push(`## ${title}`, table(['Reason', 'Programs'], cells), ...more(rows.length), codeBlock(rows[0]!.program, 'vkt'));
  };
  section(
    'Undecided',
    result.undecided.map(({ reason, count, program }) => ({ why: reason, count, program })),
  );
  section('Lost', result.lost.reasons);
  return blocks;
}

function clauses(result: Result): readonly string[] {
  const unused = clauseRows(result).filter((row) => row.exercised === 0);
  if (unused.length === 0 || result.programs === 0) return [];
  const names = unused.slice(0, ROWS_MAX).map((row) => codeSpan(row.id));
  return [`## Clauses not exercised (${formatCount(unused.length)})`, names.join(', '), ...more(unused.length)];
}

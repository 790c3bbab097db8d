/** The end of a run on the terminal: the verdict first, then each finding in the shortest program that shows it. */
import { join } from 'node:path';
import pc from 'picocolors';
import type { Divergence, Result } from '../../reports/result.ts';
import { visibleLine } from '../../reports/text.ts';
import { clauseRows, verdictOf } from '../../reports/verdict.ts';

const FINDINGS_SHOWN = 10;

export function printResult(result: Result, folder: string, quiet: boolean): void {
  const verdict = verdictOf(result);
  const colour = verdict.kind === 'conforms' ? pc.green : verdict.kind === 'diverges' ? pc.red : pc.yellow;
  const { target } = result;
  print(
    `${colour(pc.bold(verdict.headline))}  ${visibleLine(target.name)} (${visibleLine(`${target.system} ${target.version}`)}, ${visibleLine(target.machine)}) · dialect ${result.dialect}`,
  );
  print(verdict.reason);
  if (quiet) return;
  const rows = clauseRows(result);
  const exercised = rows.filter((row) => row.exercised > 0).length;
  print(
    pc.dim(
      `${number(result.programs)} programs · ${number(result.steps)} steps in ${result.seconds.toFixed(1)} s (${number(result.stepsPerSecond)}/s) · ` +
        `${exercised} of ${rows.length} clauses exercised · seed ${result.seed}`,
    ),
  );
  for (const divergence of result.divergences.slice(0, FINDINGS_SHOWN)) printDivergence(divergence);
  if (result.divergences.length > FINDINGS_SHOWN) print(pc.dim(`… and ${result.divergences.length - FINDINGS_SHOWN} more in the report`));
  for (const { reason, count } of result.undecided.slice(0, 5)) print(`${pc.yellow('undecided')} ${count} × ${visibleLine(reason)}`);
  for (const { why, count } of result.lost.reasons.slice(0, 5)) print(`${pc.yellow('lost')} ${count} × ${visibleLine(why)}`);
  print(`Report: ${join(folder, 'report.html')}`);
}

function printDivergence(divergence: Divergence): void {
  const what = divergence.kind === 'variant' ? `takes '${divergence.variant}' of the choice ${divergence.choice}` : 'allowed by no clause';
  const { hits, of } = divergence.deterministic;
  const notes = [`${number(divergence.count)} programs`];
  if (hits < of) notes.push(`seen in ${hits} of ${of} runs`);
  if (divergence.afterResync) notes.push('after another divergence');
  print(`\n${pc.red('✗')} ${pc.bold(divergence.clause)}  ${what}  ${pc.dim(`(${notes.join(', ')})`)}`);
  for (const line of divergence.minimal.trimEnd().split('\n')) print(`    ${visibleLine(line)}`);
  const expected = divergence.expected.map((allowed) => visibleLine(allowed.text)).join(' or ');
  print(`    ${pc.dim('expected')} ${expected === '' ? '—' : expected}   ${pc.dim('observed')} ${visibleLine(divergence.observed)}`);
  print(pc.dim(`    replay: vkconform check ${divergence.token}`));
}

const number = (count: number): string => count.toLocaleString('en-US');

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

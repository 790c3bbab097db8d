/** What a result means: the judgements that all reports share. */
import type { Divergence, Quirk, Result } from './result.ts';
import { counted } from './text.ts';

export interface Verdict {
  /**
   * `conforms`: everything was judged and allowed, known quirks included. `diverges`: something was not. `unsettled`: nothing diverged, but
   * some of it could not be judged, or nothing ran. `not-run`: the target was not there.
   */
  readonly kind: 'conforms' | 'diverges' | 'unsettled' | 'not-run';
  /** Two or three words. */
  readonly headline: string;
  /** One sentence that says why: our own words, but where the target did not run. */
  readonly reason: string;
}

/** The quirk that a divergence is, if it is a known one: the same clause and, where the quirk names one, the same variant. */
export function quirkOf(result: Result, divergence: Divergence): Quirk | undefined {
  return result.quirks?.find(
    (quirk) =>
      (quirk.clause === divergence.clause || quirk.clause === divergence.choice) &&
      (quirk.variant === undefined || quirk.variant === divergence.variant),
  );
}

/** The divergences that no quirk explains. */
export function news(result: Result): readonly Divergence[] {
  return result.divergences.filter((divergence) => quirkOf(result, divergence) === undefined);
}

/** Quirks that were looked for and no longer show: the target was mended, or the quirk was a mistake. */
export function vanishedQuirks(result: Result): readonly Quirk[] {
  return result.notRun === undefined && result.programs > 0 ? (result.quirks ?? []).filter((quirk) => quirk.count === 0) : [];
}

/** The verdict that every report puts first. */
export function verdictOf(result: Result): Verdict {
  if (result.notRun !== undefined) return { kind: 'not-run', headline: 'Not run', reason: result.notRun };
  const found = news(result);
  if (found.length > 0) {
    const refused = found.filter((divergence) => divergence.kind === 'diverges').length;
    const variants = found.length - refused;
    const parts = [];
    if (refused > 0) parts.push(`${counted(refused, 'finding')} that no clause allows`);
    if (variants > 0) parts.push(`${counted(variants, 'choice')} in which it differs from its dialect`);
    return { kind: 'diverges', headline: 'Diverges', reason: `${parts.join(' and ')}.` };
  }
  if (result.programs === 0) return { kind: 'unsettled', headline: 'Nothing checked', reason: 'No program ran to its end.' };
  const open = [];
  if (result.undecidedPrograms > 0) open.push(`${counted(result.undecidedPrograms, 'program')} undecided`);
  if (result.lost.programs > 0) open.push(`${counted(result.lost.programs, 'program')} lost`);
  if (open.length > 0) return { kind: 'unsettled', headline: 'Not settled', reason: `Nothing diverged, but ${open.join(' and ')}.` };
  const known = result.divergences.length;
  const quirks = known === 0 ? '' : `, apart from ${counted(known, 'known quirk')}`;
  return {
    kind: 'conforms',
    headline: 'Conforms',
    reason: `All ${counted(result.steps, 'step')} of ${counted(result.programs, 'program')} are what the dialect allows${quirks}.`,
  };
}

/** What is reported of one clause. */
export interface ClauseRow {
  readonly id: string;
  readonly exercised: number;
  /** Programs that diverged from it. */
  readonly diverged: number;
  /** `known`: all its divergences are quirks. */
  readonly status: 'conforms' | 'diverges' | 'known' | 'not exercised';
  /** Indexes into the result's divergences. */
  readonly divergences: readonly number[];
}

/** A row for every clause of the result and every clause that a divergence names, in alphabetical order. */
export function clauseRows(result: Result): readonly ClauseRow[] {
  const found = new Map<string, number[]>();
  for (const [i, { clause }] of result.divergences.entries()) found.set(clause, [...(found.get(clause) ?? []), i]);
  const counts = new Map(Object.entries(result.clauses));
  const ids = [...new Set([...counts.keys(), ...found.keys()])].sort(alphabetical);
  return ids.map((id) => {
    const divergences = found.get(id) ?? [];
    const { exercised = 0, diverged = 0 } = counts.get(id) ?? {};
    return { id, exercised, diverged, divergences, status: statusOf(result, exercised, diverged, divergences) };
  });
}

function statusOf(result: Result, exercised: number, diverged: number, divergences: readonly number[]): ClauseRow['status'] {
  if (divergences.some((i) => quirkOf(result, result.divergences[i]!) === undefined)) return 'diverges';
  if (divergences.length > 0) return 'known';
  if (diverged > 0) return 'diverges';
  return exercised > 0 ? 'conforms' : 'not exercised';
}

/** The chapter of a clause: its id up to the first dot. */
export function chapterOf(clause: string): string {
  const dot = clause.indexOf('.');
  return dot === -1 ? clause : clause.slice(0, dot);
}

/** An order that depends on no locale. */
export function alphabetical(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** A command line that makes the run again, quoted for a POSIX shell. */
export function replayCommand(result: Result): string {
  const words = ['vkconform', 'run', '--target', result.target.name, '--dialect', result.dialect, '--seed', String(result.seed)];
  if (result.programs > 0) words.push('--programs', String(result.programs));
  return words.map(shellQuoted).join(' ');
}

/** A word that a POSIX shell takes as it is. */
export function shellQuoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** The name, without its ending, of the files of the divergence with this index: safe whatever the clause's name holds. */
export function findingName(divergence: Divergence, index: number): string {
  const clause = divergence.clause.replace(/[^A-Za-z0-9._-]+/g, '_').slice(0, 80);
  return `${String(index + 1).padStart(3, '0')}-${clause === '' ? 'unnamed' : clause}`;
}

/**
 * What was foreseen of a program while it was made. Judging a step anew whose world and outcome are those that were foreseen would only say the
 * same again: as long as a target does what was foreseen, checking takes it from here.
 */
import type { Foreseen } from '../../model/judge.ts';
import type { Choices } from '../../spec/dialects/dialect.ts';
import type { Host } from '../../spec/dialects/host.ts';
import type { Place } from '../../spec/language/outcome.ts';
import type { Program } from '../../spec/language/program.ts';

interface Foresight {
  readonly host: Host;
  readonly choices: Choices;
  readonly place: Place;
  /** One for each step of the program. */
  readonly steps: readonly Foreseen[];
}

/** Gone with the program: a program that was read or shrunk has none. */
const FORESIGHTS = new WeakMap<Program, Foresight>();

const NOTHING: readonly Foreseen[] = [];

export function keepForesight(program: Program, foresight: Foresight): void {
  FORESIGHTS.set(program, foresight);
}

/** What was foreseen of the program's steps under this very law and in the same place; empty otherwise. */
export function foresightOf(program: Program, law: { readonly host: Host; readonly choices: Choices }, place: Place): readonly Foreseen[] {
  const kept = FORESIGHTS.get(program);
  if (kept === undefined || kept.host !== law.host || kept.choices !== law.choices) return NOTHING;
  const same = kept.place.arena === place.arena && kept.place.heap === place.heap && kept.place.buf === place.buf;
  return same ? kept.steps : NOTHING;
}

/** What the law allows as the outcome of a step: a list of possibilities, each with its clauses and the world that follows. */
import type { ClauseId } from '../spec/clauses.ts';
import type { Errno, Signal } from '../spec/language/constants.ts';
import type { Outcome, SignalCode, Stop } from '../spec/language/outcome.ts';
import type { World } from './world.ts';

export type Expected =
  | { readonly kind: 'value'; readonly value: number }
  | { readonly kind: 'errno'; readonly errno: Errno }
  | { readonly kind: 'fault'; readonly signal: Signal; readonly code: SignalCode; readonly address: number }
  /** Each byte string is a possibility. */
  | { readonly kind: 'bytes'; readonly options: readonly (readonly number[])[] }
  | { readonly kind: 'stop'; readonly how: Stop }
  /** Any outcome that `accepts` takes, `text` says which; `typical` is one of them, taken where an outcome has to be foreseen. */
  | { readonly kind: 'some'; readonly text: string; readonly accepts: (outcome: Outcome) => boolean; readonly typical: Outcome };

export interface Allowed {
  /** The clause that allows it; after it, others that it rests on. */
  readonly clauses: readonly [ClauseId, ...ClauseId[]];
  readonly expected: Expected;
  /** The world that follows the outcome, which fits `expected`; undefined if it cannot be after all. */
  readonly next: (outcome: Outcome) => World | undefined;
}

/** The law says nothing of what follows: checking of the program ends here, and it is counted. */
export interface Open {
  readonly open: string;
}

export type Ruling = readonly Allowed[] | Open;

export const isOpen = (ruling: Ruling): ruling is Open => 'open' in ruling;

/** The call fails with the errno and the world stays as it is, or becomes `world` where a failure leaves a trace. */
export function refuse(clause: ClauseId, errno: Errno, world: World): Allowed {
  return { clauses: [clause], expected: { kind: 'errno', errno }, next: () => world };
}

/** The same, resting on further clauses as well. */
export function because(allowed: Allowed, ...others: readonly ClauseId[]): Allowed {
  return { ...allowed, clauses: [...allowed.clauses, ...others] };
}

/** The call gives exactly this value. */
export function give(clauses: readonly [ClauseId, ...ClauseId[]], value: number, world: World): Allowed {
  return { clauses, expected: { kind: 'value', value }, next: () => world };
}

/** The errnos whose condition holds, as refusals that leave the world alone; empty where the call is to succeed. */
export function refusals(world: World, ...rows: readonly (readonly [condition: boolean, clause: ClauseId, errno: Errno])[]): Allowed[] {
  const found: Allowed[] = [];
  for (const [condition, clause, errno] of rows) if (condition) found.push(refuse(clause, errno, world));
  return found;
}

/** The first errno whose condition holds: for calls where a source fixes the order in which errors are looked for. */
export function firstRefusal(world: World, ...rows: readonly (readonly [condition: boolean, clause: ClauseId, errno: Errno])[]): Allowed[] {
  for (const [condition, clause, errno] of rows) if (condition) return [refuse(clause, errno, world)];
  return [];
}

export function fits(expected: Expected, outcome: Outcome): boolean {
  switch (expected.kind) {
    case 'value':
      return outcome.kind === 'value' && outcome.value === expected.value;
    case 'errno':
      return outcome.kind === 'errno' && outcome.errno === expected.errno;
    case 'fault':
      return (
        outcome.kind === 'fault' &&
        outcome.signal === expected.signal &&
        outcome.code === expected.code &&
        outcome.address === expected.address
      );
    case 'bytes':
      return outcome.kind === 'bytes' && expected.options.some((option) => sameBytes(option, outcome.bytes));
    case 'stop':
      return outcome.kind === 'stop' && outcome.how === expected.how;
    case 'some':
      return expected.accepts(outcome);
  }
}

/** One outcome that fits: the first possibility, the typical one. */
export function foresee(expected: Expected): Outcome {
  switch (expected.kind) {
    case 'bytes':
      return { kind: 'bytes', bytes: expected.options[0] ?? [] };
    case 'some':
      return expected.typical;
    case 'value':
    case 'errno':
    case 'fault':
    case 'stop':
      return expected;
  }
}

export function sameBytes(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

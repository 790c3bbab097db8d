/** Programs: what is generated, shrunk, saved and replayed. */
import type { Call } from './call.ts';
import type { Outcome } from './outcome.ts';

/** The process that every program starts with. */
export const FIRST_PROCESS = 'p0';

/** A call made by a process, perhaps naming its result and saying what is expected. */
export interface Step {
  /** The name of the process: `p0`, or the result of an earlier fork. */
  readonly process: string;
  readonly result?: string;
  readonly call: Call;
  /** Any one of these is expected; absent: nothing is said. */
  readonly expect?: readonly Expectation[];
}

/** An expectation is an outcome in the notation's own terms: addresses are symbolic. */
export type Expectation =
  /** Any success. */
  | { readonly kind: 'ok' }
  | { readonly kind: 'number'; readonly base: string; readonly offset: number }
  | Extract<Outcome, { kind: 'errno' | 'bytes' | 'stop' }>
  | { readonly kind: 'fault'; readonly signal: string; readonly code: string; readonly base: string; readonly offset: number };

export interface Program {
  /** The dialect that the expectations speak of; absent where they hold in all. */
  readonly dialect?: string;
  readonly steps: readonly Step[];
}

/** What came back from a step. */
import type { Errno, Signal } from './constants.ts';

/** si_code by name (`MAPERR`), or the number in decimal where it has none. */
export type SignalCode = string;

export type Outcome =
  /** The call's result: an address, a descriptor, a count, 0. Addresses are as the target chose them; pipe gives read end + 65536 × write end. */
  | { readonly kind: 'value'; readonly value: number }
  | { readonly kind: 'errno'; readonly errno: Errno | `E${number}` }
  /** A signal at an instruction of the program: load, store or exec. `address` is si_addr (a user address, or 2^64 − n rounded to a double). */
  | { readonly kind: 'fault'; readonly signal: Signal; readonly code: SignalCode; readonly address: number }
  /** load: `size` bytes in the order of memory. mincore into `buf`: one byte a page. */
  | { readonly kind: 'bytes'; readonly bytes: readonly number[] }
  /** The process did not come back from the step, or was not there to make it. */
  | { readonly kind: 'stop'; readonly how: Stop }
  /** Nothing is known: the target died, hung, or answered nonsense. */
  | { readonly kind: 'lost'; readonly why: string };

/** `exited`: exit was called; `blocked`: the call was still waiting when the watchdog looked; `killed`: the process died of a signal; `gone`: the step's process is not alive; `refused`: exec found other bytes than `code` there and did not run them. */
export type Stop = 'exited' | 'blocked' | 'killed' | 'gone' | 'refused';

/** What probing one access to a page gave: it went through, or the fault; `unknown` where it could not be tried safely. */
export type Probe = 'ok' | 'SIGSEGV/MAPERR' | 'SIGSEGV/ACCERR' | 'SIGBUS/ADRERR' | 'other' | 'unknown';

/**
 * One page of the final audit. The probes were made in the order load, store, exec, each page in ascending order; the store writes back the byte at
 * offset 0 that the load saw (0 when it could not load). `hash` sums contentHash over the page's bytes, and is 0 when the load faulted.
 */
export interface AuditPage {
  readonly address: number;
  readonly load: Probe;
  readonly store: Probe;
  readonly exec: Probe;
  readonly hash: number;
}

/** The audit of one process that was alive at the program's end. */
export interface ProcessAudit {
  readonly process: string;
  readonly pages: readonly AuditPage[];
}

/** What the target told about the place in which a program ran. */
export interface Place {
  readonly arena: number;
  readonly heap: number;
  /** The buffer that `buf` names: BUF_BYTES long. */
  readonly buf: number;
}

/** A program's outcomes on one target, step by step, and the audits of the processes left at its end. */
export interface Trace {
  readonly place: Place;
  readonly outcomes: readonly Outcome[];
  readonly audits: readonly ProcessAudit[];
}

/**
 * The contribution of one byte to a page's content hash; a zero byte contributes nothing, so that a sparse page is cheap to hash.
 * @param offset  0 to 4095 @param byte  0 to 255 @returns a 32-bit integer, to be summed modulo 2^32
 */
export function contentHash(offset: number, byte: number): number {
  if (byte === 0) return 0;
  let h = Math.imul((offset << 8) | byte, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
  return h ^ (h >>> 13);
}

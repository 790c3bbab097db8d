/** What an observer of a running program sees of a step: the call with its arguments as numbers, and what came back. */
import { type CallKind, type Iovec, RESULTS, type Value } from '../../spec/language/call.ts';
import { type Errno, PAGE_SIZE, USER_END } from '../../spec/language/constants.ts';
import type { Outcome, Place, Trace } from '../../spec/language/outcome.ts';
import type { Program, Step } from '../../spec/language/program.ts';
import { argumentOf, fieldsOf, isIov, isValue } from '../minimize/walk.ts';

export interface Seen {
  readonly process: string;
  readonly kind: CallKind;
  /** The number of the argument with this name; 0 where the call has none of that name. `code` is −42. */
  readonly number: (name: string) => number;
  /** Addresses and lengths of an argument that is a vector. */
  readonly vector: (name: string) => readonly { readonly addr: number; readonly length: number }[];
  readonly outcome: Outcome;
  /** The call succeeded: it gave a value or bytes. */
  readonly ok: boolean;
  /** The value that came back; −1 where none did. */
  readonly value: number;
  /** The process that the step's fork made. */
  readonly child: string | undefined;
}

export const value = (n: number): Outcome => ({ kind: 'value', value: n });
export const errno = (name: Errno): Outcome => ({ kind: 'errno', errno: name });

/** Page numbers that [addr, addr + length) touches, at most the first 64. */
export function pagesOf(addr: number, length: number): readonly number[] {
  const pages: number[] = [];
  const first = Math.floor(addr / PAGE_SIZE);
  const end = Math.min(Math.ceil((addr + length) / PAGE_SIZE), first + 64);
  for (let page = first; page < end; page++) pages.push(page);
  return pages;
}

/** The same for the range of a call that has `addr` and `length` (or `size`, of a load or store). */
export function pagesSeen(seen: Seen): readonly number[] {
  return pagesOf(seen.number('addr'), seen.kind === 'load' || seen.kind === 'store' ? seen.number('size') : seen.number('length'));
}

/** The pages that a mapping made by the step occupies; of an attached segment only the first, since its size is not an argument. */
export function pagesMapped(seen: Seen): readonly number[] {
  if (!seen.ok) return [];
  switch (seen.kind) {
    case 'mmap':
      return pagesOf(seen.value, seen.number('length'));
    case 'mremap':
      return pagesOf(seen.value, seen.number('newLength'));
    case 'shmat':
      return pagesOf(seen.value, 1);
    default:
      return [];
  }
}

/** The pages that the step has taken out of the address space, as far as its arguments tell. */
export function pagesUnmapped(seen: Seen): readonly number[] {
  if (!seen.ok) return [];
  switch (seen.kind) {
    case 'munmap':
      return pagesSeen(seen);
    case 'mremap': {
      const kept = pagesMapped(seen);
      return pagesOf(seen.number('addr'), seen.number('oldLength')).filter((page) => !kept.includes(page));
    }
    default:
      return [];
  }
}

/** The steps of a trace in order, names resolved by what came back before. */
export function* seenSteps(program: Program, trace: Trace): Generator<Seen> {
  const names = new Map<string, number>();
  for (const [i, step] of program.steps.entries()) {
    const outcome = trace.outcomes[i];
    if (outcome === undefined) return;
    yield see(step, outcome, (value) => resolve(value, trace.place, names));
    if (step.result === undefined || outcome.kind !== 'value') continue;
    if (RESULTS[step.call.kind] === 'pipe') {
      names.set(`${step.result}.r`, outcome.value % 65536);
      names.set(`${step.result}.w`, Math.floor(outcome.value / 65536));
    } else names.set(step.result, outcome.value);
  }
}

function see(step: Step, outcome: Outcome, resolved: (value: Value) => number): Seen {
  const argument = (name: string): Value | number | readonly Iovec[] | undefined => {
    const field = fieldsOf(step.call).find((candidate) => candidate.name === name);
    return field === undefined ? undefined : argumentOf(step.call, field);
  };
  return {
    process: step.process,
    kind: step.call.kind,
    number: (name) => {
      const found = argument(name);
      return typeof found === 'number' ? found : found !== undefined && isValue(found) ? resolved(found) : 0;
    },
    vector: (name) => {
      const found = argument(name);
      if (found === undefined || !isIov(found)) return [];
      return found.map(({ addr, length }) => ({ addr: resolved(addr), length: resolved(length) }));
    },
    outcome,
    ok: outcome.kind === 'value' || outcome.kind === 'bytes',
    value: outcome.kind === 'value' ? outcome.value : -1,
    child: step.call.kind === 'fork' ? step.result : undefined,
  };
}

function resolve({ base, offset }: Value, place: Place, names: ReadonlyMap<string, number>): number {
  switch (base) {
    case 'abs':
      return offset;
    case 'arena':
    case 'heap':
    case 'buf':
      return place[base] + offset;
    case 'top':
      return USER_END + offset;
    case 'high':
      return 2 ** 63 + offset;
    case 'code':
      return -42;
    default:
      return (names.get(base) ?? -1) + offset;
  }
}

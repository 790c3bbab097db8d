/**
 * Pages as a whole: what a program does to the arena, the heap or a named mapping is a picture over a line of pages, and the picture is simplified by
 * taking pages out of the line everywhere at once, which no change of one argument can do.
 */
import type { Call, Field, Value } from '../../spec/language/call.ts';
import { PAGE_SIZE } from '../../spec/language/constants.ts';
import type { Program } from '../../spec/language/program.ts';
import { argumentOf, fieldsOf, isIov, resultOf, withArgument, withSteps } from './walk.ts';

/** A range of pages of one base, in pages from it: [from, to). */
export interface Interval {
  readonly base: string;
  readonly from: number;
  readonly to: number;
}

/** Lengths and offsets past this are absurd ones, which have no place in a picture. */
const PAGES_MAX = 2 ** 18;
const pictured = (base: string): boolean => base === 'arena' || base === 'heap' || resultOf(base) !== undefined;

/** The length of what begins at an address: bytes that the access has by itself, or the argument that says it. */
type LengthOf = number | Field | undefined;

/** The addresses of a call, each with the length that belongs to it. */
function placesOf(call: Call): readonly { readonly field: Field; readonly length: LengthOf }[] {
  const fields = fieldsOf(call);
  const named = (name: string): Field | undefined => fields.find((field) => field.name === name);
  switch (call.kind) {
    case 'load':
    case 'store':
      return [{ field: named('addr')!, length: call.size }];
    case 'exec':
      return [{ field: named('addr')!, length: 8 }];
    case 'mremap':
      return [
        { field: named('addr')!, length: named('oldLength') },
        { field: named('newAddr')!, length: named('newLength') },
      ];
    default: {
      const length = named('length');
      return fields
        .filter((field) => field.type === 'address')
        .map((field) => ({ field, length: field.name === 'addr' ? length : undefined }));
    }
  }
}

/** The length of the mapping that a result names: the argument that says it, where it begins at no base of its own. */
function ownLength(call: Call): Field | undefined {
  const name = call.kind === 'mmap' ? 'length' : call.kind === 'mremap' ? 'newLength' : undefined;
  return fieldsOf(call).find((field) => field.name === name);
}

type Move = (base: string, page: number) => number;

/** The program with every page moved; undefined when a range would become empty. `move` keeps the order of pages. */
function movePages(program: Program, move: Move): Program | undefined {
  let sane = true;
  const movedSpan = (base: string, start: number, length: number): number => {
    const end = start + length;
    const moved = moveByte(move, base, end) - moveByte(move, base, start);
    if (moved <= 0) sane = false;
    return moved;
  };
  const moveValue = (value: Value): Value => {
    if (!pictured(value.base)) return value;
    const offset = moveByte(move, value.base, value.offset);
    // At the ends of what the notation can write down there is no room to move.
    if (!Number.isSafeInteger(offset)) sane = false;
    return offset === value.offset ? value : { base: value.base, offset };
  };
  const moveLength = (base: string, start: number, length: Value): Value => {
    if (!isSpan(length)) return length;
    const offset = movedSpan(base, start, length.offset);
    return offset === length.offset ? length : { base: 'abs', offset };
  };
  const steps = program.steps.map((step) => {
    let { call } = step;
    for (const { field, length } of placesOf(step.call)) {
      const addr = argumentOf(step.call, field) as Value;
      if (!pictured(addr.base)) continue;
      call = withArgument(call, field, moveValue(addr));
      if (typeof length === 'object') {
        const old = argumentOf(step.call, length) as Value;
        call = withArgument(call, length, moveLength(addr.base, addr.offset, old));
      }
    }
    for (const field of fieldsOf(step.call)) {
      const iov = argumentOf(step.call, field);
      if (!isIov(iov)) continue;
      const moved = iov.map(({ addr, length }) =>
        pictured(addr.base) ? { addr: moveValue(addr), length: moveLength(addr.base, addr.offset, length) } : { addr, length },
      );
      call = withArgument(call, field, moved);
    }
    const own = step.result === undefined ? undefined : ownLength(call);
    if (own !== undefined && startsNowhere(step.call)) {
      call = withArgument(call, own, moveLength(step.result!, 0, argumentOf(step.call, own) as Value));
    }
    return { ...step, call };
  });
  return sane ? withSteps(program, steps) : undefined;
}

/** The kernel chooses where the result lies. */
function startsNowhere(call: Call): boolean {
  if (call.kind === 'mmap') return !pictured(call.addr.base);
  return call.kind === 'mremap' && !pictured(call.newAddr.base);
}

const isSpan = (length: Value): boolean => length.base === 'abs' && length.offset > 0 && length.offset <= PAGES_MAX * PAGE_SIZE;

/** A byte moves with its page; the end of a range, which is the first byte of the next page, with the page before it. */
function moveByte(move: Move, base: string, offset: number): number {
  const page = Math.floor(offset / PAGE_SIZE);
  return move(base, page) * PAGE_SIZE + (offset - page * PAGE_SIZE);
}

/** The pages at which anything of a base begins or ends, ascending. */
function boundaries(program: Program): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, Set<number>>();
  const note = (base: string, byte: number): void => {
    const pages = found.get(base) ?? new Set<number>();
    found.set(base, pages.add(Math.floor(byte / PAGE_SIZE)));
    // The page in which something ends is one of its own, unless the end is a boundary itself.
    if (byte % PAGE_SIZE !== 0) pages.add(Math.floor(byte / PAGE_SIZE) + 1);
  };
  const span = (base: string, start: number, length: Value | number | undefined): void => {
    if (!pictured(base) || Math.abs(start) > PAGES_MAX * PAGE_SIZE) return;
    note(base, start);
    if (typeof length === 'number') note(base, start + length);
    else if (length !== undefined && isSpan(length)) note(base, start + length.offset);
  };
  for (const { call, result } of program.steps) {
    for (const { field, length } of placesOf(call)) {
      const addr = argumentOf(call, field) as Value;
      span(addr.base, addr.offset, typeof length === 'object' ? (argumentOf(call, length) as Value) : length);
    }
    for (const field of fieldsOf(call)) {
      const iov = argumentOf(call, field);
      if (isIov(iov)) for (const { addr, length } of iov) span(addr.base, addr.offset, length);
    }
    const own = ownLength(call);
    if (result !== undefined && own !== undefined && startsNowhere(call)) span(result, 0, argumentOf(call, own) as Value);
  }
  return new Map([...found].map(([base, pages]) => [base, [...pages].sort((a, b) => a - b)]));
}

/** The stretches of pages between two boundaries in which nothing begins or ends, the one from the base to the first boundary included. */
export function stretches(program: Program): readonly Interval[] {
  const found: Interval[] = [];
  for (const [base, pages] of boundaries(program)) {
    const line = pages[0]! > 0 ? [0, ...pages] : pages;
    for (let i = 1; i < line.length; i++) found.push({ base, from: line[i - 1]!, to: line[i]! });
  }
  return found;
}

/** The program with pages taken out of the line; undefined when that leaves a range empty. Intervals do not overlap. */
export function cutPages(program: Program, cuts: readonly Interval[]): Program | undefined {
  return movePages(program, (base, page) => {
    let moved = page;
    for (const cut of cuts) if (cut.base === base && page > cut.from) moved -= Math.min(page, cut.to) - cut.from;
    return moved;
  });
}

/** For each stretch what can be taken out of it: all of it, and all but one page. */
export function pageCuts(program: Program): readonly Interval[] {
  const found: Interval[] = [];
  for (const stretch of stretches(program)) {
    found.push(stretch);
    if (stretch.to - stretch.from > 1) found.push({ ...stretch, from: stretch.from + 1 });
  }
  return found;
}

/** The program with every stretch narrowed to one page, and the first one of a base, in which there is nothing, to none. */
export function compressed(program: Program): Program | undefined {
  const cuts: Interval[] = [];
  const first = new Set<string>();
  const lines = boundaries(program);
  for (const stretch of stretches(program)) {
    const empty = !first.has(stretch.base) && stretch.from === 0 && !lines.get(stretch.base)!.includes(0);
    first.add(stretch.base);
    if (empty) cuts.push(stretch);
    else if (stretch.to - stretch.from > 1) cuts.push({ ...stretch, from: stretch.from + 1 });
  }
  return cuts.length === 0 ? undefined : cutPages(program, cuts);
}

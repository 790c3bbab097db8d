/**
 * How simple a call is: a number that every accepted simplification lowers, so that shrinking ends and always ends in the same place. The unit is
 * arbitrary; only the order counts. Fewer steps always win over simpler ones.
 */
import type { Call, CallKind, Field, Iovec, Value } from '../../spec/language/call.ts';
import { MADV, MAP, MAP_TYPE_MASK, MAP_TYPES, O_ACCMODE, OPEN, OPEN_MODES, PAGE_SIZE } from '../../spec/language/constants.ts';
import { formatProgram } from '../../spec/language/printer.ts';
import type { Program } from '../../spec/language/program.ts';
import { argumentOf, fieldsOf, resultOf } from './walk.ts';

/** What a field's number is at its simplest. */
export type Aim = 'page' | 'zero' | 'one';

/** Calls that a plainer one can stand in for cost more than it; what is not listed costs nothing of itself. */
const KIND_COST: Readonly<Partial<Record<CallKind, number>>> = {
  shmat: 8,
  mremap: 8,
  brk: 6,
  process_vm_readv: 12,
  process_vm_writev: 12,
  readv: 9,
  writev: 9,
  pread: 7,
  pwrite: 7,
  read: 6,
  write: 6,
  mlock2: 2,
  dup: 2,
  open: 2,
};

/** The id of a process that is nobody's child in a program. */
export const STRANGER = 1;

/** Lengths of transfers are simplest as one byte, those of memory as one page, offsets as zero. */
export function aimOf(kind: CallKind, field: Field): Aim {
  if (field.name === 'offset') return 'zero';
  switch (kind) {
    case 'read':
    case 'write':
    case 'pread':
    case 'pwrite':
    case 'readv':
    case 'writev':
    case 'process_vm_readv':
    case 'process_vm_writev':
      return 'one';
    default:
      return 'page';
  }
}

/** Address arguments for which zero means "anywhere" or "just tell". */
export const zeroIsPlain = (kind: CallKind, field: Field): boolean =>
  (kind === 'mmap' && field.name === 'addr') || field.name === 'newAddr' || kind === 'brk' || kind === 'shmat';

const log = (n: number): number => Math.log2(n + 1);

/** Pages first, then the rest; a number close below a page boundary is as simple as one close above it. */
function distance(offset: number): number {
  if (offset === 0) return 0;
  const size = Math.abs(offset);
  const rest = size % PAGE_SIZE;
  const near = Math.min(rest, PAGE_SIZE - rest);
  const pages = rest > PAGE_SIZE / 2 ? Math.ceil(size / PAGE_SIZE) : Math.floor(size / PAGE_SIZE);
  return (pages < 64 ? pages : 64 + log(pages)) + (near === 0 ? 0 : 2 + log(near)) + (offset < 0 ? 0.5 : 0) + (near === rest ? 0 : 0.25);
}

const BASE_COST: Readonly<Record<string, number>> = { arena: 2, heap: 2.5, buf: 2.5, vm: 1, vmdata: 1, top: 8, high: 10, code: 6 };

function baseCost(base: string): number {
  return resultOf(base) === undefined ? (BASE_COST[base] ?? 9) : 1;
}

function addressCost(value: Value, plainZero: boolean): number {
  if (value.base !== 'abs') return baseCost(value.base) + distance(value.offset);
  if (value.offset === 0) return plainZero ? 0 : 7;
  return 12 + distance(value.offset);
}

/** Beyond this many bytes a length is one of the absurd. */
const SANE_BYTES = 2 ** 30;
const ABSURD = 100;

function sizeCost(value: Value, aim: Aim): number {
  const { base, offset } = value;
  if (base !== 'abs') return ABSURD + baseCost(base) + distance(offset);
  if (offset < 0 || offset > SANE_BYTES) return ABSURD + distance(offset);
  switch (aim) {
    case 'zero':
      return distance(offset);
    case 'one':
      return offset === 0 ? 50 : log(offset - 1);
    case 'page':
      return offset === 0 ? 50 : distance(offset - PAGE_SIZE);
  }
}

function valueCost(kind: CallKind, field: Field, value: Value): number {
  if (field.default !== undefined) return sameValue(field.default, value) ? 0 : 1 + plainCost(kind, field, value);
  return plainCost(kind, field, value);
}

function plainCost(kind: CallKind, field: Field, value: Value): number {
  switch (field.type) {
    case 'address':
      return addressCost(value, zeroIsPlain(kind, field));
    case 'size':
      return sizeCost(value, aimOf(kind, field));
    case 'data':
      if (value.base !== 'abs') return 5 + baseCost(value.base) + distance(value.offset);
      return value.offset === 1 ? 0 : 1 + log(Math.abs(value.offset)) + (value.offset < 0 ? 0.5 : 0);
    case 'limit':
      if (value.base !== 'abs') return baseCost(value.base) + distance(value.offset);
      return value.offset === 0 ? 0 : value.offset === -1 ? 0.5 : 2 + distance(value.offset);
    case 'process':
      // Nobody's child is there without a fork.
      if (value.base === 'abs') return value.offset === STRANGER ? 0 : 3 + log(Math.abs(value.offset));
      return 0.5 + log(Math.abs(value.offset));
    default:
      // Descriptors and segments: by name, or else anything that is none.
      if (value.base !== 'abs') return baseCost(value.base) - 1 + log(Math.abs(value.offset));
      return value.offset === -1 ? 2 : 3 + log(Math.abs(value.offset));
  }
}

const sameValue = (standard: Value | number | undefined, value: Value): boolean =>
  typeof standard === 'object' && standard.base === value.base && standard.offset === value.offset;

/** How many of the low 32 bits are set, and how large the part above is. */
function bits(flags: number): number {
  if (flags < 0) return 40;
  let count = 0;
  for (let rest = flags >>> 0; rest !== 0; rest &= rest - 1) count++;
  return count + log(Math.floor(flags / 2 ** 32));
}

const PROT_COST: readonly number[] = [2, 1, 3, 0, 5, 4, 6, 3.5];
const TYPE_COST: Readonly<Record<number, number>> = { [MAP_TYPES.private]: 0, [MAP_TYPES.shared]: 1 };
const MADV_COST: Readonly<Record<number, number>> = { [MADV.normal]: 0, [MADV.dontneed]: 1 };

function mapCost(flags: number): number {
  const type = flags & MAP_TYPE_MASK;
  // Without `anon` a descriptor has to be opened first; `fixed` says no more than the address does.
  const file = (flags & MAP.anon) === 0 ? 6 : 0;
  return (
    (TYPE_COST[type] ?? 3) +
    file +
    3 * bits(flags - type - (flags & MAP.anon) - (flags & MAP.fixed)) +
    ((flags & MAP.fixed) === 0 ? 0 : 0.5)
  );
}

function numberCost(field: Field, n: number): number {
  switch (field.type) {
    case 'prot':
      return n < 0 ? 40 : PROT_COST[n & 7]! + 8 * bits(n - (n & 7));
    case 'map':
      return mapCost(n);
    case 'open':
      if (n < 0) return 40;
      return (
        ((n & O_ACCMODE) === OPEN_MODES.rdwr ? 0 : 1) + ((n & OPEN.creat) !== 0 ? 0 : 0.5) + 2 * bits(n - (n & (O_ACCMODE | OPEN.creat)))
      );
    case 'madv':
      return MADV_COST[n] ?? 2 + log(Math.abs(n)) / 16;
    case 'rlimit':
      return 0;
    case 'int':
      return n === (field.default ?? 0) ? 0 : log(Math.abs(n));
    case 'file':
    case 'seek':
      return Math.abs(n);
    default:
      return 2 * bits(n);
  }
}

const ELEMENT_COST = 5;
const ADDRESS: Field = { name: 'addr', type: 'address' };
const LENGTH: Field = { name: 'length', type: 'size' };

function iovCost(kind: CallKind, iov: readonly Iovec[]): number {
  let sum = iov.length === 0 ? 2 * ELEMENT_COST : 0;
  for (const { addr, length } of iov) sum += ELEMENT_COST + valueCost(kind, ADDRESS, addr) + valueCost(kind, LENGTH, length);
  return sum;
}

export function callCost(call: Call): number {
  let sum = KIND_COST[call.kind] ?? 0;
  for (const field of fieldsOf(call)) {
    const argument = argumentOf(call, field);
    if (typeof argument === 'number') sum += numberCost(field, argument);
    else if ('base' in argument) sum += valueCost(call.kind, field, argument);
    else sum += iovCost(call.kind, argument);
  }
  return sum;
}

/** What orders programs: steps, then names that are given, then the cost of the calls. */
export interface Weight {
  readonly steps: number;
  readonly cost: number;
  readonly text: string;
}

const NAME_COST = 0.25;

export function weigh(program: Program): Weight {
  let cost = 0;
  for (const step of program.steps) cost += callCost(step.call) + (step.result === undefined ? 0 : NAME_COST);
  return { steps: program.steps.length, cost: Math.round(cost * 1e6) / 1e6, text: formatProgram(program) };
}

/** Negative where a is the simpler; text decides between equals, so that the order is total. */
export function compareWeights(a: Weight, b: Weight): number {
  if (a.steps !== b.steps) return a.steps - b.steps;
  if (a.cost !== b.cost) return a.cost - b.cost;
  return a.text < b.text ? -1 : a.text > b.text ? 1 : 0;
}

/** Simpler forms of one call: for every field a few values to try, the simplest first. */
import type { Call, CallKind, Field, Iovec, Value } from '../../spec/language/call.ts';
import { MAP, MAP_TYPE_MASK, MAP_TYPES, OPEN, OPEN_MODES, PAGE_SIZE } from '../../spec/language/constants.ts';
import { type Aim, aimOf, callCost, STRANGER, zeroIsPlain } from './cost.ts';
import { type Argument, argumentOf, fieldsOf, isIov, isValue, withArgument } from './walk.ts';

/**
 * Calls of the same kind that are simpler than this one, each in one argument (or in arguments that only make sense together), in the order of
 * the fields and for each field the simplest first. Empty when nothing about the call can be simpler.
 */
export function simplerCalls(call: Call): readonly Call[] {
  const cost = callCost(call);
  const found: Call[] = [];
  if (call.kind === 'mmap') found.push(...asAnonymous(call));
  for (const field of fieldsOf(call)) {
    for (const argument of simplerArguments(call.kind, field, argumentOf(call, field))) found.push(withArgument(call, field, argument));
  }
  return found.filter((simpler) => isCall(simpler) && callCost(simpler) < cost);
}

/** `code` is eight bytes, and is stored as such. */
const isCall = (call: Call): boolean => call.kind !== 'store' || call.value.base !== 'code' || call.size === 8;

/** A mapping of a file as one of no file. */
function asAnonymous(call: Extract<Call, { kind: 'mmap' }>): readonly Call[] {
  if ((call.flags & MAP.anon) !== 0 || call.flags < 0) return [];
  const none = { ...call, fd: { base: 'abs', offset: -1 }, offset: { base: 'abs', offset: 0 } };
  const fixed = call.flags & MAP.fixed;
  return [MAP_TYPES.private, MAP_TYPES.shared].map((type) => ({ ...none, flags: type | MAP.anon | fixed }));
}

function simplerArguments(kind: CallKind, field: Field, argument: Argument): readonly Argument[] {
  if (isValue(argument)) {
    const values = simplerValues(kind, field, argument);
    return typeof field.default === 'object' ? [field.default, ...values] : values;
  }
  if (isIov(argument)) return simplerVectors(kind, argument);
  return simplerNumbers(field, argument);
}

const abs = (offset: number): Value => ({ base: 'abs', offset });

function simplerValues(kind: CallKind, field: Field, value: Value): readonly Value[] {
  switch (field.type) {
    case 'address':
      return simplerAddresses(value, zeroIsPlain(kind, field));
    case 'size':
      return simplerSizes(value, aimOf(kind, field));
    case 'data':
      return simplerData(value);
    case 'limit':
      return [abs(0), abs(-1), ...towardsZero(value)];
    case 'process':
      return value.base === 'abs' ? [abs(STRANGER)] : [abs(STRANGER), { base: value.base, offset: 0 }];
    default:
      return value.base === 'abs' ? [abs(-1)] : [{ base: value.base, offset: 0 }];
  }
}

/** One, zero, two, all bits of a byte; and one in the highest byte alone, which is what has to be there where the size counts. */
function simplerData({ base, offset }: Value): readonly Value[] {
  const values = [abs(1), abs(0), abs(2), abs(0xff)];
  return base === 'abs' && offset > 0xff ? [...values, abs(256 ** Math.floor(Math.log2(offset) / 8))] : values;
}

/** Offsets nearer to zero: zero, half the pages, one page less, no rest, and the smallest rest. */
function towardsZero({ base, offset }: Value): readonly Value[] {
  const sign = offset < 0 ? -1 : 1;
  const size = Math.abs(offset);
  const rest = size % PAGE_SIZE;
  const aligned = size - rest;
  const pages = aligned / PAGE_SIZE;
  const sizes = [0, Math.floor(pages / 2) * PAGE_SIZE + rest, aligned - PAGE_SIZE + rest, aligned];
  if (rest > 1) sizes.push(aligned + 1, aligned + PAGE_SIZE - 1);
  return sizes.filter((n) => n >= 0 && n !== size).map((n) => ({ base, offset: n === 0 ? 0 : sign * n }));
}

function simplerAddresses(value: Value, plainZero: boolean): readonly Value[] {
  const zero = plainZero && !(value.base === 'abs' && value.offset === 0) ? [abs(0)] : [];
  if (value.base !== 'abs' && value.base !== 'top' && value.base !== 'high') return [...zero, ...towardsZero(value)];
  return [...zero, abs(0), { base: 'top', offset: 0 }, abs(-PAGE_SIZE), ...towardsZero(value)];
}

const SIMPLEST: Readonly<Record<Aim, number>> = { page: PAGE_SIZE, zero: 0, one: 1 };

function simplerSizes(value: Value, aim: Aim): readonly Value[] {
  const { base, offset } = value;
  const sizes = [abs(SIMPLEST[aim])];
  if (base !== 'abs' || offset < 0) return [...sizes, abs(-1), { base: 'top', offset: 0 }, ...towardsZero(value)];
  if (aim === 'one') {
    return [...sizes, ...[2, Math.floor(offset / 2), PAGE_SIZE].filter((n) => n < offset).map(abs), ...towardsZero(value)];
  }
  return [...sizes, ...towardsZero(value).filter((simpler) => simpler.offset > 0 || offset > 0)];
}

function simplerVectors(kind: CallKind, iov: readonly Iovec[]): readonly (readonly Iovec[])[] {
  const found: (readonly Iovec[])[] = [];
  if (iov.length > 1) for (const i of iov.keys()) found.push(iov.filter((_, other) => other !== i));
  const addr: Field = { name: 'addr', type: 'address' };
  const length: Field = { name: 'length', type: 'size' };
  for (const [i, element] of iov.entries()) {
    for (const other of iov) if (other.addr.base !== element.addr.base) found.push(iov.with(i, { ...element, addr: other.addr }));
    for (const value of simplerValues(kind, addr, element.addr)) found.push(iov.with(i, { ...element, addr: value }));
    for (const value of simplerValues(kind, length, element.length)) found.push(iov.with(i, { ...element, length: value }));
  }
  return found;
}

/** Every set of bits with one bit less, the highest first. */
function withoutOneBit(flags: number, keep = 0): readonly number[] {
  if (flags < 0) return [0];
  const low = flags >>> 0;
  const above = flags - low;
  const found: number[] = above === 0 ? [] : [low];
  for (let bit = 31; bit >= 0; bit--) {
    const mask = 2 ** bit;
    if (((low / mask) & 1) === 1 && (keep & mask) === 0) found.push(flags - mask);
  }
  return found;
}

function simplerNumbers(field: Field, n: number): readonly number[] {
  switch (field.type) {
    case 'prot':
      return [3, 1, 0, ...withoutOneBit(n)];
    case 'map':
      return simplerMapFlags(n);
    case 'open':
      return [OPEN_MODES.rdwr | OPEN.creat, ...withoutOneBit(n, 3), ...(n < 0 ? [] : [n - (n & 3) + OPEN_MODES.rdwr])];
    case 'madv':
      return [0, 4];
    case 'int':
      return [field.default as number, 1, 2, 4];
    case 'rlimit':
      return [];
    case 'file':
    case 'seek':
      return [0, 1];
    default:
      return [0, ...withoutOneBit(n)];
  }
}

function simplerMapFlags(flags: number): readonly number[] {
  if (flags < 0) return [MAP_TYPES.private | MAP.anon];
  const plain = flags & (MAP.anon | MAP.fixed);
  const type = flags & MAP_TYPE_MASK;
  const rest = flags - type;
  return [
    MAP_TYPES.private | plain,
    MAP_TYPES.shared | plain,
    type | plain,
    rest | MAP_TYPES.private,
    rest | MAP_TYPES.shared,
    ...withoutOneBit(flags, MAP_TYPE_MASK | MAP.anon),
  ];
}

/** Calls with arguments drawn by fast-check's own arbitraries, as one would write them for fc.commands: in ignorance of the state, names by number. */
import fc from 'fast-check';
import {
  abs,
  at,
  CALLS,
  type Call,
  type CallKind,
  FALLOC,
  type Field,
  type FieldType,
  MADV,
  MAP,
  MAP_TYPES,
  PAGE_SIZE,
  PROT,
  SEAL,
  type Value,
} from '../spec/language/index.ts';

/** An argument that may speak of an earlier result, which is known only when the command runs. */
export type Argument = Value | number | readonly { readonly addr: Argument; readonly length: Argument }[] | Reference;

/** The nth result of a type so far, counted around, and an offset. */
export interface Reference {
  readonly type: 'address' | 'fd' | 'pipe' | 'process' | 'shm';
  readonly nth: number;
  readonly offset: number;
}

const pages = (min: number, max: number): fc.Arbitrary<number> => fc.integer({ min, max }).map((count) => count * PAGE_SIZE);
const reference = (type: Reference['type'], offset: fc.Arbitrary<number> = fc.constant(0)): fc.Arbitrary<Reference> =>
  fc.record({ type: fc.constant(type), nth: fc.nat({ max: 20 }), offset });
const bits = (names: Readonly<Record<string, number>>): fc.Arbitrary<number> =>
  fc.subarray(Object.values(names), { maxLength: 3 }).map((some) => some.reduce((sum, bit) => sum | bit, 0));
const oneOf = (names: Readonly<Record<string, number>>): fc.Arbitrary<number> => fc.constantFrom(...Object.values(names));

const address: fc.Arbitrary<Argument> = fc.oneof(
  { weight: 12, arbitrary: pages(0, 19).map((offset) => at('arena', offset)) },
  { weight: 4, arbitrary: reference('address', pages(0, 3)) },
  { weight: 2, arbitrary: fc.nat({ max: 20 * PAGE_SIZE }).map((offset) => at('arena', offset)) },
  { weight: 1, arbitrary: fc.constantFrom(abs(0), at('top'), at('high'), abs(-PAGE_SIZE)) },
);
const size: fc.Arbitrary<Argument> = fc.oneof(
  { weight: 12, arbitrary: pages(1, 6).map(abs) },
  { weight: 3, arbitrary: fc.nat({ max: 6 * PAGE_SIZE }).map(abs) },
  { weight: 1, arbitrary: fc.constantFrom(abs(0), abs(-1), at('top')) },
);
const fd: fc.Arbitrary<Argument> = fc.oneof(
  { weight: 9, arbitrary: reference('fd') },
  { weight: 1, arbitrary: fc.constantFrom(abs(-1), abs(9)) },
);
const iov: fc.Arbitrary<Argument> = fc.array(fc.record({ addr: address, length: size }), { maxLength: 4 });

const FIELDS: Partial<Record<FieldType, fc.Arbitrary<Argument>>> = {
  address,
  size,
  fd,
  iov,
  process: reference('process'),
  shm: reference('shm'),
  data: fc.integer().map(abs),
  limit: pages(0, 100).map(abs),
  prot: fc.constantFrom(PROT.r, PROT.r | PROT.w, PROT.r | PROT.w, PROT.r | PROT.x, 0, 7),
  map: fc
    .record({ type: oneOf(MAP_TYPES), more: bits(MAP), usual: fc.constantFrom(MAP.anon, MAP.anon | MAP.fixed, 0) })
    .map(({ type, more, usual }) => type | more | usual),
  madv: oneOf(MADV),
  seal: bits(SEAL),
  falloc: bits(FALLOC),
  open: fc.constantFrom(2, 0x42, 0, 0x242),
};

const WIDTHS: fc.Arbitrary<Argument> = fc.constantFrom(1, 2, 4, 8);
/** Flags that have a handful of values, files by their numbers. */
const FEW: fc.Arbitrary<Argument> = fc.nat({ max: 3 });

function drawn({ name, type }: Field): fc.Arbitrary<Argument> {
  return type === 'int' && name === 'size' ? WIDTHS : (FIELDS[type] ?? FEW);
}

/** The fields of a call, drawn one by one. */
export function drawnArguments(kind: CallKind): fc.Arbitrary<Readonly<Record<string, Argument>>> {
  const fields: readonly Field[] = CALLS[kind];
  return fc.record(Object.fromEntries(fields.map((field) => [field.name, drawn(field)])));
}

/** The call with its references resolved by `names`, which gives the results of a type so far. */
export function resolveCall(
  kind: CallKind,
  values: Readonly<Record<string, Argument>>,
  names: (type: Reference['type']) => readonly string[],
): Call {
  const resolve = (argument: Argument): unknown => {
    if (typeof argument === 'number' || 'base' in argument) return argument;
    if (!('nth' in argument)) return argument.map(({ addr, length }) => ({ addr: resolve(addr), length: resolve(length) }));
    const known = names(argument.type);
    return known.length === 0 ? abs(argument.offset) : at(known[argument.nth % known.length]!, argument.offset);
  };
  const call: Record<string, unknown> = { kind };
  for (const name in values) call[name] = resolve(values[name]!);
  // The fields are those of the kind, each drawn by its type.
  return call as unknown as Call;
}

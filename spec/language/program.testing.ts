/** Arbitrary well-formed programs: every call, every type of field and every corner of each, with no regard to sense. For tests. */
import fc from 'fast-check';
import { BASES, CALL_KINDS, CALLS, type Call, type CallKind, type Field, type FieldType, type Iovec, RESULTS, type Value } from './call.ts';
import { ERRNO, type Errno, PAGE_SIZE, SIGNAL, SIGNAL_CODES, type Signal } from './constants.ts';
import { NOTATION, type Notation, STOPS } from './notation.ts';
import { type Expectation, FIRST_PROCESS, type Program, type Step } from './program.ts';

export interface ProgramConstraints {
  /** 20 unless told. */
  readonly maxSteps?: number;
  /** All calls unless told. */
  readonly kinds?: readonly CallKind[];
}

/** Programs that print and parse. Every name is used after its definition, and as what it is. */
export function wellFormedPrograms({ maxSteps = 20, kinds = CALL_KINDS }: ProgramConstraints = {}): fc.Arbitrary<Program> {
  const dialect = fc.option(fc.constantFrom('linux', 'dragonfly', 'some-other-9'), { nil: undefined, freq: 2 });
  const drafts = fc.array(fc.oneof(...kinds.map(draft)), { maxLength: maxSteps });
  return fc.tuple(dialect, drafts).map(([name, steps]) => ({ ...(name === undefined ? {} : { dialect: name }), steps: settle(steps) }));
}

const interestingOffset = fc.oneof(
  fc.constantFrom(
    0,
    1,
    -1,
    9,
    10,
    15,
    16,
    17,
    4080,
    4081,
    4095,
    0x8000_0000,
    2 ** 32 - 1,
    2 ** 32,
    Number.MAX_SAFE_INTEGER,
    Number.MIN_SAFE_INTEGER,
  ),
  fc.tuple(fc.integer({ min: -70, max: 70 }), fc.integer({ min: -17, max: 17 })).map(([pages, rest]) => pages * PAGE_SIZE + rest),
  fc
    .tuple(fc.integer({ min: 0, max: 53 }), fc.constantFrom(1, -1))
    .map(([bit, sign]) => sign * Math.min(2 ** bit, Number.MAX_SAFE_INTEGER)),
  fc.maxSafeInteger(),
);

/** A base of this form stands for the n-th name that is defined by then. */
const NAME_PLACE = /^\?(\d+)$/;
const namePlace = fc.nat({ max: 40 }).map((n) => `?${n}`);
const commonBases = BASES.filter((base) => base !== 'code' && base !== 'vm' && base !== 'vmdata');

function draftValue(type: FieldType): fc.Arbitrary<Value> {
  const bases = type === 'limit' ? [...commonBases, 'vm', 'vmdata'] : commonBases;
  const base = fc.oneof({ weight: 2, arbitrary: fc.constant('abs') }, fc.constantFrom<string>(...bases), namePlace);
  const value = fc.record({ base, offset: interestingOffset });
  if (type === 'limit') return fc.oneof({ weight: 4, arbitrary: value }, fc.constant({ base: 'abs', offset: -1 }));
  return type === 'data' ? fc.oneof({ weight: 9, arbitrary: value }, fc.constant({ base: 'code', offset: 0 })) : value;
}

const anyNumber = fc.oneof(fc.nat({ max: 40 }), interestingOffset);

function draftFlags({ names, selector }: Extract<Notation, { kind: 'flags' }>): fc.Arbitrary<number> {
  const named = fc.subarray(Object.values(names)).map((bits) => bits.reduce((sum, bit) => sum + bit, 0));
  const selected = fc.nat({ max: selector?.mask ?? 0 });
  return fc.oneof({ weight: 3, arbitrary: fc.tuple(named, selected).map(([bits, value]) => bits + value) }, anyNumber);
}

function draftArgument({ type }: Field): fc.Arbitrary<Value | number | readonly Iovec[]> {
  const notation = NOTATION[type];
  switch (notation.kind) {
    case 'value':
      return draftValue(type);
    case 'flags':
      return draftFlags(notation);
    case 'enum':
      return fc.oneof(fc.constantFrom(...Object.values(notation.names)), anyNumber);
    case 'int':
      return anyNumber;
    case 'file':
      return fc.oneof(fc.nat({ max: 4 }), fc.nat({ max: 999_999_999 }));
    case 'iov':
      return fc.array(fc.record({ addr: draftValue('address'), length: draftValue('size') }), { maxLength: 4 });
  }
}

function draftOrDefault(field: Field): fc.Arbitrary<Value | number | readonly Iovec[]> {
  return field.default === undefined ? draftArgument(field) : fc.oneof(fc.constant(field.default), draftArgument(field));
}

const numbersWithoutName = fc.integer({ min: 1, max: 4095 }).filter((n) => !Object.values<number>(ERRNO).includes(n));
const errno: fc.Arbitrary<Errno | `E${number}`> = fc.oneof(
  fc.constantFrom(...Object.keys(ERRNO).filter((name): name is Errno => name !== 'ENOTSUP')),
  numbersWithoutName.map((n) => `E${n}` as const),
);

const signalAndCode = fc.constantFrom(...(Object.keys(SIGNAL) as Signal[])).chain((signal) => {
  const codes: Readonly<Record<string, number>> = { ...SIGNAL_CODES }[signal as keyof typeof SIGNAL_CODES] ?? {};
  const unnamed = fc.integer({ min: -70, max: 300 }).filter((n) => !Object.values(codes).includes(n));
  const names = Object.keys(codes);
  return fc.record({
    signal: fc.constant(signal),
    code: fc.oneof(unnamed.map(String), names.length === 0 ? unnamed.map(String) : fc.constantFrom(...names)),
  });
});

const expectation: fc.Arbitrary<Expectation> = fc.oneof(
  fc.constant({ kind: 'ok' } as const),
  draftValue('address').map((value) => ({ kind: 'number', ...value }) as const),
  errno.map((name) => ({ kind: 'errno', errno: name }) as const),
  fc.array(fc.nat({ max: 255 }), { maxLength: 9 }).map((bytes) => ({ kind: 'bytes', bytes }) as const),
  fc.constantFrom(...STOPS).map((how) => ({ kind: 'stop', how }) as const),
  fc.tuple(signalAndCode, draftValue('address')).map(([fault, value]) => ({ kind: 'fault', ...fault, ...value }) as const),
);

/** A step whose process and names are still numbers, to be chosen from what is there. */
interface Draft {
  readonly process: number;
  readonly name: string | undefined;
  readonly kind: CallKind;
  readonly args: readonly (Value | number | readonly Iovec[])[];
  readonly expect: readonly Expectation[];
}

/** Names that could be taken for something else are the best of names. */
const nameStem = fc.oneof(
  fc.stringMatching(/^[a-z][a-z0-9_]{0,5}$/),
  fc.constantFrom('p', 'p1', 'rw', 'none', 'mmap', 'at', 'f0', 'private', 'type', 'a1p', 'x'),
);

function draft(kind: CallKind): fc.Arbitrary<Draft> {
  return fc.record({
    process: fc.oneof(fc.constant(0), fc.nat({ max: 9 })),
    name: fc.option(nameStem, { nil: undefined, freq: 2 }),
    kind: fc.constant(kind),
    args: fc.tuple(...CALLS[kind].map(draftOrDefault)),
    expect: fc.oneof(fc.constant([]), fc.array(expectation, { minLength: 1, maxLength: 3 })),
  });
}

const TAKEN: readonly string[] = [...BASES, ...STOPS, 'ok', 'bytes', 'inf', FIRST_PROCESS];

/** Gives every draft its process and its names. */
function settle(drafts: readonly Draft[]): readonly Step[] {
  const processes = [FIRST_PROCESS];
  const defined = new Set(TAKEN);
  const values: string[] = [];
  const nameValue = <V extends { readonly base: string; readonly offset: number }>(value: V): V => {
    const place = NAME_PLACE.exec(value.base)?.[1];
    return place === undefined ? value : { ...value, base: values[Number(place) % values.length] ?? 'abs' };
  };
  return drafts.map(({ process, name, kind, args, expect }) => {
    const maker = processes[process % processes.length]!;
    const call = settleCall(kind, args, nameValue);
    const nameable = RESULTS[kind] !== 'none' && RESULTS[kind] !== 'data';
    let result = nameable ? name : undefined;
    while (result !== undefined && defined.has(result)) result += '_';
    if (result !== undefined) {
      defined.add(result);
      if (kind === 'pipe') values.push(`${result}.r`, `${result}.w`);
      else values.push(result);
      if (kind === 'fork') processes.push(result);
    }
    const expected = expect.map((e) => (e.kind === 'number' || e.kind === 'fault' ? nameValue(e) : e));
    return { process: maker, ...(result === undefined ? {} : { result }), call, ...(expected.length === 0 ? {} : { expect: expected }) };
  });
}

function settleCall(kind: CallKind, args: Draft['args'], nameValue: (value: Value) => Value): Call {
  const call: Record<string, unknown> = { kind };
  for (const [i, field] of CALLS[kind].entries()) {
    const argument = args[i]!;
    if (typeof argument === 'number') call[field.name] = argument;
    else if ('base' in argument) call[field.name] = nameValue(argument);
    else call[field.name] = argument.map(({ addr, length }) => ({ addr: nameValue(addr), length: nameValue(length) }));
  }
  // One argument for each field, of the type that the field says.
  const settled = call as unknown as Call;
  return settled.kind === 'store' && settled.value.base === 'code' ? { ...settled, size: 8 } : settled;
}

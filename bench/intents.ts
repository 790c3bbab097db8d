/**
 * The peer of minimisation: programs as one writes them with fast-check alone, an array of records of small numbers that are made concrete against
 * the model's world (handles as an index into what there is), so that fast-check's own shrinking keeps them meaningful.
 */
import fc from 'fast-check';
import { Dice } from '../conformance/generate/dice.ts';
import { type GenerateOptions, IMAGINED } from '../conformance/generate/generate.ts';
import { MAKERS } from '../conformance/generate/makers.ts';
import { Scene } from '../conformance/generate/scene.ts';
import { foreseen } from '../model/judge.ts';
import { startWorld } from '../model/world.ts';
import {
  CALL_KINDS,
  CALLS,
  type Call,
  type CallKind,
  FALLOC,
  FIRST_PROCESS,
  type Field,
  type FieldType,
  MADV,
  MAP,
  MAP_TYPES,
  MCL,
  MEMFD,
  MREMAP,
  MS,
  OPEN,
  PAGE_SIZE,
  PIPE,
  type Program,
  RLIMIT,
  SEAL,
  SHMAT,
  SHMGET,
  type Step,
  type Value,
} from '../spec/language/index.ts';

/** An argument before it is made concrete: a number as it is, a place in what is mapped, an index of a result, or elements. */
type Draft =
  | { readonly is: 'number'; readonly number: number }
  | { readonly is: 'value'; readonly value: Value }
  | { readonly is: 'mapped'; readonly run: number; readonly page: number; readonly byte: number }
  | { readonly is: 'result'; readonly type: 'fd' | 'process' | 'shm'; readonly index: number }
  | { readonly is: 'elements'; readonly list: readonly { readonly addr: Draft; readonly length: Draft }[] };

interface Intent {
  readonly kind: CallKind;
  /** Which of the living processes makes the call. */
  readonly actor: number;
  readonly args: readonly Draft[];
}

const cross = { withCrossShrink: true } as const;
const number = (n: fc.Arbitrary<number>): fc.Arbitrary<Draft> => n.map((value) => ({ is: 'number', number: value }));
const value = (v: fc.Arbitrary<Value>): fc.Arbitrary<Draft> => v.map((found) => ({ is: 'value', value: found }));
const bytes = (n: fc.Arbitrary<number>): fc.Arbitrary<Draft> => value(n.map((offset) => ({ base: 'abs', offset })));
const one = (...numbers: readonly number[]): fc.Arbitrary<Draft> => number(fc.constantFrom(...numbers));

const byte = fc.oneof(cross, { weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constantFrom(1, 8, 4088, 4094, 4095) });
const mapped: fc.Arbitrary<Draft> = fc.record({ is: fc.constant('mapped' as const), run: fc.nat(3), page: fc.nat(3), byte });
const arena = value(fc.tuple(fc.nat(7), byte).map(([page, rest]) => ({ base: 'arena', offset: page * PAGE_SIZE + rest })));
const absurd = value(
  fc.constantFrom<Value>(
    { base: 'abs', offset: 0 },
    { base: 'top', offset: 0 },
    { base: 'high', offset: 0 },
    { base: 'abs', offset: -PAGE_SIZE },
  ),
);
const address = fc.oneof(cross, { weight: 9, arbitrary: mapped }, { weight: 3, arbitrary: arena }, { weight: 1, arbitrary: absurd });
const pages = bytes(fc.integer({ min: 1, max: 5 }).map((n) => n * PAGE_SIZE));
const oddSize = bytes(fc.constantFrom(0, 1, PAGE_SIZE + 1, -1));
const size = fc.oneof(cross, { weight: 9, arbitrary: pages }, { weight: 1, arbitrary: oddSize });
const transfer = fc.oneof(cross, { weight: 4, arbitrary: bytes(fc.integer({ min: 1, max: 16 })) }, { weight: 1, arbitrary: size });
const offset = fc.oneof(cross, { weight: 1, arbitrary: bytes(fc.constant(0)) }, { weight: 1, arbitrary: bytes(fc.nat(3 * PAGE_SIZE)) });

function result(type: 'fd' | 'process' | 'shm'): fc.Arbitrary<Draft> {
  const index = fc.nat(3).map((n): Draft => ({ is: 'result', type, index: n }));
  return fc.oneof(cross, { weight: 12, arbitrary: index }, { weight: 1, arbitrary: bytes(fc.constant(-1)) });
}

const { anon, fixed } = MAP;
const mapFlags = one(
  MAP_TYPES.private | anon | fixed,
  MAP_TYPES.private | anon,
  MAP_TYPES.shared | anon | fixed,
  MAP_TYPES.shared | anon,
  MAP_TYPES.shared | fixed,
  MAP_TYPES.private | fixed,
  MAP_TYPES.private | anon | fixed | MAP.populate,
  MAP_TYPES.private | anon | fixed | MAP.growsdown,
  MAP_TYPES.private | anon | MAP.fixed_noreplace,
);

/** An arbitrary for each type of field: the values that matter, the plainest first. */
const DRAFTS: { readonly [T in FieldType]: fc.Arbitrary<Draft> } = {
  address,
  size,
  fd: result('fd'),
  process: result('process'),
  shm: result('shm'),
  data: bytes(fc.integer({ min: 1, max: 2 ** 32 - 1 })),
  limit: bytes(fc.constantFrom(0, -1, PAGE_SIZE, 2 ** 26)),
  int: one(1, 8, 4, 2),
  file: number(fc.nat(2)),
  prot: one(3, 1, 0, 7, 2, 5),
  map: mapFlags,
  mremap: one(0, MREMAP.maymove, MREMAP.maymove | MREMAP.fixed, MREMAP.maymove | MREMAP.dontunmap),
  madv: one(MADV.dontneed, MADV.wipeonfork, MADV.guard_install, ...Object.values(MADV)),
  ms: one(MS.sync, MS.async, MS.invalidate, MS.sync | MS.invalidate),
  mlock2: one(0, 1),
  mcl: one(MCL.current, MCL.future, MCL.current | MCL.future),
  open: one(2 | OPEN.creat, 2, 0, 1, 2 | OPEN.creat | OPEN.trunc),
  pipe: one(PIPE.nonblock, 0),
  memfd: one(MEMFD.allow_sealing, 0),
  seal: one(...Object.values(SEAL)),
  falloc: one(0, FALLOC.keep_size, FALLOC.keep_size | FALLOC.punch_hole, FALLOC.zero_range),
  seek: one(0, 1, 2, 3, 4),
  shmget: one(SHMGET.creat, 0),
  shmat: one(0, SHMAT.rdonly, SHMAT.remap),
  rlimit: one(...Object.values(RLIMIT)),
  iov: fc
    .array(fc.record({ addr: address, length: transfer }), { minLength: 1, maxLength: 3 })
    .map((list): Draft => ({ is: 'elements', list })),
};

function draftOf(kind: CallKind, field: Field): fc.Arbitrary<Draft> {
  if (field.name === 'offset') return offset;
  if (field.type === 'size' && /read|write/.test(kind)) return transfer;
  if (kind === 'brk') return value(fc.nat(6).map((page) => ({ base: 'heap', offset: page * PAGE_SIZE })));
  if (field.name === 'vec') return value(fc.constant({ base: 'buf', offset: 0 }));
  if (field.name === 'status' || (field.name === 'flags' && field.type === 'int')) return one(0, 1, 200);
  return DRAFTS[field.type];
}

function intentOf(kind: CallKind): fc.Arbitrary<Intent> {
  const args = fc.tuple(...CALLS[kind].map((field) => draftOf(kind, field)));
  return fc.record({ kind: fc.constant(kind), actor: fc.oneof(cross, fc.constant(0), fc.nat(2)), args });
}

/** Programs of at most so many steps as the options say. */
export function intentPrograms(options: GenerateOptions): fc.Arbitrary<Program> {
  const kinds = CALL_KINDS.filter((kind) => MAKERS[kind] !== undefined);
  const weighted = kinds.map((kind) => ({ weight: MAKERS[kind]!.weight, arbitrary: intentOf(kind) }));
  // Not even one at least: with a least length fast-check keeps as many of every tail of the array.
  const list = fc.array(fc.oneof(...weighted), { maxLength: options.stepsMax, size: 'max' });
  return list.map((intents) => concrete(intents, options));
}

/** The intents made steps one after the other; those for which the law is open, or nobody is left, are passed over. */
function concrete(intents: readonly Intent[], { host, choices }: GenerateOptions): Program {
  const world = startWorld(host, choices, IMAGINED);
  const scene = new Scene(Dice.of(0, 0), world, world.processes.get(FIRST_PROCESS)!);
  const steps: Step[] = [];
  for (const intent of intents) {
    const alive = [...scene.world.processes.values()].filter(({ state }) => state === 'running');
    if (alive.length === 0) break;
    scene.process = alive[intent.actor % alive.length]!;
    const call = concreteCall(intent, scene);
    const name = scene.freshName(intent.kind);
    const step: Step = { process: scene.process.name, call, ...(name === undefined ? {} : { result: name }) };
    const next = foreseen(scene.world, step);
    if (next === undefined) continue;
    steps.push(step);
    scene.named(step);
    scene.world = next.world;
  }
  return { steps };
}

function concreteCall({ kind, args }: Intent, scene: Scene): Call {
  const call: Record<string, unknown> = { kind };
  for (const [i, field] of CALLS[kind].entries()) {
    const draft = args[i]!;
    if (draft.is === 'number') call[field.name] = draft.number;
    else if (draft.is === 'elements')
      call[field.name] = draft.list.map(({ addr, length }) => ({ addr: concreteValue(addr, scene), length: concreteValue(length, scene) }));
    else call[field.name] = concreteValue(draft, scene);
  }
  // Each field has got what its type asks for.
  return call as unknown as Call;
}

function concreteValue(draft: Draft, scene: Scene): Value {
  switch (draft.is) {
    case 'value':
      return draft.value;
    case 'mapped': {
      const runs = scene.process.space.map.all();
      const run = runs[draft.run % Math.max(1, runs.length)];
      if (run === undefined) return { base: 'arena', offset: draft.page * PAGE_SIZE + draft.byte };
      const page = run.start + (draft.page % (run.end - run.start));
      return scene.symbolic(page * PAGE_SIZE + draft.byte);
    }
    case 'result': {
      const names = draft.type === 'fd' ? descriptors(scene) : scene.names(draft.type);
      return { base: names[draft.index % Math.max(1, names.length)] ?? 'abs', offset: names.length === 0 ? -1 : 0 };
    }
    default:
      throw new Error(`no value: ${draft.is}`);
  }
}

const descriptors = (scene: Scene): readonly string[] => [
  ...scene.names('fd'),
  ...scene.names('pipe').flatMap((name) => [`${name}.r`, `${name}.w`]),
];

/** Makers of mmap, munmap, mprotect, mremap, brk and setrlimit. */
import { abs, type CallOf, type Value } from '../../../spec/language/call.ts';
import { MAP, MAP_TYPES, MREMAP, PAGE_SIZE, PROT, RLIMIT } from '../../../spec/language/constants.ts';
import type { MakerTable } from '../maker.ts';
import type { Scene } from '../scene.ts';

export const MAPPING_MAKERS = {
  mmap: { weight: 60, make: mmap },
  munmap: { weight: 14, make: (scene) => ({ kind: 'munmap', ...sometimesAbsurd(scene, scene.range()) }) },
  mprotect: {
    weight: 18,
    make: (scene) => ({ kind: 'mprotect', ...sometimesAbsurd(scene, scene.range()), prot: mprotectProt(scene) }),
  },
  mremap: { weight: 16, make: mremap },
  brk: { weight: 7, make: (scene) => ({ kind: 'brk', addr: newBreak(scene) }) },
  setrlimit: { weight: 6, make: setrlimit },
} as const satisfies MakerTable;

/** The range, one time in twelve with an end of it made absurd. */
function sometimesAbsurd(scene: Scene, range: { addr: Value; length: Value }): { addr: Value; length: Value } {
  const { dice } = scene;
  if (!dice.chance(0.08)) return range;
  return dice.chance(0.5) ? { addr: scene.absurdAddress(), length: range.length } : { addr: range.addr, length: scene.hugeLength() };
}

const PROTS = [
  [40, PROT.r | PROT.w],
  [14, PROT.r],
  [8, 0],
  [10, PROT.r | PROT.w | PROT.x],
  [5, PROT.r | PROT.x],
  [4, PROT.w],
  [3, PROT.x],
  [3, PROT.w | PROT.x],
] as const;

/** Bits that no system gives a meaning, and PROT_SEM. */
const ODD_PROTS = [8, 0x10, 0x80, 0x8000, 0x4000_0000, 2 ** 31, 2 ** 32, 2 ** 40, PROT.growsdown, PROT.growsup];

export function prot(scene: Scene): number {
  const { dice } = scene;
  const bits = dice.weighted(PROTS);
  return dice.chance(0.03) ? bits + dice.pick(ODD_PROTS) : bits;
}

function mprotectProt(scene: Scene): number {
  const { dice } = scene;
  if (!dice.chance(0.06)) return prot(scene);
  return (
    dice.weighted(PROTS) +
    dice.weighted([
      [6, PROT.growsdown],
      [2, PROT.growsup],
      [1, PROT.growsdown + PROT.growsup],
    ])
  );
}

/** Flags beside the type, MAP_ANONYMOUS and MAP_FIXED, with the chance of each in thousandths. */
const EXTRAS: readonly (readonly [chance: number, flag: number])[] = [
  [60, MAP.noreserve],
  [70, MAP.populate],
  [20, MAP.nonblock],
  [40, MAP.growsdown],
  [40, MAP.locked],
  [20, MAP.stack],
  [15, MAP['32bit']],
  [15, MAP.sync],
  [15, MAP.hugetlb],
  [6, MAP.denywrite],
  [6, MAP.executable],
  [4, MAP.uninitialized],
];
const UNKNOWN = [0x80, 0x200, 0x400, 0x20_0000, 0x40_0000, 0x800_0000, 2 ** 31, 2 ** 32, 2 ** 45];

function mmap(scene: Scene): CallOf<'mmap'> {
  const { dice } = scene;
  const files = [...scene.names('fd'), ...scene.names('pipe')];
  const anonymous = files.length === 0 ? dice.chance(0.97) : dice.chance(0.5);
  let flags = type(scene, anonymous);
  if (anonymous) flags += MAP.anon;
  for (const [chance, flag] of EXTRAS) if (dice.chance(chance / 1000)) flags += flag;
  if (dice.chance(0.02)) flags += dice.pick(UNKNOWN);
  const where = place(scene, flags);
  flags += where.flags;
  const length = mapLength(scene, flags);
  if (flags % (2 * MAP.hugetlb) >= MAP.hugetlb && dice.chance(0.8)) flags += (flags & MAP.noreserve) === 0 ? MAP.noreserve : 0;
  return {
    kind: 'mmap',
    addr: where.addr,
    length,
    prot: prot(scene),
    flags,
    fd: anonymous ? anyDescriptor(scene) : scene.fd(),
    offset: offset(scene, anonymous),
  };
}

function type(scene: Scene, anonymous: boolean): number {
  return scene.dice.weighted([
    [60, MAP_TYPES.private],
    [30, MAP_TYPES.shared],
    [anonymous ? 2 : 8, MAP_TYPES.shared_validate],
    [anonymous ? 6 : 1, MAP_TYPES.droppable],
    [1, 0],
    [1, scene.dice.pick([4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15])],
  ]);
}

/** The address, and the flags that say how it is meant. */
function place(scene: Scene, flags: number): { readonly addr: Value; readonly flags: number } {
  const { dice } = scene;
  const huge = (flags & MAP.hugetlb) !== 0;
  const inArena = (): Value => (huge && dice.chance(0.8) ? scene.value(dice.int(-4, 4) * 512 * PAGE_SIZE, 'arena') : scene.arenaPage());
  return dice.weighted<() => { addr: Value; flags: number }>([
    [50, () => ({ addr: inArena(), flags: MAP.fixed })],
    [20, () => ({ addr: abs(0), flags: 0 })],
    [10, () => ({ addr: inArena(), flags: 0 })],
    [8, () => ({ addr: inArena(), flags: MAP.fixed_noreplace + (dice.chance(0.2) ? MAP.fixed : 0) })],
    [4, () => ({ addr: scene.address(), flags: dice.pick([0, MAP.fixed, MAP.fixed_noreplace]) })],
    [3, () => ({ addr: scene.absurdAddress(), flags: dice.pick([0, MAP.fixed, MAP.fixed, MAP.fixed_noreplace]) })],
    [
      2,
      () => ({ addr: scene.value(dice.int(1, PAGE_SIZE - 1) + dice.int(0, 20) * PAGE_SIZE, 'arena'), flags: dice.pick([0, 0, MAP.fixed]) }),
    ],
    // Below the heap lies what is not the program's: nothing may grow down to it.
    [(flags & MAP.growsdown) !== 0 ? 0 : 1, () => ({ addr: scene.value(dice.int(0, 20) * PAGE_SIZE, 'heap'), flags: MAP.fixed })],
  ])();
}

const VAST = [2 ** 30, 2 ** 33, 2 ** 36, 2 ** 40, 2 ** 44, 2 ** 46, 2 ** 47 - PAGE_SIZE];

function mapLength(scene: Scene, flags: number): Value {
  const { dice } = scene;
  if ((flags & MAP.hugetlb) !== 0 && dice.chance(0.7)) return scene.value(dice.int(1, 3) * 512 * PAGE_SIZE);
  if (dice.chance(0.03)) return scene.hugeLength();
  // Nothing vast may be brought in at once.
  const touches = (flags & (MAP.populate | MAP.locked)) !== 0 || scene.process.space.lockFuture !== 'no';
  if (!touches && dice.chance(0.03)) return scene.value(dice.pick(VAST) + dice.pick([0, 0, PAGE_SIZE, 1, -1]));
  return scene.length();
}

/** What stands in the place of a descriptor where none is looked at. */
const anyDescriptor = (scene: Scene): Value => (scene.dice.chance(0.9) ? abs(-1) : scene.fd());

function offset(scene: Scene, anonymous: boolean): Value {
  const { dice } = scene;
  if (dice.chance(anonymous ? 0.93 : 0.5)) return abs(0);
  return dice.weighted<() => Value>([
    [20, () => abs(dice.int(0, 5) * PAGE_SIZE)],
    [2, () => abs(dice.pick([1, 8, PAGE_SIZE - 1, PAGE_SIZE + 512]))],
    [1, () => abs(2 ** 32)],
    [1, () => abs(-PAGE_SIZE)],
    [1, () => abs(-1)],
    [1, () => scene.value(dice.pick([0, -PAGE_SIZE, -2 * PAGE_SIZE, -8 * PAGE_SIZE]), 'high')],
  ])();
}

/** A mapping is resized where it is, moved, left behind or mapped twice; mostly one that is there, now and then more or less than it. */
function mremap(scene: Scene): CallOf<'mremap'> {
  const { dice } = scene;
  const range = scene.range();
  const flags = remapFlags(scene);
  const isMove = (flags & (MREMAP.fixed | MREMAP.dontunmap)) !== 0;
  const duplicates = dice.chance(0.06);
  const old = duplicates ? abs(0) : range.length;
  const newLength = duplicates ? scene.length() : remapLength(scene, range.length, isMove ? 0.6 : 0.12);
  const call: CallOf<'mremap'> = {
    kind: 'mremap',
    addr: range.addr,
    oldLength: old,
    newLength,
    flags,
    newAddr: isMove || dice.chance(0.04) ? newPlace(scene, range.addr, flags) : abs(0),
  };
  if (!dice.chance(0.04)) return call;
  return dice.weighted<CallOf<'mremap'>>([
    [2, { ...call, addr: scene.absurdAddress() }],
    [2, { ...call, oldLength: scene.hugeLength() }],
    [2, { ...call, newLength: scene.hugeLength() }],
    [1, { ...call, oldLength: abs(900 * PAGE_SIZE) }],
    // Nothing vast is touched: it is only mapped.
    [1, { ...call, newLength: abs(2 ** 42) }],
  ]);
}

function remapFlags(scene: Scene): number {
  const { dice } = scene;
  const flags = dice.weighted([
    [30, MREMAP.maymove],
    [14, 0],
    [30, MREMAP.maymove | MREMAP.fixed],
    [10, MREMAP.maymove | MREMAP.dontunmap],
    [8, MREMAP.maymove | MREMAP.dontunmap | MREMAP.fixed],
    [2, dice.int(0, 7)],
  ]);
  return dice.chance(0.02) ? flags + dice.pick([8, 0x10, 0x1000, 2 ** 31, 2 ** 32]) : flags;
}

/** The old length with the probability, otherwise another near it. */
function remapLength(scene: Scene, old: Value, same: number): Value {
  const { dice } = scene;
  if (dice.chance(same)) return old;
  if (dice.chance(0.1) || old.base !== 'abs' || old.offset < 0 || old.offset > 64 * PAGE_SIZE) return scene.length();
  return abs(
    Math.max(
      0,
      old.offset +
        dice.weighted([
          [6, dice.int(1, 4) * PAGE_SIZE],
          [6, -dice.int(1, 4) * PAGE_SIZE],
          [1, 1],
          [1, -1],
        ]),
    ),
  );
}

function newPlace(scene: Scene, from: Value, flags: number): Value {
  const { dice } = scene;
  const isHint = (flags & MREMAP.fixed) === 0;
  return dice.weighted<() => Value>([
    [60, () => scene.arenaPage()],
    [isHint ? 30 : 1, () => abs(0)],
    [10, () => scene.mappedPage()],
    [6, () => ({ base: from.base, offset: from.offset + dice.int(-3, 6) * PAGE_SIZE })],
    [3, () => scene.value(dice.int(-3, 3) * 512 * PAGE_SIZE, 'arena')],
    [2, () => scene.value(dice.int(0, 20) * PAGE_SIZE + dice.pick([1, 8, PAGE_SIZE - 1]), 'arena')],
    [2, () => scene.absurdAddress()],
  ])();
}

/** Mostly a few pages up or down, never below where the heap began: what is there is not the program's. */
function newBreak(scene: Scene): Value {
  const { dice } = scene;
  return dice.weighted<() => Value>([
    [40, () => scene.value(dice.int(0, 8) * PAGE_SIZE, 'heap')],
    [16, () => scene.value(dice.int(0, 8 * PAGE_SIZE), 'heap')],
    [4, () => scene.value(dice.int(8, 300) * PAGE_SIZE, 'heap')],
    [6, () => abs(dice.pick([0, 0, 1, PAGE_SIZE]))],
    [3, () => scene.absurdAddress()],
    [1, () => scene.value(2 ** 42, 'heap')],
  ])();
}

function setrlimit(scene: Scene): CallOf<'setrlimit'> {
  const { dice } = scene;
  const resource = dice.weighted<number>([
    [8, RLIMIT.as],
    [8, RLIMIT.data],
    [8, RLIMIT.memlock],
    [5, RLIMIT.stack],
    [4, RLIMIT.fsize],
    [4, RLIMIT.nofile],
    [1, dice.pick([16, 17, 100, -1, 0x7fff_ffff, 2 ** 32 + 9])],
  ]);
  const soft = limit(scene, resource);
  // To lower a hard limit is for ever: mostly it is left where it is.
  const hard = dice.weighted<() => Value>([
    [10, () => hardLimit(scene, resource)],
    [2, () => soft],
    [1, () => limit(scene, resource)],
    [1, () => abs(-1)],
  ])();
  return { kind: 'setrlimit', resource, soft, hard };
}

function hardLimit(scene: Scene, resource: number): Value {
  const name = Object.keys(RLIMIT).find((key) => RLIMIT[key as keyof typeof RLIMIT] === resource % 2 ** 32) as keyof typeof RLIMIT;
  const hard = scene.process.limits[name]?.hard ?? Number.POSITIVE_INFINITY;
  return hard >= 2 ** 53 ? abs(-1) : abs(hard);
}

function limit(scene: Scene, resource: number): Value {
  const { dice } = scene;
  const few = (): Value =>
    abs(
      dice.int(0, 12) * PAGE_SIZE +
        dice.weighted([
          [8, 0],
          [1, 1],
          [1, PAGE_SIZE - 1],
        ]),
    );
  const common = dice.weighted<Value | undefined>([
    [14, undefined],
    [3, abs(-1)],
    [1, abs(0)],
    [1, scene.value(0, 'high')],
  ]);
  if (common !== undefined) return common;
  switch (resource) {
    case RLIMIT.as:
      return scene.value(dice.int(0, 24) * PAGE_SIZE + dice.pick([0, 0, 0, 1, PAGE_SIZE - 1]), 'vm');
    case RLIMIT.data:
      return scene.value(dice.int(0, 24) * PAGE_SIZE + dice.pick([0, 0, 0, 1, PAGE_SIZE - 1]), 'vmdata');
    case RLIMIT.nofile:
      return abs(dice.int(0, 10));
    case RLIMIT.memlock:
      // Around all that is mapped mlockall begins to succeed.
      return dice.weighted<() => Value>([
        [5, few],
        [5, () => scene.value(dice.int(0, 24) * PAGE_SIZE, 'vm')],
        [2, () => abs(0)],
      ])();
    default:
      return few();
  }
}

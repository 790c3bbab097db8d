/** Makers of mmap, munmap and mprotect. */
import { has, type Mapping, TRAIT } from '../../../model/memory/mapping.ts';
import { lookup } from '../../../model/world.ts';
import { abs, type CallOf, type Value } from '../../../spec/language/call.ts';
import { MAP, MAP_TYPES, PAGE_SIZE, PROT } from '../../../spec/language/constants.ts';
import type { MakerTable } from '../maker.ts';
import type { Range, Scene } from '../scene.ts';

export const MAPPING_MAKERS = {
  mmap: { weight: 60, make: mmap },
  munmap: { weight: 14, make: (scene) => ({ kind: 'munmap', ...sometimesAbsurd(scene, scene.range()) }) },
  mprotect: { weight: 18, make: mprotect },
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

function mprotect(scene: Scene): CallOf<'mprotect'> {
  const { dice } = scene;
  const grows = dice.chance(0.08);
  const wanted = (mapping: Mapping): boolean => (grows ? has(mapping, TRAIT.growsdown) : (mapping.may & PROT.w) === 0) || dice.chance(0.2);
  const range = grows || dice.chance(0.08) ? scene.range(wanted) : (vastRange(scene) ?? scene.range());
  return { kind: 'mprotect', ...sometimesAbsurd(scene, range), prot: grows ? growing(scene) : prot(scene) };
}

function growing(scene: Scene): number {
  const ends = scene.dice.weighted([
    [6, PROT.growsdown],
    [2, PROT.growsup],
    [1, PROT.growsdown + PROT.growsup],
  ]);
  return scene.dice.weighted(PROTS) + ends;
}

/** Now and then, a whole mapping that is larger than memory, if there is one. */
function vastRange(scene: Scene): Range | undefined {
  const { dice } = scene;
  const names = scene.names('address');
  if (names.length === 0 || !dice.chance(0.5)) return undefined;
  for (let tries = 0; tries < 4; tries++) {
    const name = dice.pick(names);
    const address = lookup(scene.world, name);
    const run = address === undefined ? undefined : scene.process.space.map.runAt(Math.floor(address / PAGE_SIZE));
    if (run === undefined || run.end - run.start < 2 ** 20) continue;
    return { addr: { base: name, offset: 0 }, length: abs((run.end - run.start) * PAGE_SIZE) };
  }
  return undefined;
}

/** Flags beside the type, MAP_ANONYMOUS and MAP_FIXED, with the chance of each in thousandths. */
const EXTRAS: readonly (readonly [chance: number, flag: number])[] = [
  [60, MAP.noreserve],
  [70, MAP.populate],
  [20, MAP.nonblock],
  [60, MAP.growsdown],
  [40, MAP.locked],
  [20, MAP.stack],
  [15, MAP['32bit']],
  [15, MAP.sync],
  [15, MAP.hugetlb],
  [6, MAP.denywrite],
  [6, MAP.executable],
  [4, MAP.uninitialized],
];
/** Binary logarithms of sizes of huge pages, in the place of MAP_UNINITIALIZED and the bits above it: only the first can be had. */
const HUGE_SIZES = [21, 1, 12, 20, 22, 63];
const UNKNOWN = [0x80, 0x200, 0x400, 0x20_0000, 0x40_0000, 0x800_0000, 2 ** 31, 2 ** 32, 2 ** 45];

function mmap(scene: Scene): CallOf<'mmap'> {
  const { dice } = scene;
  // Nothing vast may be brought in at once.
  if (scene.process.space.lockFuture === 'no' && dice.chance(0.016)) return vast(scene);
  const files = [...scene.names('fd'), ...scene.names('pipe')];
  const anonymous = files.length === 0 ? dice.chance(0.97) : dice.chance(0.5);
  let flags = type(scene, anonymous);
  if (anonymous) flags += MAP.anon;
  const scarce = scene.process.limits.memlock.soft < 2 ** 17;
  for (const [chance, flag] of EXTRAS) if (dice.chance(flag === MAP.locked && scarce ? 0.3 : chance / 1000)) flags += flag;
  if (dice.chance(0.02)) flags += dice.pick(UNKNOWN);
  const large = !anonymous && dice.chance(0.02);
  const where = large ? { addr: scene.arenaPage(), flags: 0 } : place(scene, flags);
  flags += where.flags;
  const length = large ? scene.value(dice.pick([512, 513, 1024]) * PAGE_SIZE) : mapLength(scene, flags);
  const isFixed = (flags & (MAP.fixed | MAP.fixed_noreplace)) !== 0;
  const addr = !isFixed && length.offset >= 2 ** 29 ? abs(0) : where.addr;
  if ((flags & MAP.growsdown) !== 0 && dice.chance(0.2)) flags |= MAP.locked;
  if ((flags & MAP.hugetlb) !== 0 && dice.chance(0.1)) flags += dice.pick(HUGE_SIZES) * 2 ** 26;
  // Without a reserve there are huge pages also where there are none.
  if ((flags & MAP.hugetlb) !== 0 && (flags & MAP.noreserve) === 0 && dice.chance(0.7)) flags += MAP.noreserve;
  return {
    kind: 'mmap',
    addr,
    length,
    prot: prot(scene),
    flags,
    fd: anonymous ? anyDescriptor(scene) : scene.fd(),
    offset: offset(scene, anonymous),
  };
}

const VAST = [2 ** 30, 2 ** 33, 2 ** 36, 2 ** 36, 2 ** 40, 2 ** 44, 2 ** 46, 2 ** 47 - PAGE_SIZE];

/** Anonymous memory, more than there is or nearly so. */
function vast(scene: Scene): CallOf<'mmap'> {
  const { dice } = scene;
  const fixed = dice.chance(0.15);
  const flags =
    MAP.anon +
    dice.weighted([
      [9, MAP_TYPES.private],
      [2, MAP_TYPES.shared],
      [1, MAP_TYPES.droppable],
    ]);
  return {
    kind: 'mmap',
    // Without MAP_FIXED only the kernel knows whether there is room for so much at a place in the arena.
    addr: fixed ? scene.arenaPage() : abs(0),
    length: scene.value(dice.pick(VAST) + dice.pick([0, 0, PAGE_SIZE, 1, -1])),
    prot: dice.chance(0.5) ? dice.pick([0, PROT.r]) : prot(scene),
    flags: flags + (dice.chance(0.3) ? MAP.noreserve : 0) + (fixed ? MAP.fixed : 0),
    fd: abs(-1),
    offset: abs(0),
  };
}

function type(scene: Scene, anonymous: boolean): number {
  return scene.dice.weighted([
    [anonymous ? 60 : 50, MAP_TYPES.private],
    [anonymous ? 30 : 55, MAP_TYPES.shared],
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
  const inArena = (): Value =>
    huge && dice.chance(0.8) ? scene.value(dice.pick([-2, -1, -1, 0, 0, 1]) * 512 * PAGE_SIZE, 'arena') : scene.arenaPage();
  return dice.weighted<() => { addr: Value; flags: number }>([
    [50, () => ({ addr: inArena(), flags: MAP.fixed })],
    [20, () => ({ addr: abs(0), flags: 0 })],
    [10, () => ({ addr: inArena(), flags: 0 })],
    [8, () => ({ addr: inArena(), flags: MAP.fixed_noreplace + (dice.chance(0.2) ? MAP.fixed : 0) })],
    [4, () => ({ addr: huge ? inArena() : scene.address(), flags: dice.pick([0, MAP.fixed, MAP.fixed_noreplace]) })],
    [3, () => ({ addr: scene.absurdAddress(), flags: dice.pick([0, MAP.fixed, MAP.fixed, MAP.fixed_noreplace]) })],
    [
      2,
      () => ({ addr: scene.value(dice.int(1, PAGE_SIZE - 1) + dice.int(0, 20) * PAGE_SIZE, 'arena'), flags: dice.pick([0, 0, MAP.fixed]) }),
    ],
    // Below the heap lies what is not the program's: nothing may grow down to it.
    [(flags & MAP.growsdown) !== 0 ? 0 : 1, () => ({ addr: scene.value(dice.int(0, 20) * PAGE_SIZE, 'heap'), flags: MAP.fixed })],
  ])();
}

function mapLength(scene: Scene, flags: number): Value {
  const { dice } = scene;
  if ((flags & MAP.hugetlb) !== 0 && dice.chance(0.7)) return scene.value(dice.int(1, 3) * 512 * PAGE_SIZE);
  if (dice.chance(0.03)) return scene.hugeLength();
  // Large enough to be aligned for huge pages.
  if (dice.chance(0.01)) return scene.value(dice.pick([511, 512, 513, 1024]) * PAGE_SIZE);
  return scene.length();
}

/** What stands in the place of a descriptor where none is looked at. */
const anyDescriptor = (scene: Scene): Value => (scene.dice.chance(0.9) ? abs(-1) : scene.fd());

function offset(scene: Scene, anonymous: boolean): Value {
  const { dice } = scene;
  if (dice.chance(anonymous ? 0.93 : 0.7)) return abs(0);
  return dice.weighted<() => Value>([
    [20, () => abs(dice.int(0, 5) * PAGE_SIZE)],
    [2, () => abs(dice.pick([1, 8, PAGE_SIZE - 1, PAGE_SIZE + 512]))],
    [1, () => abs(2 ** 32)],
    [1, () => abs(-PAGE_SIZE)],
    [1, () => abs(-1)],
    [1, () => scene.value(dice.pick([0, -PAGE_SIZE, -2 * PAGE_SIZE, -8 * PAGE_SIZE]), 'high')],
  ])();
}

/** Maker of mremap. */
import { has, type Mapping, TRAIT } from '../../../model/memory/mapping.ts';
import { abs, type CallOf, type Value } from '../../../spec/language/call.ts';
import { MREMAP, PAGE_SIZE, PROT } from '../../../spec/language/constants.ts';
import type { MakerTable } from '../maker.ts';
import type { Range, Scene } from '../scene.ts';

export const REMAP_MAKERS = {
  mremap: { weight: 16, make: mremap },
} as const satisfies MakerTable;

/** A mapping is resized where it is, moved, left behind or mapped twice; mostly one that is there, now and then more or less than it. */
function mremap(scene: Scene): CallOf<'mremap'> {
  const { dice } = scene;
  if (dice.chance(0.2)) return segmentWithOthers(scene) ?? mremapOf(scene, scene.range());
  if (dice.chance(0.015)) return beyondMemory(scene) ?? mremapOf(scene, scene.range());
  return mremapOf(scene, dice.chance(0.2) ? scene.range(isRare) : scene.range());
}

/** A segment's attachment that is to be moved together with what lies behind it. */
function segmentWithOthers(scene: Scene): CallOf<'mremap'> | undefined {
  const run = scene.mapped((mapping) => has(mapping, TRAIT.shm));
  if (run === undefined || run.addr.base !== 'arena') return undefined;
  const length = abs((run.pages + scene.dice.int(0, 2)) * PAGE_SIZE);
  const flags = MREMAP.maymove | MREMAP.fixed;
  return { kind: 'mremap', addr: run.addr, oldLength: length, newLength: length, flags, newAddr: scene.arenaPage() };
}

/** A mapping that counts for memory, to become larger than there is. One that does not could be had, and lie where nobody foresees. */
function beyondMemory(scene: Scene): CallOf<'mremap'> | undefined {
  const run = scene.mapped(
    ({ prot, shared, traits }) => (prot & PROT.w) !== 0 && !shared && (traits & (TRAIT.noreserve | TRAIT.hugetlb)) === 0,
  );
  if (run === undefined) return undefined;
  const flags = scene.dice.pick([0, MREMAP.maymove]);
  return { kind: 'mremap', addr: run.addr, oldLength: abs(run.pages * PAGE_SIZE), newLength: abs(2 ** 42), flags, newAddr: abs(0) };
}

function mremapOf(scene: Scene, range: Range): CallOf<'mremap'> {
  const { dice } = scene;
  const { data, memlock } = scene.process.limits;
  // Where limits are near, mappings grow.
  if ((data.soft < Number.POSITIVE_INFINITY || memlock.soft < 2 ** 17) && dice.chance(0.2)) {
    const newLength = { ...range.length, offset: range.length.offset + dice.int(1, 6) * PAGE_SIZE };
    return { kind: 'mremap', addr: range.addr, oldLength: range.length, newLength, flags: MREMAP.maymove, newAddr: abs(0) };
  }
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
    newAddr: duplicates && dice.chance(0.3) ? range.addr : isMove || dice.chance(0.04) ? newPlace(scene, range.addr, flags) : abs(0),
  };
  if (!dice.chance(0.04)) return call;
  return dice.weighted<CallOf<'mremap'>>([
    [2, { ...call, addr: scene.absurdAddress() }],
    [2, { ...call, oldLength: scene.hugeLength() }],
    [2, { ...call, newLength: scene.hugeLength() }],
    [1, { ...call, oldLength: abs(900 * PAGE_SIZE) }],
  ]);
}

/** Mappings of which moves have more to say: locked, of huge pages, attached segments. */
const isRare = (mapping: Mapping): boolean => mapping.locked !== 'no' || has(mapping, TRAIT.hugetlb | TRAIT.shm);

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

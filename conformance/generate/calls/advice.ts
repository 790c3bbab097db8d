/** Makers of madvise, msync, mincore and the mlock family. */
import { range as pagesOf } from '../../../model/memory/range.ts';
import { abs, at, type CallOf, type Value } from '../../../spec/language/call.ts';
import { MADV, MCL, MLOCK2, MS, PAGE_SIZE } from '../../../spec/language/constants.ts';
import type { MakerTable } from '../maker.ts';
import type { Range, Scene } from '../scene.ts';

export const ADVICE_MAKERS = {
  madvise: { weight: 40, make: madvise },
  msync: { weight: 5, make: (scene) => ({ kind: 'msync', ...orAbsurd(scene, scene.range()), flags: msyncFlags(scene) }) },
  mincore: { weight: 12, make: mincore },
  mlock: { weight: 10, make: (scene) => ({ kind: 'mlock', ...orAbsurd(scene, scene.range()) }) },
  mlock2: { weight: 5, make: (scene) => ({ kind: 'mlock2', ...orAbsurd(scene, scene.range()), flags: mlock2Flags(scene) }) },
  munlock: { weight: 6, make: (scene) => ({ kind: 'munlock', ...orAbsurd(scene, scene.range(lockedOrAny(scene))) }) },
  mlockall: { weight: 4, make: (scene) => ({ kind: 'mlockall', flags: mlockallFlags(scene) }) },
  munlockall: { weight: 3, make: () => ({ kind: 'munlockall' }) },
} as const satisfies MakerTable;

/** The range, one time in ten with an end of it made absurd. */
function orAbsurd(scene: Scene, range: Range): Range {
  const { dice } = scene;
  if (!dice.chance(0.1)) return range;
  return dice.weighted<() => Range>([
    [4, () => ({ addr: scene.absurdAddress(), length: range.length })],
    [4, () => ({ addr: range.addr, length: scene.hugeLength() })],
    [1, () => ({ addr: scene.absurdAddress(), length: scene.hugeLength() })],
    [1, () => ({ addr: scene.absurdAddress(), length: abs(0) })],
  ])();
}

/** Half of the time only locked memory is looked for. */
function lockedOrAny({ dice }: Scene): Parameters<Scene['range']>[0] {
  return dice.chance(0.5) ? (mapping) => mapping.locked !== 'no' : undefined;
}

const ADVICE = [
  [16, MADV.dontneed],
  [14, MADV.free],
  [10, MADV.guard_install],
  [7, MADV.guard_remove],
  [7, MADV.populate_write],
  [6, MADV.populate_read],
  [6, MADV.wipeonfork],
  [3, MADV.keeponfork],
  [6, MADV.dontfork],
  [3, MADV.dofork],
  [6, MADV.remove],
  [6, MADV.pageout],
  [4, MADV.dontneed_locked],
  [3, MADV.willneed],
  [3, MADV.cold],
  [2, MADV.hugepage],
  [2, MADV.nohugepage],
  [2, MADV.mergeable],
  [2, MADV.unmergeable],
  [2, MADV.collapse],
  [2, MADV.dontdump],
  [2, MADV.dodump],
  [1, MADV.normal],
  [2, MADV.random],
  [2, MADV.sequential],
  [1, MADV.hwpoison],
  [1, MADV.soft_offline],
] as const;

/** Numbers between and beside those that have a meaning. */
const UNKNOWN_ADVICE = [5, 6, 7, 26, 27, 99, 104, 0x1000, -1, -(2 ** 31), 2 ** 31 - 1];

/** More pages than this are not brought in by one call. */
const TOUCHED_MAX = 512;

function madvise(scene: Scene): CallOf<'madvise'> | undefined {
  const { dice } = scene;
  const advice = dice.chance(0.03) ? dice.pick(UNKNOWN_ADVICE) : dice.weighted(ADVICE);
  const { addr, length } = orAbsurd(scene, scene.range(inclined(scene, advice)));
  if (isPopulate(advice) && reaches(scene, addr, length) > TOUCHED_MAX) return undefined;
  return { kind: 'madvise', addr, length, advice };
}

const isPopulate = (advice: number): boolean => advice === MADV.populate_read || advice === MADV.populate_write;

/** Pages up to the first hole: so many a call that stops there works on. */
function reaches(scene: Scene, addr: Value, length: Value): number {
  const { start, end } = pagesOf(scene.world, addr, length);
  return scene.process.space.map.firstHole(start, end) - start;
}

/** Advice that only some mappings take is mostly given to those. */
function inclined({ dice }: Scene, advice: number): Parameters<Scene['range']>[0] {
  if (!dice.chance(0.7)) return undefined;
  switch (advice) {
    case MADV.free:
    case MADV.wipeonfork:
    case MADV.guard_install:
      return (mapping) => mapping.object === undefined && mapping.locked === 'no';
    case MADV.remove:
      return (mapping) => mapping.shared && mapping.locked === 'no';
    case MADV.dontneed_locked:
      return (mapping) => mapping.locked !== 'no';
    default:
      return undefined;
  }
}

const MSYNC_FLAGS = [
  [6, MS.sync],
  [4, MS.async],
  [6, MS.sync | MS.invalidate],
  [4, MS.async | MS.invalidate],
  [2, MS.invalidate],
  [2, 0],
  [1, MS.sync | MS.async],
  [1, MS.sync | MS.async | MS.invalidate],
] as const;
const UNKNOWN_BITS = [0x8, 0x10, 0x100, 0x4000_0000, -(2 ** 31)];

const msyncFlags = ({ dice }: Scene): number => dice.weighted(MSYNC_FLAGS) | (dice.chance(0.04) ? dice.pick(UNKNOWN_BITS) : 0);

const mlock2Flags = ({ dice }: Scene): number =>
  (dice.chance(0.75) ? MLOCK2.onfault : 0) | (dice.chance(0.06) ? dice.pick([0x2, 0x4, ...UNKNOWN_BITS]) : 0);

const MLOCKALL_FLAGS = [
  [6, MCL.future],
  [5, MCL.current],
  [3, MCL.current | MCL.future],
  [3, MCL.future | MCL.onfault],
  [3, MCL.current | MCL.onfault],
  [2, MCL.current | MCL.future | MCL.onfault],
  [2, MCL.onfault],
  [1, 0],
] as const;

const mlockallFlags = ({ dice }: Scene): number => dice.weighted(MLOCKALL_FLAGS) | (dice.chance(0.05) ? dice.pick(UNKNOWN_BITS) : 0);

function mincore(scene: Scene): CallOf<'mincore'> {
  const { dice } = scene;
  const { addr, length } = orAbsurd(scene, scene.range());
  const vec = dice.weighted<() => Value>([
    [12, () => at('buf')],
    [4, () => vecAddress(scene)],
    [1, () => scene.absurdAddress()],
  ])();
  return { kind: 'mincore', addr, length: vec.base === 'buf' ? length : fewPages(scene, length), vec };
}

/** What is told of a few pages can be told apart when memory holds it. */
function fewPages({ dice }: Scene, length: Value): Value {
  return dice.chance(0.8) ? abs(dice.int(1, 3) * PAGE_SIZE - (dice.chance(0.1) ? 1 : 0)) : length;
}

/** Memory of the program, often at the end of a page, so that the answer passes into the next. */
function vecAddress(scene: Scene): Value {
  const { dice } = scene;
  const page = dice.chance(0.8) ? scene.mappedPage((mapping) => (mapping.prot & 2) !== 0) : scene.address();
  return { base: page.base, offset: page.offset + dice.pick([0, 0, 8, PAGE_SIZE - 1, PAGE_SIZE - 2]) };
}

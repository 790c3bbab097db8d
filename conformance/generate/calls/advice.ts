/** Makers of madvise, msync, mincore and the mlock family. */

import { isKnown } from '../../../model/memory/knowledge.ts';
import type { Mapping } from '../../../model/memory/mapping.ts';
import { range as pagesOf } from '../../../model/memory/range.ts';
import { pagesUp, word } from '../../../model/memory/word.ts';
import { lookup } from '../../../model/world.ts';
import { abs, at, type CallOf, type Value } from '../../../spec/language/call.ts';
import { MADV, MCL, MLOCK2, MS, PAGE_SIZE, SEAL } from '../../../spec/language/constants.ts';
import type { MakerTable } from '../maker.ts';
import type { Range, Scene } from '../scene.ts';

export const ADVICE_MAKERS = {
  madvise: { weight: 40, make: madvise },
  msync: { weight: 5, make: (scene) => onRange(scene, undefined, (range) => ({ kind: 'msync', ...range, flags: msyncFlags(scene) })) },
  mincore: { weight: 12, make: mincore },
  mlock: { weight: 10, make: (scene) => onRange(scene, undefined, (range) => ({ kind: 'mlock', ...range })) },
  mlock2: { weight: 5, make: (scene) => onRange(scene, undefined, (range) => ({ kind: 'mlock2', ...range, flags: mlock2Flags(scene) })) },
  munlock: { weight: 6, make: (scene) => onRange(scene, lockedOrAny(scene), (range) => ({ kind: 'munlock', ...range })) },
  mlockall: { weight: 7, make: (scene) => ({ kind: 'mlockall', flags: mlockallFlags(scene) }) },
  munlockall: { weight: 3, make: () => ({ kind: 'munlockall' }) },
} as const satisfies MakerTable;

function onRange<C>(scene: Scene, filter: Filter, make: (range: Range) => C): C | undefined {
  const aim = aimed(scene, filter);
  return aim === undefined ? undefined : make(withinKnown(scene, orAbsurd(scene, aim)));
}

/**
 * The range, cut to its first page where it leaves a mapping that the kernel placed: what comes next is not the program's, and a limit
 * or a hole that ends the call before that matters may not be there where other mappings have other neighbours.
 */
function withinKnown({ world, process }: Scene, range: Range): Range {
  if (lookup(world, range.addr.base) === undefined) return range;
  const start = word(world, range.addr).page;
  const end = start + pagesUp(word(world, range.length));
  return isKnown(world, process.space, start, end) ? range : { addr: range.addr, length: abs(PAGE_SIZE) };
}

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

/** Somewhere in mapped memory or across its edges; where nothing is mapped that passes the filter, mostly nothing at all. */
function aimed(scene: Scene, filter?: Filter): Range | undefined {
  if (scene.mapped(filter) === undefined && scene.dice.chance(0.7)) return undefined;
  return scene.range(filter);
}

type Filter = Parameters<Scene['range']>[0];

/** One time in two only locked memory is looked for. */
function lockedOrAny({ dice }: Scene): Filter {
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

const HUGE_PAGES = 512;

/** More pages than this are not brought in by one call. */
const TOUCHED_MAX = 512;

function madvise(scene: Scene): CallOf<'madvise'> | undefined {
  const { dice } = scene;
  const sealed = sealedRange(scene);
  if (sealed !== undefined) return { kind: 'madvise', ...sealed, advice: MADV.remove };
  const advice = dice.chance(0.03) ? dice.pick(UNKNOWN_ADVICE) : dice.weighted(ADVICE);
  const huge = advice === MADV.collapse ? hugeRange(scene) : undefined;
  const aim = huge ?? aimed(scene, inclined(scene, advice));
  if (aim === undefined) return undefined;
  const chosen = orAbsurd(scene, aim);
  const { addr, length } = isPopulate(advice) ? withinKnown(scene, chosen) : chosen;
  if (isPopulate(advice) && reaches(scene, addr, length) > TOUCHED_MAX) return undefined;
  return { kind: 'madvise', addr, length, advice };
}

const isPopulate = (advice: number): boolean => advice === MADV.populate_read || advice === MADV.populate_write;

/** A memfd that was mapped before it was sealed against writing is rare: where there is one, it is tried. */
function sealedRange(scene: Scene): Range | undefined {
  const { dice, world } = scene;
  const isSealed = ({ object, may }: Mapping): boolean =>
    object !== undefined && (may & 2) !== 0 && ((world.objects.get(object)?.seals ?? 0) & SEAL.future_write) !== 0;
  if (scene.names('fd').length === 0 || scene.mapped(isSealed) === undefined || dice.chance(0.1)) return undefined;
  return scene.range(isSealed);
}

/** Whole huge pages in memory that is large enough to hold some; undefined where there is none. */
function hugeRange(scene: Scene): Range | undefined {
  const run = scene.mapped();
  if (run === undefined || run.pages < HUGE_PAGES) return undefined;
  const skipped = (HUGE_PAGES - (run.start % HUGE_PAGES)) % HUGE_PAGES;
  const pages = Math.min(run.pages - skipped, HUGE_PAGES * scene.dice.int(0, 2));
  return { addr: { base: run.addr.base, offset: run.addr.offset + skipped * PAGE_SIZE }, length: abs(pages * PAGE_SIZE) };
}

/** Pages up to the first hole: so many a call that stops there works on. */
function reaches(scene: Scene, addr: Value, length: Value): number {
  const { start, end } = pagesOf(scene.world, addr, length);
  return scene.process.space.map.firstHole(start, end) - start;
}

/** Advice that only some mappings take is mostly given to those. */
function inclined({ dice }: Scene, advice: number): Filter {
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

/** Where the limit is high enough for everything, everything is mostly locked. */
function mlockallFlags({ dice, world, process }: Scene): number {
  const isRoomy = process.limits.memlock.soft >= world.host.vm && dice.chance(0.7);
  const flags = isRoomy
    ? MCL.current | (dice.chance(0.4) ? MCL.future : 0) | (dice.chance(0.3) ? MCL.onfault : 0)
    : dice.weighted(MLOCKALL_FLAGS);
  return flags | (dice.chance(0.05) ? dice.pick(UNKNOWN_BITS) : 0);
}

function mincore(scene: Scene): CallOf<'mincore'> | undefined {
  const { dice } = scene;
  const aim = aimed(scene);
  if (aim === undefined) return undefined;
  const { addr, length } = orAbsurd(scene, aim);
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

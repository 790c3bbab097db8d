/** mremap(addr, oldLength, newLength, flags, newAddr). Clauses mremap.* */
import type { ClauseId } from '../../spec/clauses.ts';
import type { CallOf } from '../../spec/language/call.ts';
import type { Outcome } from '../../spec/language/outcome.ts';
import { type Allowed, give, type Open, type Ruling, refusals, refuse } from '../allowed.ts';
import { objectOf, type Process, processOf, type World, withSpace } from '../world.ts';
import { isData, keepApart, unmap } from './address-space.ts';
import { isKnown, place } from './knowledge.ts';
import { lockedRoom, passesAddressSpace, passesData, passesMemory } from './limits.ts';
import { has, type Mapping, TRAIT, unguarded } from './mapping.ts';
import { isHugePageAligned } from './mmap-request.ts';
import { joined, type Move, move, moved, moveKeeping, unsureLocks } from './move.ts';
import { judgeMove, UNSURE_LOCKS } from './mremap-move.ts';
import { inHugePages, parameterRefusals, type Remap, remap } from './mremap-request.ts';
import { cutOff, HUGE_PAGES } from './munmap.ts';
import { beyondEnd } from './object.ts';
import { atHint, isFreePlace, lowestPage, mayLackRoom, typicalPlace, userPages, type Wish } from './placement.ts';
import { populate } from './populate.ts';
import { addressOf } from './word.ts';

/** The mapping at the address, with its run of pages. */
export interface Source {
  readonly mapping: Mapping;
  readonly start: number;
  readonly end: number;
}

const FOREIGN: Open = { open: 'moves or changes memory that is not the program’s' };

export function judgeMremap(world: World, process: Process, call: CallOf<'mremap'>): Ruling {
  const given = remap(world, call);
  const wrong = parameterRefusals(world, given);
  if (wrong.length > 0) return wrong;
  if (!isKnown(world, process.space, given.start, given.start + 1)) return FOREIGN;
  const run = process.space.map.runAt(given.start);
  if (run === undefined) return [refuse('mremap.unmapped', 'EFAULT', world)];
  const asked = has(run.value, TRAIT.hugetlb) ? inHugePages(given) : given;
  if (has(run.value, TRAIT.hugetlb) && !suitsHugePages(asked)) return [refuse('mremap.huge-page', 'EINVAL', world)];
  if (asked.fixed && !isKnown(world, process.space, asked.target.page, asked.target.page + asked.newPages)) return FOREIGN;
  if (asked.fixed && asked.oldPages === asked.newPages) return judgeMove(world, process, asked);
  const source: Source = { mapping: run.value, start: run.start, end: run.end };
  if (!asked.fixed && !asked.keeps && asked.newPages <= asked.oldPages) return inPlace(world, process, asked);
  return elsewhere(world, process, asked, source);
}

/** Clause mremap.huge-page */
function suitsHugePages({ start, target, oldPages, newPages, keeps, fixed }: Remap): boolean {
  const movable = !keeps || fixed;
  return start % HUGE_PAGES === 0 && isHugePageAligned(target) && newPages <= oldPages && movable;
}

/** No larger, and not moved. */
function inPlace(world: World, process: Process, { start, oldPages, newPages }: Remap): Ruling {
  if (oldPages === newPages) return [give(['mremap.same'], addressOf(start), world)];
  const cut = cutOff(world, process, start + newPages, start + oldPages);
  if ('open' in cut) return cut;
  if ('errno' in cut) return [refuse(cut.clause === 'munmap.beyond-user' ? 'mremap.shrink-beyond-user' : cut.clause, cut.errno, world)];
  return [give(['mremap.shrinks'], addressOf(start), cut.world)];
}

/** Larger, or moved, or both. */
function elsewhere(world: World, process: Process, asked: Remap, source: Source): Ruling {
  const pages = Math.min(asked.oldPages, asked.newPages);
  const end = asked.start + asked.oldPages;
  if (end <= userPages(world) && !isKnown(world, process.space, asked.start, end)) return FOREIGN;
  const checked = sourceRefusals(world, process, asked, source);
  const maybe = [...checked.may];
  // Mappings that are alike may be one, and then the range lies in one mapping.
  if (asked.start + pages > source.end) {
    const across = refuse('mremap.across', 'EFAULT', failedWorld(world, process, asked));
    if (asked.start + pages > joined(process.space, source.start, source.end).end) checked.must.push(across);
    else maybe.push(across);
  }
  if (checked.must.length > 0) return [...checked.must, ...maybe].map((refusal) => (asked.fixed ? failing(refusal) : refusal));
  const done = asked.fixed
    ? toFixed(world, process, asked, source)
    : asked.keeps
      ? toHint(world, process, asked, source)
      : grown(world, process, asked, source);
  return 'open' in done ? done : [...done, ...maybe];
}

/** What the mapping at the address refuses, and limits; those that must come and those that may. */
function sourceRefusals(
  world: World,
  process: Process,
  { oldPages, newPages, keeps, fixed, target, ...rest }: Remap,
  { mapping }: Source,
): { readonly must: Allowed[]; readonly may: readonly Allowed[] } {
  const failed = failedWorld(world, process, { oldPages, newPages, keeps, fixed, target, ...rest });
  const more = newPages > oldPages ? newPages - oldPages : 0;
  const added = keeps ? newPages : more;
  const room = more > 0 && mapping.locked !== 'no' ? lockedRoom(world, process, more, 0) : 'left';
  const shared = mapping.shared;
  const refusesKeeping = keeps && world.choices['mremap.dontunmap'] === 'private-anonymous' && (shared || mapping.object !== undefined);
  const must = refusals(
    failed,
    [oldPages === 0 && !shared, 'mremap.duplicate-private', 'EINVAL'],
    [refusesKeeping, 'mremap.dontunmap', 'EINVAL'],
    [room === 'exceeded', 'mremap.locked-limit', 'EAGAIN'],
    [added > 0 && passesAddressSpace(world, process, added), 'mremap.address-space-limit', 'ENOMEM'],
    [added > 0 && isData(mapping) && passesData(world, process, added), 'mremap.data-limit', 'ENOMEM'],
    [!fixed && counts(mapping) && passesMemory(world, added), 'mremap.memory', 'ENOMEM'],
    [!fixed && keeps && target.page > 0 && target.page < lowestPage(world), 'mremap.new-low', 'EPERM'],
  );
  // Memory that could be written once may still be counted.
  const once = !shared && !counts(mapping) && !has(mapping, TRAIT.noreserve) && passesMemory(world, added);
  const may = refusals(failed, [room === 'unknown', 'mremap.locked-limit', 'EAGAIN'], [once, 'mremap.memory', 'ENOMEM']);
  return { must, may };
}

/** Private and writable, and not without reserve: counted against the machine's memory. */
const counts = (mapping: Mapping): boolean => !mapping.shared && (mapping.prot & 2) !== 0 && !has(mapping, TRAIT.noreserve | TRAIT.hugetlb);

const failing = (refusal: Allowed): Allowed => ({ ...refusal, clauses: [...refusal.clauses, 'mremap.fixed-fails'] });

/** Clause mremap.fixed-fails: what is left of a call that fails for what it finds at the old address. */
function failedWorld(world: World, process: Process, { fixed, target, newPages }: Remap): World {
  if (!fixed || world.choices['mremap.fixed-fails'] === 'kept') return world;
  return withSpace(world, process, unmap(process.space, target.page, target.page + newPages));
}

/** To a place that is ordered, becoming larger or smaller there; what is mapped there goes first. */
function toFixed(world: World, process: Process, asked: Remap, source: Source): readonly Allowed[] | Open {
  const { start, newPages, target } = asked;
  const cleared = cutOff(world, process, target.page, target.page + newPages);
  if ('open' in cleared) return cleared;
  if ('errno' in cleared) return [refuse(cleared.clause, cleared.errno, world)];
  let after = cleared.world;
  if (start >= target.page && start < target.page + newPages) return [refuse('mremap.duplicate-onto-itself', 'EFAULT', after)];
  let pages = asked.oldPages;
  if (newPages < pages) {
    const cut = cutOff(after, processOf(after, process.name), start + newPages, start + pages);
    if ('open' in cut) return cut;
    if ('errno' in cut) return [refuse(cut.clause, cut.errno, after)];
    after = cut.world;
    pages = newPages;
  }
  if (target.page < lowestPage(world)) return [refuse('mremap.new-low', 'EPERM', after)];
  if (counts(source.mapping) && passesMemory(world, newPages - pages)) return [refuse('mremap.memory', 'ENOMEM', after)];
  const by: ClauseId = asked.oldPages === 0 ? 'mremap.duplicates' : 'mremap.moves';
  const next = arrived(after, process.name, { from: start, pages, to: target.page, newPages, keeps: false, by }, source.mapping);
  return [give(['mremap.fixed', by, ...growing(world, asked, source)], addressOf(target.page), next)];
}

/** The world in which the pages are at their new place; a duplicate leaves the old ones alone. */
function arrived(world: World, name: string, how: Move, mapping: Mapping): World {
  const process = processOf(world, name);
  const { from, pages, to, newPages, by } = how;
  const space =
    pages === 0
      ? place(world, process.space, to, to + newPages, unguarded(moved(mapping, to - from, by)))
      : move(world, process.space, how);
  const after = withSpace(world, process, space);
  return newPages > pages && mapping.locked === 'yes' ? populate(after, name, to + pages, to + newPages) : after;
}

/** MREMAP_DONTUNMAP without MREMAP_FIXED: the new address is a hint. */
function toHint(world: World, process: Process, asked: Remap, source: Source): readonly Allowed[] | Open {
  const { start, newPages, target } = asked;
  const wanted = wish(newPages, source.mapping);
  if (unsureLocks(world, process.space, start, start + newPages)) return { open: UNSURE_LOCKS };
  const go = (to: number): World => withSpace(world, process, moveKeeping(world, process.space, start, newPages, to));
  const why: ClauseId[] = process.space.map.within(start, start + newPages).some(({ value }) => value.locked !== 'no')
    ? ['mremap.dontunmap-locked']
    : [];
  const free = target.page !== 0 && wanted.alignment === 1 && atHint(world, process.space, target.page, newPages) === 'free';
  if (!free || world.choices['mmap.hint'] !== 'taken') {
    return [chosen(world, process, wanted, ['mremap.dontunmap', 'mmap.place', ...why], go), ...noRoom(world, wanted)];
  }
  const taken: Allowed = {
    clauses: ['mremap.dontunmap', 'mmap.hint', ...why],
    expected: { kind: 'value', value: addressOf(target.page) },
    next: () => go(target.page),
  };
  if (!isPadded(source.mapping, newPages)) return [taken];
  return [taken, chosen(world, process, wanted, ['mremap.dontunmap', 'mmap.hint-padded', ...why], go)];
}

const isPadded = ({ object }: Mapping, pages: number): boolean => object !== undefined && pages >= HUGE_PAGES;

const wish = (pages: number, mapping: Mapping): Wish => ({
  pages,
  alignment: has(mapping, TRAIT.hugetlb) ? HUGE_PAGES : 1,
  ceiling: Number.POSITIVE_INFINITY,
});

/** At a place of the kernel's choice. */
function chosen(
  world: World,
  { space }: Process,
  wanted: Wish,
  clauses: readonly [ClauseId, ...ClauseId[]],
  go: (to: number) => World | undefined,
): Allowed {
  const typical = typicalPlace(world, wanted);
  return {
    clauses,
    expected: {
      kind: 'some',
      text: 'the address of a free place that the kernel chose',
      accepts: (outcome) => isFreePlace(world, space, wanted, outcome),
      typical: typical === undefined ? { kind: 'errno', errno: 'ENOMEM' } : { kind: 'value', value: addressOf(typical) },
    },
    next: (outcome: Outcome) => (outcome.kind === 'value' ? go(outcome.value / addressOf(1)) : undefined),
  };
}

const noRoom = (world: World, wanted: Wish): Allowed[] => refusals(world, [mayLackRoom(wanted), 'mmap.no-room', 'ENOMEM']);

/** Larger, at the place where it is if there is room, or else at another. */
function grown(world: World, process: Process, asked: Remap, source: Source): readonly Allowed[] | Open {
  const { start, oldPages, newPages } = asked;
  const { space } = process;
  const end = start + oldPages;
  // A range of several mappings can only go on if they are one.
  const last = end > source.end ? joined(space, source.start, source.end).end : source.end;
  const free = oldPages > 0 && end === last ? roomAt(world, process, end, start + newPages) : 'none';
  const wanted = wish(newPages, source.mapping);
  const by: ClauseId = oldPages === 0 ? 'mremap.duplicates' : 'mremap.moves';
  const also = growing(world, asked, source);
  const why: [ClauseId, ...ClauseId[]] = oldPages === 0 ? [by, ...also] : ['mremap.grows-elsewhere', by, ...also];
  const away = asked.mayMove
    ? [
        chosen(world, process, wanted, why, (to) =>
          arrived(world, process.name, { from: start, pages: oldPages, to, newPages, keeps: false, by }, source.mapping),
        ),
        ...noRoom(world, wanted),
      ]
    : [refuse('mremap.stuck', 'ENOMEM', world)];
  if (free === 'none') return away;
  const mapping = unguarded(space.map.get(end - 1)!);
  const larger = withSpace(world, process, place(world, keepApart(space, start + newPages, mapping), end, start + newPages, mapping));
  const here = give(
    ['mremap.grows-in-place', ...also],
    addressOf(start),
    mapping.locked === 'yes' ? populate(larger, process.name, end, start + newPages) : larger,
  );
  // What lies behind memory that the kernel placed is not known: there, no room is foreseen.
  if (free === 'unknown') return [...away, here];
  return world.choices['mremap.grows-in-place'] === 'may-move' ? [here, ...away] : [here];
}

/** What else decides of pages that are added. */
function growing(world: World, { start, oldPages, newPages }: Remap, { mapping }: Source): readonly ClauseId[] {
  if (newPages <= oldPages) return [];
  const clauses: ClauseId[] = [];
  if (mapping.locked === 'yes') clauses.push('mremap.locked-populates');
  if (mapping.object !== undefined && beyondEnd(objectOf(world, mapping.object), start + mapping.delta + newPages - 1)) {
    clauses.push('mremap.beyond-end');
  }
  return clauses;
}

/** Whether [start, end) is free for a mapping to grow into. */
function roomAt(world: World, { space }: Process, start: number, end: number): 'free' | 'none' | 'unknown' {
  if (end > userPages(world) || space.map.overlaps(start, end)) return 'none';
  return isKnown(world, space, start, end) ? 'free' : 'unknown';
}

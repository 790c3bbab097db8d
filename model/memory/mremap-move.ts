/** mremap with MREMAP_FIXED and a length that stays: a range is moved as it is, which may be of several mappings. Clauses mremap.* */
import type { ClauseId } from '../../spec/clauses.ts';
import type { Errno } from '../../spec/language/constants.ts';
import { give, type Open, type Ruling, refuse } from '../allowed.ts';
import { type Process, processOf, type World, withSpace } from '../world.ts';
import { isData } from './address-space.ts';
import { isKnown } from './knowledge.ts';
import { passesAddressSpace, passesData } from './limits.ts';
import { alike, has, type Mapping, TRAIT } from './mapping.ts';
import { joined, move, moveKeeping, unsureLocks } from './move.ts';
import type { Remap } from './mremap-request.ts';
import { cutOff } from './munmap.ts';
import { lowestPage } from './placement.ts';
import { addressOf } from './word.ts';

interface Part {
  readonly start: number;
  readonly end: number;
  readonly value: Mapping;
}

export function judgeMove(world: World, process: Process, asked: Remap): Ruling {
  const { start, oldPages, target } = asked;
  const end = start + oldPages;
  if (!isKnown(world, process.space, start, end)) return { open: 'moves memory that is not the program’s' };
  const parts = process.space.map.within(start, end);
  const several = parts.length > 1;
  const isOne = !several && parts[0]!.end === end;
  if (several && parts.some(({ value }) => has(value, TRAIT.hugetlb))) return { open: 'moves huge pages together with others' };
  const across = refuse('mremap.several', 'EFAULT', world);
  // Mappings that are alike may be one, and then it is one that is moved.
  const mayBeOne = process.space.map.covers(start, end) && parts.every(({ value }) => alike(value, parts[0]!.value));
  if (!isOne && !mayBeOne && world.choices['mremap.several'] === 'efault') return [across];
  const alone = isOne || mayBeOne;
  let after = world;
  for (const part of parts) {
    const goal: Goal = { to: part.start - start + target.page, keeps: asked.keeps, end, alone };
    const next = movePart(after, process.name, part, goal);
    if ('open' in next) return next;
    if ('errno' in next) return [refuse(next.clause, next.errno, next.world)];
    after = next.world;
  }
  const clauses: [ClauseId, ...ClauseId[]] = asked.keeps ? ['mremap.dontunmap', 'mremap.fixed'] : ['mremap.fixed', 'mremap.moves'];
  if (!isOne) clauses.push('mremap.several');
  if (asked.keeps && parts.some(({ value }) => value.locked !== 'no')) clauses.push('mremap.dontunmap-locked');
  const success = give(clauses, addressOf(target.page), after);
  if (isOne) return [success];
  const isSegment = has(parts[0]!.value, TRAIT.shm);
  if (isSegment) return [success, refuse('mremap.segment', 'EFAULT', world)];
  return world.choices['mremap.several'] === 'efault' ? [success, across] : [success];
}

export const UNSURE_LOCKS = 'which pages lose their locks, where mappings may have been joined';

type Moved = { readonly world: World } | { readonly clause: ClauseId; readonly errno: Errno; readonly world: World } | Open;

interface Goal {
  readonly to: number;
  readonly keeps: boolean;
  /** The end of the whole range. */
  readonly end: number;
  /** It is all that is moved. */
  readonly alone: boolean;
}

/** One mapping, or as much of it as lies in the range: what is mapped at its new place goes first. */
function movePart(world: World, name: string, part: Part, { to, keeps, end, alone }: Goal): Moved {
  const pages = part.end - part.start;
  const process = processOf(world, name);
  if (keeps && has(part.value, TRAIT.hugetlb)) return { clause: 'mremap.huge-page', errno: 'EINVAL', world };
  // A segment's attachment is only moved by itself.
  if (has(part.value, TRAIT.shm) && !alone) return { clause: 'mremap.segment', errno: 'EFAULT', world };
  const cleared = cutOff(world, process, to, to + pages);
  if ('open' in cleared) return cleared;
  if ('errno' in cleared) return { ...cleared, world };
  const after = cleared.world;
  const { space } = processOf(after, name);
  if (keeps && unsureLocks(world, space, part.start, part.end)) return { open: UNSURE_LOCKS };
  const limited = keeps ? keepingLimit(after, processOf(after, name), part, end) : undefined;
  if (limited !== undefined) return 'open' in limited ? limited : { ...limited, world: after };
  if (to < lowestPage(world)) return { clause: 'mremap.new-low', errno: 'EPERM', world: after };
  const how = { from: part.start, pages, to, newPages: pages, keeps: false, by: 'mremap.moves' } as const;
  const gone = keeps ? moveKeeping(after, space, part.start, pages, to) : move(after, space, how);
  return { world: withSpace(after, processOf(after, name), gone) };
}

/** What stays mapped counts a second time, mapping by mapping. */
function keepingLimit(
  world: World,
  process: Process,
  part: Part,
  end: number,
): { readonly clause: ClauseId; readonly errno: Errno } | Open | undefined {
  const passes = (pages: number): { readonly clause: ClauseId; readonly errno: Errno } | undefined => {
    if (passesAddressSpace(world, process, pages)) return { clause: 'mremap.address-space-limit', errno: 'ENOMEM' };
    return isData(part.value) && passesData(world, process, pages) ? { clause: 'mremap.data-limit', errno: 'ENOMEM' } : undefined;
  };
  const alone = passes(part.end - part.start);
  if (alone !== undefined) return alone;
  const whole = Math.min(end, joined(process.space, part.start, part.end).end);
  return passes(whole - part.start) === undefined ? undefined : { open: 'a limit that depends on which mappings have been joined' };
}

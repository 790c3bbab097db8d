/** munmap(addr, length). Clauses munmap.* */
import type { ClauseId } from '../../spec/clauses.ts';
import type { CallOf } from '../../spec/language/call.ts';
import { type Errno, PAGE_SIZE } from '../../spec/language/constants.ts';
import { give, type Open, type Ruling, refusals } from '../allowed.ts';
import { type Process, type World, withSpace } from '../world.ts';
import { type AddressSpace, unmap } from './address-space.ts';
import { isKnown } from './knowledge.ts';
import { has, TRAIT } from './mapping.ts';
import { userPages } from './placement.ts';
import { endsBeyondUser, range } from './range.ts';
import { bytesOf } from './word.ts';

/** Pages in a huge page of the default size. */
export const HUGE_PAGES = 512;

export function judgeMunmap(world: World, process: Process, call: CallOf<'munmap'>): Ruling {
  const asked = range(world, call.addr, call.length);
  const refused = refusals(
    world,
    [!asked.aligned && world.choices['munmap.unaligned'] === 'einval', 'munmap.unaligned', 'EINVAL'],
    [asked.empty && world.choices['munmap.length-zero'] === 'einval', 'munmap.length-zero', 'EINVAL'],
    [endsBeyondUser(world, asked), 'munmap.beyond-user', 'EINVAL'],
  );
  if (refused.length > 0) return refused;
  if (asked.empty) return [give(['munmap.length-zero'], 0, world)];
  const { start } = asked;
  const end = start + Math.ceil((asked.addr.offset + bytesOf(asked.length)) / PAGE_SIZE);
  if (!isKnown(world, process.space, start, end)) return { open: 'unmaps memory that is not the program’s' };
  const hole = !process.space.map.covers(start, end);
  const broken = refusals(
    world,
    [cutsHugePage(process.space, start, end), 'munmap.huge-page', 'EINVAL'],
    [hole && world.choices['munmap.hole'] === 'einval', 'munmap.hole', 'EINVAL'],
  );
  if (broken.length > 0) return broken;
  const clauses: [ClauseId, ...ClauseId[]] = ['munmap.unmaps'];
  if (asked.length.offset !== 0) clauses.push('munmap.whole-pages');
  if (hole) clauses.push('munmap.hole');
  return [give(clauses, 0, withSpace(world, process, unmap(process.space, start, end)))];
}

/** What is left when a call takes the pages [start, end) away, mapped or not; or why it cannot, or that nobody knows. */
export type Cut = { readonly world: World } | { readonly clause: ClauseId; readonly errno: Errno } | Open;

export function cutOff(world: World, process: Process, start: number, end: number): Cut {
  if (end > userPages(world)) return { clause: 'munmap.beyond-user', errno: 'EINVAL' };
  if (!isKnown(world, process.space, start, end)) return { open: 'takes away memory that is not the program’s' };
  if (cutsHugePage(process.space, start, end)) return { clause: 'munmap.huge-page', errno: 'EINVAL' };
  return { world: withSpace(world, process, unmap(process.space, start, end)) };
}

/** True when the range begins or ends inside a huge page. */
export function cutsHugePage({ map }: AddressSpace, start: number, end: number): boolean {
  const cuts = (page: number): boolean => {
    const mapping = page % HUGE_PAGES === 0 ? undefined : map.get(page);
    return mapping !== undefined && has(mapping, TRAIT.hugetlb);
  };
  return cuts(start) || cuts(end);
}

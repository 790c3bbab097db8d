/** munmap(addr, length). Clauses munmap.* */
import type { CallOf } from '../../spec/language/call.ts';
import { give, type Ruling, refusals } from '../allowed.ts';
import { type Process, type World, withSpace } from '../world.ts';
import { type AddressSpace, unmap } from './address-space.ts';
import { isKnown } from './knowledge.ts';
import { has, TRAIT } from './mapping.ts';
import { endsBeyondUser, range } from './range.ts';

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
  const end = asked.aligned ? asked.end : start + Math.ceil((asked.addr.offset + asked.length.page * 4096 + asked.length.offset) / 4096);
  if (!isKnown(world, process.space, start, end)) return { open: 'unmaps memory that is not the program’s' };
  const broken = refusals(
    world,
    [cutsHugePage(process.space, start, end), 'munmap.huge-page', 'EINVAL'],
    [world.choices['munmap.hole'] === 'einval' && !process.space.map.covers(start, end), 'munmap.hole', 'EINVAL'],
  );
  if (broken.length > 0) return broken;
  const whole = asked.length.offset === 0;
  const hole = !process.space.map.covers(start, end);
  const after = withSpace(world, process, unmap(process.space, start, end));
  if (hole) return [give(['munmap.hole', 'munmap.unmaps'], 0, after)];
  return [give(whole ? ['munmap.unmaps'] : ['munmap.whole-pages', 'munmap.unmaps'], 0, after)];
}

/** True when the range begins or ends inside a huge page. */
export function cutsHugePage({ map }: AddressSpace, start: number, end: number): boolean {
  return [start, end].some((page) => {
    if (page % HUGE_PAGES === 0) return false;
    const below = map.get(page - 1);
    const above = map.get(page);
    return below !== undefined && above !== undefined && below === above && has(above, TRAIT.hugetlb);
  });
}

/**
 * What the model knows of an address space: the program shares it with the memory that its process had before the program began, and of that
 * the model knows nothing.
 */
import { PAGE_SIZE } from '../../spec/language/constants.ts';
import type { World } from '../world.ts';
import { type AddressSpace, map } from './address-space.ts';
import type { Mapping } from './mapping.ts';

/** Pages to either side of `arena`, and above `heap`, that hold nothing but what the program maps. */
export const ZONE_PAGES = 2 ** 29 / PAGE_SIZE;

/** No system puts anything of its own below 64 KiB, whatever it lets programs map there. */
const LOW_PAGES = 16;

/** True when the model knows of every page of [start, end) whether it is mapped, and what is there. */
export function isKnown(world: World, space: AddressSpace, start: number, end: number): boolean {
  let page = start;
  while (page < end) {
    const next = knownUntil(world, space, page);
    if (next === undefined) return false;
    page = next;
  }
  return true;
}

/** The end of a stretch of known pages that begins at the page; undefined when it is foreign. */
function knownUntil(world: World, space: AddressSpace, page: number): number | undefined {
  const arena = world.place.arena / PAGE_SIZE;
  if (page >= arena - ZONE_PAGES && page < arena + ZONE_PAGES) return arena + ZONE_PAGES;
  const run = space.map.runAt(page);
  if (run !== undefined) return run.end;
  const heap = Math.ceil(world.place.heap / PAGE_SIZE);
  if (page >= heap && page < heap + ZONE_PAGES) return heap + ZONE_PAGES;
  const lowest = Math.max(Math.ceil(world.host.minAddress / PAGE_SIZE), LOW_PAGES);
  if (page < lowest) return lowest;
  if (page >= world.host.userEnd / PAGE_SIZE) return Number.POSITIVE_INFINITY;
  return space.given.runAt(page)?.end;
}

/** Maps [start, end) as given, in place of what was there; what lies outside of arena and heap is the program's from then on. */
export function place(world: World, space: AddressSpace, start: number, end: number, mapping: Mapping): AddressSpace {
  const after = map(space, start, end, mapping);
  const arena = world.place.arena / PAGE_SIZE;
  if (start >= arena - ZONE_PAGES && end <= arena + ZONE_PAGES) return after;
  return { ...after, given: space.given.set(start, end, true) };
}

/** Where a new mapping may lie: at a place that is fixed, at the hint, or anywhere that is free. Clauses mmap.place, mmap.hint, mmap.32bit */
import { PAGE_SIZE } from '../../spec/language/constants.ts';
import type { Outcome } from '../../spec/language/outcome.ts';
import type { World } from '../world.ts';
import type { AddressSpace } from './address-space.ts';
import { isKnown } from './knowledge.ts';
import { has, TRAIT } from './mapping.ts';
import { STACK_GUARD_GAP } from './stack.ts';
import { PAGES_END } from './word.ts';

/** What a caller asks of a place that it leaves to the kernel. */
export interface Wish {
  readonly pages: number;
  /** The place must be a multiple of so many pages. */
  readonly alignment: number;
  /** The place must end at or below this page. */
  readonly ceiling: number;
}

export const userPages = (world: World): number => Math.floor(world.host.userEnd / PAGE_SIZE);

/** Below this page a kernel of the dialect maps nothing for the unprivileged. */
export const lowestPage = (world: World): number => Math.ceil(world.host.minAddress / PAGE_SIZE);

/** 2 GiB: the end of what MAP_32BIT asks for. */
export const LOW_PAGES = 2 ** 31 / PAGE_SIZE;

/** True when an outcome is the address of a place that fits the wish and where the program has mapped nothing. */
export function isFreePlace(world: World, space: AddressSpace, wish: Wish, outcome: Outcome): boolean {
  if (outcome.kind !== 'value' || outcome.value % PAGE_SIZE !== 0) return false;
  const start = outcome.value / PAGE_SIZE;
  const end = start + wish.pages;
  if (start < Math.max(lowestPage(world), 1) || end > Math.min(wish.ceiling, userPages(world))) return false;
  return start % wish.alignment === 0 && !space.map.overlaps(start, end);
}

/** Kernels place mappings high; those foreseen here lie apart from each other, so that what is next to them stays unknown. */
const CHOSEN_TOP = 0x7f00_0000_0000 / PAGE_SIZE;
const CHOSEN_FLOOR = 0x4000_0000_0000 / PAGE_SIZE;
const LOW_FLOOR = 0x4400_0000 / PAGE_SIZE;
const APART = 64;

/** A place of the kind that a kernel would choose, and where no process of the program ever had anything; undefined where there is none such. */
export function typicalPlace(world: World, wish: Wish): number | undefined {
  const low = wish.ceiling <= LOW_PAGES;
  const [floor, top] = low ? [LOW_FLOOR, LOW_PAGES] : [CHOSEN_FLOOR, CHOSEN_TOP];
  let below = top;
  for (const { space } of world.processes.values()) {
    const lowest = space.given.runFrom(floor);
    if (lowest !== undefined && lowest.start < below) below = lowest.start;
  }
  const start = below - wish.pages - APART;
  const aligned = start - (((start % wish.alignment) + wish.alignment) % wish.alignment);
  return aligned >= floor ? aligned : undefined;
}

/** A length from which on nobody can say whether there is a hole so large: the memory that is not the program's may lie in between. */
const VAST = 2 ** 42 / PAGE_SIZE;

export const mayLackRoom = (wish: Wish): boolean => wish.pages >= (wish.ceiling <= LOW_PAGES ? 2 ** 28 / PAGE_SIZE : VAST);

export const mustLackRoom = (world: World, wish: Wish): boolean => wish.pages > Math.min(wish.ceiling, userPages(world));

/** The page that a hint names: rounded down to a page, and up to the lowest that may be mapped; undefined where there is no hint. */
export function hintedPage(world: World, page: number): number | undefined {
  return page === 0 ? undefined : Math.max(page, lowestPage(world));
}

/**
 * Whether the hinted place can be had: `free`, or `taken` where something is mapped there, it is not in the user address space, or it would
 * come too near to a stack above; undefined where memory is touched of which the model knows nothing.
 */
export function atHint(world: World, space: AddressSpace, hint: number, pages: number): 'free' | 'taken' | undefined {
  const end = hint + pages;
  if (end > userPages(world) || end > PAGES_END) return 'taken';
  if (space.map.overlaps(hint, end)) return 'taken';
  if (!isKnown(world, space, hint, end + STACK_GUARD_GAP)) return undefined;
  const above = space.map.runFrom(end);
  if (above !== undefined && has(above.value, TRAIT.growsdown) && above.start - end < STACK_GUARD_GAP) return 'taken';
  return 'free';
}

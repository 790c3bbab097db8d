/**
 * Bringing pages in before they are touched: MAP_POPULATE, MAP_LOCKED, mlock, MADV_POPULATE_*. What changes is which pages are present, and
 * which are copies.
 */
import { PAGE_SIZE } from '../../spec/language/constants.ts';
import { objectOf, type World, withObject, withSpace } from '../world.ts';
import { pageCell } from './access.ts';
import { change, withCell } from './address-space.ts';
import type { Cell } from './cell.ts';
import { has, type Mapping, TRAIT } from './mapping.ts';
import { objectCell, withObjectCell } from './object.ts';

/** Of more pages than this at once it is not noted that they are present: then that stays unknown. */
const NOTED_MAX = 256;

/**
 * How pages are touched: `lock` as mlock does, with a write where the page is private and can be written, with a read in all other pages that
 * can be accessed at all; `read` and `write` as an instruction would.
 */
export type Touch = 'lock' | 'read' | 'write';

/** Why a page cannot be had: nothing is mapped, its protection forbids the touch, or there is nothing behind it. */
export type Stop = 'hole' | 'protection' | 'no-page';

export interface Populated {
  readonly world: World;
  /** What ended it early; the pages before have been brought in. */
  readonly stopped: Stop | undefined;
}

interface Part {
  readonly start: number;
  readonly end: number;
  readonly value: Mapping;
}

/** The world after every mapping in [start, end) was touched as `lock` does, each from its first page on up to one that cannot be had. */
export function populate(world: World, name: string, start: number, end: number): World {
  let after = world;
  for (const part of world.processes.get(name)!.space.map.within(start, end)) after = populatePart(after, name, part, 'lock').world;
  return after;
}

/** The same up to the first page of the range that cannot be had. */
export function populateOrStop(world: World, name: string, start: number, end: number, touch: Touch): Populated {
  let after = world;
  let page = start;
  for (const part of world.processes.get(name)!.space.map.within(start, end)) {
    if (part.start > page) return { world: after, stopped: 'hole' };
    const brought = populatePart(after, name, part, touch);
    if (brought.stopped !== undefined) return brought;
    after = brought.world;
    page = part.end;
  }
  return { world: after, stopped: page < end ? 'hole' : undefined };
}

function populatePart(world: World, name: string, part: Part, touch: Touch): Populated {
  const { value } = part;
  if (touch === 'lock' && value.locked === 'onfault') return { world, stopped: undefined };
  if (!permits(value, touch)) return { world, stopped: 'protection' };
  const end = obtainable(world, part);
  const write = touch === 'write' || (touch === 'lock' && (value.prot & 2) !== 0);
  return { world: touchPages(world, name, { ...part, end }, write), stopped: end < part.end ? 'no-page' : undefined };
}

/** No allowance is made for hardware that cannot forbid reading alone: it is what was asked for that counts. */
function permits({ prot }: Mapping, touch: Touch): boolean {
  if (touch === 'lock') return prot !== 0;
  return (prot & (touch === 'write' ? 2 : 1)) !== 0;
}

/** The first page of the part that cannot be had, or its end. */
function obtainable(world: World, { start, end, value }: Part): number {
  if (has(value, TRAIT.guard | TRAIT.hugetlb)) return start;
  if (value.object === undefined) return end;
  const last = Math.ceil(objectOf(world, value.object).size / PAGE_SIZE) - value.delta;
  return Math.min(end, Math.max(start, last));
}

function touchPages(world: World, name: string, { start, end, value }: Part, write: boolean): World {
  // What may be dropped at any time may be dropped at once.
  if (has(value, TRAIT.droppable)) return world;
  const copies = value.object !== undefined && !value.shared && write;
  if (!copies && end - start > NOTED_MAX) return value.object === undefined ? unnoted(world, name, start, end) : world;
  let after = world;
  for (let page = start; page < end; page++) after = touchPage(after, name, page, value, copies);
  return after;
}

/** So many pages came in at once that it is only noted that some did. */
function unnoted(world: World, name: string, start: number, end: number): World {
  const process = world.processes.get(name)!;
  const noted = change(process.space, start, end, (mapping) =>
    has(mapping, TRAIT.neighbours) ? mapping : { ...mapping, traits: mapping.traits | TRAIT.neighbours },
  );
  return withSpace(world, process, noted);
}

/** A private page of a file that is touched to be written becomes the process's own, with what the file holds now. Clause mlock.copies */
function touchPage(world: World, name: string, page: number, mapping: Mapping, copies: boolean): World {
  const process = world.processes.get(name)!;
  const own = mapping.shared ? undefined : process.space.cells.get(page);
  if (mapping.object === undefined || own !== undefined || copies) {
    const cell = own ?? pageCell(world, process, page, mapping);
    const by = own === undefined && copies ? 'mlock.copies' : cell.by;
    const brought: Cell = { contents: cell.contents, present: true, lazy: cell.lazy, by };
    return own?.present ? world : withSpace(world, process, withCell(process.space, page, brought));
  }
  const object = objectOf(world, mapping.object);
  const index = page + mapping.delta;
  const cell = objectCell(object, index);
  return cell.present ? world : withObject(world, withObjectCell(object, index, { ...cell, present: true }));
}

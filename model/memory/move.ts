/** Moving pages of an address space to another place in it: what is mapped and what the process has written there go together. */
import type { ClauseId } from '../../spec/clauses.ts';
import { table } from '../table.ts';
import type { World } from '../world.ts';
import { type AddressSpace, change, dropCells, unmap } from './address-space.ts';
import type { Cell } from './cell.ts';
import { isKnown, place } from './knowledge.ts';
import { alike, type Mapping, TRAIT, unguarded } from './mapping.ts';

export interface Move {
  readonly from: number;
  /** Pages that are moved, and pages that the new place has in the end: of a move that makes room, the last mapping goes on. */
  readonly pages: number;
  readonly to: number;
  readonly newPages: number;
  /** What was moved stays mapped where it was, without the contents that were the process's own. */
  readonly keeps: boolean;
  readonly by: ClauseId;
}

/** The address space after a move to a place that is free. */
export function move(world: World, space: AddressSpace, { from, pages, to, newPages, keeps, by }: Move): AddressSpace {
  const parts = space.map.within(from, from + pages);
  const cells = table<Cell>();
  space.cells.forRange(from, from + pages, false, (page, cell) => {
    cells.set(page, cell);
  });
  let after = keeps ? emptied(space, from, from + pages) : unmap(space, from, from + pages);
  for (const part of parts) {
    const end = part.end === from + pages ? from + newPages : part.end;
    after = place(world, after, part.start + to - from, end + to - from, moved(part.value, to - from, by));
    // What goes on beyond the last page is a mapping like it, and not guarded.
    if (end > part.end && (part.value.traits & TRAIT.guard) !== 0) {
      after = place(world, after, part.end + to - from, end + to - from, unguarded(moved(part.value, to - from, by)));
    }
  }
  if (cells.size === 0) return after;
  const filled = after.cells.clone();
  cells.forEachPair((page, cell) => {
    filled.set(page + to - from, cell);
  });
  return { ...after, cells: filled };
}

/** The same mapping, of the same part of its object, so many pages further on. */
export function moved(mapping: Mapping, distance: number, by: ClauseId): Mapping {
  return { ...mapping, delta: mapping.object === undefined ? 0 : mapping.delta - distance, by };
}

/** Contents and guards go with what was moved. */
function emptied(space: AddressSpace, start: number, end: number): AddressSpace {
  return { ...space, map: space.map.update(start, end, unguarded), cells: dropCells(space.cells, start, end) };
}

/** The pages around [start, end) that may be one mapping with it: up to where something else begins. */
export function joined({ map }: AddressSpace, start: number, end: number): { readonly start: number; readonly end: number } {
  let first = start;
  let last = end;
  const inside = map.get(start);
  if (inside === undefined) return { start, end };
  for (let run = map.runAt(first); run !== undefined && alike(run.value, inside); run = map.runAt(first - 1)) first = run.start;
  for (let run = map.runAt(last - 1); run !== undefined && alike(run.value, inside); run = map.runAt(last)) last = run.end;
  return { start: first, end: last };
}

/**
 * True when nobody can say which pages lose their locks if [start, end) is moved and stays mapped: all of the mapping does, beyond the range too, and
 * with what it may have been joined with.
 */
export function unsureLocks(world: World, space: AddressSpace, start: number, end: number): boolean {
  for (const part of space.map.within(start, end)) {
    if (part.value.locked === 'no') continue;
    const run = space.map.runAt(part.start)!;
    const whole = joined(space, run.start, run.end);
    if (whole.start !== run.start || whole.end !== run.end || !isKnown(world, space, run.start - 1, run.end + 1)) return true;
    // What nothing was ever stored to may be joined with its own copy.
    if (part.value.object === undefined && !wasStoredTo(space, run.start, run.end)) return true;
  }
  return false;
}

function wasStoredTo({ cells }: AddressSpace, start: number, end: number): boolean {
  for (let pair = cells.getPairOrNextHigher(start); pair !== undefined && pair[0] < end; pair = cells.nextHigherPair(pair[0])) {
    if (pair[1].contents.every((content) => content.entries.length > 0)) return true;
  }
  return false;
}

/**
 * The address space after [start, start + pages) was moved and stays mapped. Locks go along, and the mappings that were moved lose them, beyond the
 * range too; but their pages stay counted as locked. Clause mremap.dontunmap-locked
 */
export function moveKeeping(world: World, space: AddressSpace, start: number, pages: number, to: number): AddressSpace {
  const after = move(world, space, { from: start, pages, to, newPages: pages, keeps: true, by: 'mremap.dontunmap' });
  const locked = space.map.within(start, start + pages).filter((part) => part.value.locked !== 'no');
  if (locked.length === 0) return after;
  let unlocked = after;
  let added = 0;
  for (const part of locked) {
    const run = space.map.runAt(part.start)!;
    unlocked = change(unlocked, run.start, run.end, (mapping) => ({ ...mapping, locked: 'no', by: 'mremap.dontunmap-locked' }));
    added += part.end - part.start;
  }
  const counted = world.choices['mremap.dontunmap-locked'] === 'counted';
  return counted ? { ...unlocked, lockedPages: space.lockedPages + added } : unlocked;
}

/** Locking as such: which mappings can be locked, what a process may lock, and what locking does to pages. Clauses mlock.*, mlockall.* */
import type { ClauseId } from '../../spec/clauses.ts';
import { objectOf, type World, withObject, withSpace } from '../world.ts';
import { type AddressSpace, change } from './address-space.ts';
import type { Cell } from './cell.ts';
import { changeCells, settleLazy } from './lazy.ts';
import { mayLeave } from './leave.ts';
import { has, type Mapping, type ObjectId, TRAIT } from './mapping.ts';

/** Huge pages, memory that may be dropped at any time and device memory are never marked as locked. Clause mlock.never-locked */
export const canLock = (mapping: Mapping): boolean => !has(mapping, TRAIT.hugetlb | TRAIT.droppable | TRAIT.special);

/** Pages of [start, end) that are locked. */
export function lockedWithin(space: AddressSpace, start: number, end: number): number {
  if (space.lockedPages === 0) return 0;
  let pages = 0;
  for (const part of space.map.within(start, end)) if (part.value.locked !== 'no') pages += part.end - part.start;
  return pages;
}

/** The world in which every mapping in [start, end) that can be locked is. What is in memory there stays, even if it was freed lazily. */
export function locks(world: World, name: string, start: number, end: number, how: 'yes' | 'onfault'): World {
  const process = world.processes.get(name)!;
  const by: ClauseId = how === 'yes' ? 'mlock.locks' : 'mlock2.onfault';
  const locked = change(process.space, start, end, (mapping) =>
    mapping.locked === how || !canLock(mapping) ? mapping : { ...mapping, locked: how, by },
  );
  const settled = withSpace(world, process, { ...locked, cells: settleLazy(locked, start, end) });
  return forgetPresence(settled, name, process.space.map.within(start, end));
}

/** Of a page that could have left memory until now it is no longer known that it is there, until it is brought in. */
function forgetPresence(world: World, name: string, parts: readonly Part[]): World {
  let after = world;
  const forget = (cell: Cell, object: ObjectId | undefined): Cell =>
    cell.present && mayLeave(world, cell, object) ? { contents: cell.contents, present: false, lazy: cell.lazy, by: cell.by } : cell;
  for (const { start, end, value } of parts) {
    if (value.locked === 'yes') continue;
    const process = after.processes.get(name)!;
    const cells = changeCells(process.space.cells, start, end, (cell) => forget(cell, undefined));
    if (cells !== process.space.cells) after = withSpace(after, process, { ...process.space, cells });
    if (value.object === undefined) continue;
    const object = objectOf(after, value.object);
    const shown = changeCells(object.cells, start + value.delta, end + value.delta, (cell) => forget(cell, object.id));
    if (shown !== object.cells) after = withObject(after, { ...object, cells: shown });
  }
  return after;
}

interface Part {
  readonly start: number;
  readonly end: number;
  readonly value: Mapping;
}

/** The address space in which nothing in [start, end) is locked. */
export function unlocks(space: AddressSpace, start: number, end: number, by: ClauseId): AddressSpace {
  if (space.lockedPages === 0) return space;
  return change(space, start, end, (mapping) => (mapping.locked === 'no' ? mapping : { ...mapping, locked: 'no', by }));
}

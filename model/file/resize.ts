/**
 * What a new size does to a file and to its mappings. Nothing has to be done to pages that come within reach: whether a page can be had is asked of
 * the file at every access.
 */
import type { ClauseId } from '../../spec/clauses.ts';
import { PAGE_SIZE } from '../../spec/language/constants.ts';
import { type AddressSpace, dropCells } from '../memory/address-space.ts';
import { type Cell, mapContents, orElse } from '../memory/cell.ts';
import { zeroRange } from '../memory/content.ts';
import type { ObjectId } from '../memory/mapping.ts';
import type { MemoryObject } from '../memory/object.ts';
import { type Table, withEntry } from '../table.ts';
import { objectOf, type Process, type World, withObject } from '../world.ts';

/**
 * The world in which the file has the size. Pages past it are gone, from the file and from every private mapping that had copied them; what
 * stood past the old end in its last page may or may not come to light when the file grows.
 * @param size  bytes @param by  the clause of the call that changes the size
 */
export function resize(world: World, object: MemoryObject, size: number, by: ClauseId): World {
  if (size > object.size) {
    return withObject(world, { ...object, size, cells: changeTail(object.cells, object.size, revealed) });
  }
  const end = Math.ceil(size / PAGE_SIZE);
  const kept = dropCells(object.cells, end, Number.POSITIVE_INFINITY);
  const cut = changeTail(kept, size, (cell, from) => mapContents(cell, by, (content) => zeroRange(content, from, PAGE_SIZE)));
  const after = withObject(world, { ...object, size, cells: cut });
  const drops = end < Math.ceil(object.size / PAGE_SIZE) && world.choices['file_mapping.truncated-copies'] === 'dropped';
  return drops ? dropCopies(after, object, end) : after;
}

/** The clauses on mappings that a new size rests on, told from the worlds before and after it. */
export function resizing(before: World, after: World, object: MemoryObject): readonly ClauseId[] {
  const { size, cells } = objectOf(after, object.id);
  if (size > object.size) return cells === object.cells ? [] : ['file_mapping.tail'];
  return after.processes === before.processes ? [] : ['file_mapping.truncated-copies'];
}

/** Changes the page in which the end of the file lies, from the byte where it does; an end between two pages leaves nothing to change. */
function changeTail(cells: Table<Cell>, size: number, change: (cell: Cell, from: number) => Cell): Table<Cell> {
  const from = size % PAGE_SIZE;
  const index = Math.floor(size / PAGE_SIZE);
  const cell = from === 0 ? undefined : cells.get(index);
  if (cell === undefined) return cells;
  const changed = change(cell, from);
  return changed === cell ? cells : withEntry(cells, index, changed);
}

/** Where a store through a mapping left bytes past the end they may be there or not; elsewhere nothing changes. */
function revealed(cell: Cell, from: number): Cell {
  const zeroed = cell.contents.map((content) => zeroRange(content, from, PAGE_SIZE));
  return zeroed.every((content, i) => content === cell.contents[i]) ? cell : orElse(cell, 'file_mapping.tail', zeroed);
}

/** Private copies of the object’s pages from `end` up are gone from every process. */
function dropCopies(world: World, object: MemoryObject, end: number): World {
  let processes: Map<string, Process> | undefined;
  for (const process of world.processes.values()) {
    const cells = withoutCopies(process.space, object.id, end);
    if (cells === process.space.cells) continue;
    processes ??= new Map(world.processes);
    processes.set(process.name, { ...process, space: { ...process.space, cells } });
  }
  return processes === undefined ? world : { ...world, processes };
}

function withoutCopies({ map, cells }: AddressSpace, object: ObjectId, end: number): Table<Cell> {
  let kept = cells;
  cells.forEachPair((page) => {
    const mapping = map.get(page);
    if (mapping?.object !== object || mapping.shared || page + mapping.delta < end) return;
    if (kept === cells) kept = cells.clone();
    kept.delete(page);
  });
  return kept;
}

/**
 * An address space: what is mapped at each page, and the private pages that the process has written. There are no entries and no shadow
 * chains: fork copies the value.
 */
import { type Table, table, withEntry } from '../table.ts';
import type { Cell } from './cell.ts';
import { has, type Mapping, TRAIT } from './mapping.ts';
import { Runs } from './runs.ts';

export interface AddressSpace {
  readonly map: Runs<Mapping>;
  /** Private pages that have contents of their own, by page number. */
  readonly cells: Table<Cell>;
  /** Pages that the program mapped: all, private writable ones (RLIMIT_DATA), locked ones. What the process had at its start is not counted. */
  readonly pages: number;
  readonly dataPages: number;
  readonly lockedPages: number;
  /** Pages outside of the arena and the heap that were ever the program's: what is not mapped there now is known to be a hole. */
  readonly given: Runs<true>;
  /** The program break, an address. */
  readonly brk: number;
  /** What mlockall(MCL_FUTURE) asks of later mappings. */
  readonly lockFuture: 'no' | 'yes' | 'onfault';
  /** The memory that the process had before the program began is locked too (mlockall): how much that is, nobody knows. */
  readonly foreignLocked: boolean;
}

export function emptySpace(brk: number): AddressSpace {
  return {
    map: Runs.empty(),
    cells: table(),
    pages: 0,
    dataPages: 0,
    lockedPages: 0,
    given: Runs.empty(),
    brk,
    lockFuture: 'no',
    foreignLocked: false,
  };
}

/** Counted by RLIMIT_DATA. */
export const isData = (m: Mapping): boolean => (m.prot & 2) !== 0 && !m.shared && !has(m, TRAIT.growsdown);

function count(space: AddressSpace, mapping: Mapping, pages: number): AddressSpace {
  return {
    ...space,
    pages: space.pages + pages,
    dataPages: isData(mapping) ? space.dataPages + pages : space.dataPages,
    lockedPages: mapping.locked !== 'no' ? space.lockedPages + pages : space.lockedPages,
  };
}

/** Unmaps [start, end), page numbers; private contents go with it. */
export function unmap(space: AddressSpace, start: number, end: number): AddressSpace {
  const parts = space.map.within(start, end);
  if (parts.length === 0) return space;
  let next = space;
  for (const part of parts) next = count(next, part.value, part.start - part.end);
  return { ...next, map: space.map.delete(start, end), cells: dropCells(space.cells, start, end) };
}

/** Maps [start, end) as given, in place of what was there. */
export function map(space: AddressSpace, start: number, end: number, mapping: Mapping): AddressSpace {
  const cleared = unmap(space, start, end);
  return { ...count(cleared, mapping, end - start), map: cleared.map.set(start, end, mapping) };
}

/** Pages of [start, end) that are mapped, and how many of them are private and writable. */
export function countMapped(space: AddressSpace, start: number, end: number): { readonly pages: number; readonly data: number } {
  let pages = 0;
  let data = 0;
  for (const part of space.map.within(start, end)) {
    pages += part.end - part.start;
    if (isData(part.value)) data += part.end - part.start;
  }
  return { pages, data };
}

/** Makes what is mapped in [start, end) mappings of their own, which may or may not be one with those beside them. */
export function detach(space: AddressSpace, start: number, end: number): AddressSpace {
  return { ...space, map: space.map.update(start, end, (mapping) => ({ ...mapping })) };
}

/** Where the very same mapping goes on at the page, after a hole that is about to close: makes it one of its own. */
export function keepApart(space: AddressSpace, page: number, mapping: Mapping): AddressSpace {
  const run = space.map.runAt(page);
  return run?.value === mapping ? detach(space, run.start, run.end) : space;
}

/** Changes every mapping in [start, end); holes stay holes and contents stay. */
export function change(space: AddressSpace, start: number, end: number, how: (mapping: Mapping) => Mapping): AddressSpace {
  const map = space.map.update(start, end, how);
  if (map === space.map) return space;
  let next: AddressSpace = { ...space, map };
  for (const part of space.map.within(start, end)) next = count(next, part.value, part.start - part.end);
  for (const part of map.within(start, end)) next = count(next, part.value, part.end - part.start);
  return next;
}

/** Without the private contents of [start, end). */
export function dropCells(cells: Table<Cell>, start: number, end: number): Table<Cell> {
  const first = cells.getPairOrNextHigher(start);
  if (first === undefined || first[0] >= end) return cells;
  const kept = cells.clone();
  kept.deleteRange(start, end, false);
  return kept;
}

export function withCell(space: AddressSpace, page: number, cell: Cell): AddressSpace {
  return { ...space, cells: withEntry(space.cells, page, cell) };
}

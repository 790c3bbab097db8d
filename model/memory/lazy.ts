/** Pages that may be dropped until they are next written: how they come to be so, and how that ends without a write. Clauses madvise.free.* */
import type { Table } from '../table.ts';
import { visible } from './access.ts';
import type { AddressSpace } from './address-space.ts';
import type { Cell } from './cell.ts';

/** The private pages of [start, end), each changed; `how` gives the cell itself back where it stays as it is. */
export function changeCells(cells: Table<Cell>, start: number, end: number, how: (cell: Cell, page: number) => Cell): Table<Cell> {
  let changed: Table<Cell> | undefined;
  cells.forRange(start, end, false, (page, cell) => {
    const next = how(cell, page);
    if (next === cell) return;
    changed ??= cells.clone();
    changed.set(page, next);
  });
  return changed ?? cells;
}

/** Every page of [start, end) that the process has may be dropped from now on. */
export function freeLazily(cells: Table<Cell>, start: number, end: number): Table<Cell> {
  return changeCells(cells, start, end, (cell) =>
    cell.absent ? cell : { ...cell, present: false, lazy: true, by: 'madvise.free.may-zero' },
  );
}

/** Locked pages cannot be dropped: one that was freed lazily stays what it is by now, its old contents or zeros. */
export function settleLazy({ cells, map }: AddressSpace, start: number, end: number): Table<Cell> {
  return changeCells(cells, start, end, (cell, page) =>
    cell.lazy && map.get(page)?.locked !== 'no' ? { ...cell, contents: visible(cell), lazy: false, by: 'madvise.free.until-locked' } : cell,
  );
}

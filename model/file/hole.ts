/** Ranges of a file that are made to read as zeros. Clause fallocate.punch */
import type { ClauseId } from '../../spec/clauses.ts';
import { PAGE_SIZE } from '../../spec/language/constants.ts';
import { dropCells } from '../memory/address-space.ts';
import { type Cell, mapContents } from '../memory/cell.ts';
import { zeroRange } from '../memory/content.ts';
import type { MemoryObject } from '../memory/object.ts';
import { type Table, withEntry } from '../table.ts';

/**
 * The object with its bytes [from, to) zero and the pages that lie wholly among them gone. Private copies of those pages are the business of
 * the processes that made them: they stay.
 * @param from, to  bytes @param by  the clause of the call that asks for it
 */
export function punch(object: MemoryObject, from: number, to: number, by: ClauseId): MemoryObject {
  if (to <= from) return object;
  const first = Math.floor(from / PAGE_SIZE);
  const last = Math.floor(to / PAGE_SIZE);
  const start = from % PAGE_SIZE;
  const end = to % PAGE_SIZE;
  if (first === last) return { ...object, cells: zeroed(object.cells, first, start, end, by) };
  let cells = dropCells(object.cells, start === 0 ? first : first + 1, last);
  if (start !== 0) cells = zeroed(cells, first, start, PAGE_SIZE, by);
  if (end !== 0) cells = zeroed(cells, last, 0, end, by);
  return { ...object, cells };
}

function zeroed(cells: Table<Cell>, index: number, from: number, to: number, by: ClauseId): Table<Cell> {
  const cell = cells.get(index);
  return cell === undefined
    ? cells
    : withEntry(
        cells,
        index,
        mapContents(cell, by, (content) => zeroRange(content, from, to)),
      );
}

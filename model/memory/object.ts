/** Memory objects: what several mappings, processes and descriptors can share. A file, a memfd, anonymous shared memory, a SysV segment. */
import { PAGE_SIZE } from '../../spec/language/constants.ts';
import { type Table, table, withEntry } from '../table.ts';
import { type Cell, zeroCell } from './cell.ts';
import type { ObjectId } from './mapping.ts';

export interface MemoryObject {
  readonly id: ObjectId;
  /** `huge` is a memfd of huge pages. */
  readonly kind: 'file' | 'memfd' | 'huge' | 'anonymous' | 'segment';
  /** Bytes. Pages that lie wholly past it give SIGBUS. */
  readonly size: number;
  /** Pages that were ever written, by page index; absent pages are zero. */
  readonly cells: Table<Cell>;
  /** Seals of a memfd (F_SEAL_*). */
  readonly seals: number;
  /** A file's name is still in the directory; an object goes with its last name, descriptor and mapping. */
  readonly linked: boolean;
}

export function newObject(id: ObjectId, kind: MemoryObject['kind'], size: number): MemoryObject {
  return { id, kind, size, cells: table(), seals: 0, linked: kind === 'file' };
}

/** The page is wholly past the end of the object. */
export function beyondEnd(object: MemoryObject, index: number): boolean {
  return index < 0 || index * PAGE_SIZE >= object.size;
}

export const HOLE: Cell = { ...zeroCell('load.zero-fill'), present: false };

export function objectCell(object: MemoryObject, index: number): Cell {
  return object.cells.get(index) ?? HOLE;
}

export function withObjectCell(object: MemoryObject, index: number, cell: Cell): MemoryObject {
  return { ...object, cells: withEntry(object.cells, index, cell) };
}

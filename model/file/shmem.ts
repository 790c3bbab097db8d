/** Which files live in memory alone, and what is different for others. */
import { PAGE_SIZE } from '../../spec/language/constants.ts';
import { type Cell, orElse } from '../memory/cell.ts';
import { zeroRange } from '../memory/content.ts';
import { HOLE, type MemoryObject, objectCell } from '../memory/object.ts';
import type { World } from '../world.ts';

/** The file's storage is pages of memory: a memfd of either kind, or a file on tmpfs. */
export function hasPages(world: World, object: MemoryObject): boolean {
  return object.kind === 'memfd' || object.kind === 'huge' || (object.kind === 'file' && world.host.fileSystem === 'tmpfs');
}

/** A size, in bytes, up to which every file system can store a file; what larger ones come to is theirs to say. */
export const STORABLE = 2 ** 40;

/**
 * What a mapping of the object shows at a page of it. Where pages are written back to somewhere else, bytes past the end of the file may be zeroed at any
 * time, since they are not written: what was stored there may or may not be there still. Clause file_mapping.tail
 */
export function shownCell(world: World, object: MemoryObject, index: number): Cell {
  const cell = objectCell(object, index);
  if (object.kind !== 'file' || world.host.fileSystem === 'tmpfs') return cell;
  const end = object.size - index * PAGE_SIZE;
  if (end <= 0 || end >= PAGE_SIZE || cell === HOLE) return cell;
  return orElse(
    cell,
    cell.by,
    cell.contents.map((content) => zeroRange(content, end, PAGE_SIZE)),
  );
}

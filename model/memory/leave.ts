/** Whether a page can leave memory and come back as it was. Clause mincore.present */
import { objectOf, type World } from '../world.ts';
import type { Cell } from './cell.ts';
import type { ObjectId } from './mapping.ts';

/**
 * A page can leave memory where it can be read again: to swap, to the disk that its file is on, and, where it is shared, if it holds nothing but
 * zeros, to nowhere at all.
 * @param object  what the page belongs to; undefined where it is a process's own
 */
export function mayLeave(world: World, cell: Cell, object: ObjectId | undefined): boolean {
  if (world.host.swapPages > 0) return true;
  if (object === undefined) return false;
  if (objectOf(world, object).kind === 'file' && world.host.fileSystem !== 'tmpfs') return true;
  return cell.contents.some((content) => content.entries.length === 0);
}

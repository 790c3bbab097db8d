/** Which files live in memory alone. */
import type { MemoryObject } from '../memory/object.ts';
import type { World } from '../world.ts';

/** The file's storage is pages of memory: a memfd, or a file on tmpfs. */
export function hasPages(world: World, object: MemoryObject): boolean {
  return object.kind === 'memfd' || (object.kind === 'file' && world.host.fileSystem === 'tmpfs');
}

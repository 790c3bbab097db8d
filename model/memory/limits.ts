/** Limits on what a process may map: RLIMIT_AS, RLIMIT_DATA, RLIMIT_MEMLOCK, and the memory that the machine has. */
import { PAGE_SIZE } from '../../spec/language/constants.ts';
import type { Limit, Process, World } from '../world.ts';

/** Whole pages in a limit of bytes. */
export const pagesIn = (bytes: number): number => Math.floor(bytes / PAGE_SIZE);

/** True when `pages` more would pass RLIMIT_AS. */
export function passesAddressSpace(world: World, { space, limits }: Process, pages: number): boolean {
  return pagesIn(world.host.vm) + space.pages + pages > pagesIn(limits.as.soft);
}

/**
 * True when `pages` more of private writable memory would pass RLIMIT_DATA. A soft limit of exactly 0 does not count as long as the hard limit
 * holds (Linux mm/mmap.c, may_expand_vm).
 */
export function passesData(world: World, { space, limits }: Process, pages: number): boolean {
  const total = pagesIn(world.host.vmData) + space.dataPages + pages;
  const fits = (limit: Limit['soft']): boolean => total <= pagesIn(limit);
  if (fits(limits.data.soft)) return false;
  return !(limits.data.soft === 0 && fits(limits.data.hard));
}

/** True when `pages` more of locked memory would pass RLIMIT_MEMLOCK, which binds the unprivileged. */
export function passesLocked(world: World, process: Process, pages: number): boolean {
  return lockedRoom(world, process, pages, 0) === 'exceeded';
}

/** True when it hangs on how much of the memory that is not the program's is locked whether `pages` more would pass RLIMIT_MEMLOCK. */
export function mayPassLocked(world: World, process: Process, pages: number): boolean {
  return lockedRoom(world, process, pages, 0) === 'unknown';
}

/** Whether `pages` may be locked, of which `counted` are already. After mlockall nobody knows how much of the target's own memory is locked. */
export function lockedRoom(world: World, { space, limits }: Process, pages: number, counted: number): 'left' | 'exceeded' | 'unknown' {
  if (world.host.privileged) return 'left';
  const limit = pagesIn(limits.memlock.soft);
  const least = pagesIn(world.host.vmLocked) + space.lockedPages + pages - counted;
  const most = space.foreignLocked ? least + pagesIn(world.host.vm) : least;
  if (most <= limit) return 'left';
  return least > limit ? 'exceeded' : 'unknown';
}

/** True when the machine can never have so many pages: heuristic overcommit refuses a single request beyond RAM and swap together. */
export function passesMemory(world: World, pages: number): boolean {
  return world.host.overcommit === 0 && pages > world.host.totalPages;
}

/** mlock, mlock2 and munlock: pages that are to stay in memory. Clauses mlock.*, mlock2.*, munlock.* */
import type { ClauseId } from '../../spec/clauses.ts';
import type { CallOf, Value } from '../../spec/language/call.ts';
import { MLOCK2, PAGE_SIZE } from '../../spec/language/constants.ts';
import { type Allowed, give, type Open, type Ruling, refusals, refuse } from '../allowed.ts';
import type { Process, World } from '../world.ts';
import { withSpace } from '../world.ts';
import { isKnown } from './knowledge.ts';
import { lockedRoom } from './limits.ts';
import { canLock, lockedWithin, locks, unlocks } from './lock.ts';
import { populateOrStop } from './populate.ts';
import { isZero, PAGES_END, word } from './word.ts';

/** Every page that holds a byte of the range, and at least the bytes up to the end of an unaligned first page. */
interface Pages {
  readonly start: number;
  readonly end: number;
  /** The length, rounded up to whole pages, does not fit into 64 bits. */
  readonly overflows: boolean;
  readonly wraps: boolean;
}

function pagesOf(world: World, addr: Value, length: Value): Pages {
  const at = word(world, addr);
  const size = word(world, length);
  const pages = size.page + Math.ceil((size.offset + at.offset) / PAGE_SIZE);
  const overflows = pages >= PAGES_END;
  const end = at.page + (pages % PAGES_END);
  return { start: at.page, end, overflows: overflows && !isZero(size), wraps: end >= PAGES_END };
}

export function judgeMlock(world: World, process: Process, call: CallOf<'mlock'>): Ruling {
  return judgeLock(world, process, call, 'yes', []);
}

export function judgeMlock2(world: World, process: Process, call: CallOf<'mlock2'>): Ruling {
  const flags = call.flags | 0;
  const unknown = refusals(world, [(flags & ~MLOCK2.onfault) !== 0, 'mlock2.flags', 'EINVAL']);
  return judgeLock(world, process, call, (flags & MLOCK2.onfault) !== 0 ? 'onfault' : 'yes', unknown);
}

function judgeLock(
  world: World,
  process: Process,
  call: { readonly addr: Value; readonly length: Value },
  how: 'yes' | 'onfault',
  unknown: readonly Allowed[],
): Ruling {
  const { space, limits } = process;
  const { start, end, overflows, wraps } = pagesOf(world, call.addr, call.length);
  const room = lockedRoom(world, process, end - start, lockedWithin(space, start, end));
  const refused = [
    ...unknown,
    ...refusals(
      world,
      [limits.memlock.soft === 0 && !world.host.privileged, 'mlock.not-permitted', 'EPERM'],
      [room === 'exceeded', 'mlock.limit', 'ENOMEM'],
      [wraps || (overflows && world.choices['mlock.overflow'] === 'einval'), 'mlock.wrap', 'EINVAL'],
    ),
  ];
  if (refused.length > 0) return room === 'unknown' ? [...refused, refuse('mlock.limit', 'ENOMEM', world)] : refused;
  if (room === 'unknown') return OPEN_ROOM;
  if (start === end) return [give([overflows ? 'mlock.overflow' : 'mlock.length-zero'], 0, world)];
  const hole = space.map.firstHole(start, end);
  if (!isKnown(world, space, start, Math.min(hole + 1, end))) return OPEN_FOREIGN;
  const locked = locks(world, process.name, start, hole, how);
  if (hole < end) return [refuse('mlock.hole', 'ENOMEM', world.choices['mlock.hole'] === 'locks-before' ? locked : world)];
  const brought = populateOrStop(locked, process.name, start, end, 'lock');
  if (brought.stopped !== undefined) return [refuse('mlock.no-page', 'ENOMEM', brought.world)];
  const clauses: [ClauseId, ...ClauseId[]] = [how === 'yes' ? 'mlock.locks' : 'mlock2.onfault', 'mlock.rounding'];
  if (space.map.within(start, end).some((part) => !canLock(part.value))) clauses.push('mlock.never-locked');
  return [give(clauses, 0, brought.world)];
}

const OPEN_ROOM: Open = { open: 'how much of the target’s own memory is locked is not known' };
const OPEN_FOREIGN: Open = { open: 'locks memory that is not the program’s' };

export function judgeMunlock(world: World, process: Process, call: CallOf<'munlock'>): Ruling {
  const { space } = process;
  const { start, end, overflows, wraps } = pagesOf(world, call.addr, call.length);
  if (wraps || (overflows && world.choices['mlock.overflow'] === 'einval')) return [refuse('munlock.wrap', 'EINVAL', world)];
  if (start === end) return [give([overflows ? 'mlock.overflow' : 'munlock.length-zero'], 0, world)];
  const hole = space.map.firstHole(start, end);
  if (!isKnown(world, space, start, Math.min(hole + 1, end))) {
    // Past the end of user addresses there is a hole for certain, and where nothing is locked there is nothing to unlock before it.
    const isIdle = end * PAGE_SIZE > world.host.userEnd && space.lockedPages === 0 && !space.foreignLocked;
    return isIdle ? [refuse('munlock.hole', 'ENOMEM', world)] : { open: 'unlocks memory that is not the program’s' };
  }
  const unlocked = withSpace(world, process, unlocks(space, start, hole, 'munlock.unlocks'));
  if (hole < end) return [refuse('munlock.hole', 'ENOMEM', world.choices['mlock.hole'] === 'locks-before' ? unlocked : world)];
  return [give(['munlock.unlocks'], 0, unlocked)];
}

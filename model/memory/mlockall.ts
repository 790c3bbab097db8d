/** mlockall(flags) and munlockall(): everything that a process has mapped, and what it will map. Clauses mlockall.*, munlockall.* */
import type { CallOf } from '../../spec/language/call.ts';
import { MCL } from '../../spec/language/constants.ts';
import { type Allowed, give, type Ruling, refusals } from '../allowed.ts';
import { type Process, type World, withSpace } from '../world.ts';
import { pagesIn } from './limits.ts';
import { locks, unlocks } from './lock.ts';
import { populate } from './populate.ts';
import { PAGES_END } from './word.ts';

const KNOWN = MCL.current | MCL.future | MCL.onfault;

export function judgeMlockall(world: World, process: Process, call: CallOf<'mlockall'>): Ruling {
  const flags = call.flags | 0;
  const { space, limits } = process;
  const has = (bit: number): boolean => (flags & bit) !== 0;
  const mapped = pagesIn(world.host.vm) + space.pages;
  const refused = refusals(
    world,
    [flags === 0 || (flags & ~KNOWN) !== 0, 'mlockall.flags', 'EINVAL'],
    [flags === MCL.onfault, 'mlockall.onfault-alone', 'EINVAL'],
    [limits.memlock.soft === 0 && !world.host.privileged, 'mlockall.not-permitted', 'EPERM'],
    [has(MCL.current) && !world.host.privileged && mapped > pagesIn(limits.memlock.soft), 'mlockall.limit', 'ENOMEM'],
  );
  if (refused.length > 0) return refused;
  const how = has(MCL.onfault) ? 'onfault' : 'yes';
  const lockFuture = has(MCL.future) ? how : 'no';
  const willing = withSpace(world, process, { ...space, lockFuture });
  if (!has(MCL.current)) return [give(['mlockall.future'], 0, willing)];
  const allowed = lockCurrent(willing, process.name, how);
  return [has(MCL.future) ? { ...allowed, clauses: ['mlockall.current', 'mlockall.future'] } : allowed];
}

/** What cannot be locked or brought in is passed over. */
function lockCurrent(world: World, name: string, how: 'yes' | 'onfault'): Allowed {
  const locked = locks(world, name, 0, PAGES_END, how);
  const process = locked.processes.get(name)!;
  const all = withSpace(locked, process, { ...process.space, foreignLocked: true });
  return give(['mlockall.current'], 0, how === 'yes' ? populate(all, name, 0, PAGES_END) : all);
}

export function judgeMunlockall(world: World, process: Process, _call: CallOf<'munlockall'>): Ruling {
  const space = unlocks(process.space, 0, PAGES_END, 'munlockall.unlocks');
  return [give(['munlockall.unlocks'], 0, withSpace(world, process, { ...space, lockFuture: 'no', foreignLocked: false }))];
}

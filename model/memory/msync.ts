/** msync(addr, length, flags): brings a file up to date with its shared mappings. Clauses msync.* */
import type { CallOf } from '../../spec/language/call.ts';
import { MS } from '../../spec/language/constants.ts';
import { type Allowed, give, type Ruling, refusals, refuse } from '../allowed.ts';
import type { Process, World } from '../world.ts';
import { isKnown } from './knowledge.ts';
import { range } from './range.ts';
import { PAGES_END } from './word.ts';

const KNOWN = MS.async | MS.invalidate | MS.sync;

export function judgeMsync(world: World, process: Process, call: CallOf<'msync'>): Ruling {
  const flags = call.flags | 0;
  const { map } = process.space;
  const asked = range(world, call.addr, call.length);
  const { start, end } = asked;
  const has = (bit: number): boolean => (flags & bit) !== 0;
  const refused = refusals(
    world,
    [(flags & ~KNOWN) !== 0, 'msync.flags', 'EINVAL'],
    [has(MS.async) && has(MS.sync), 'msync.async-and-sync', 'EINVAL'],
    [!has(MS.async) && !has(MS.sync) && world.choices['msync.neither'] === 'einval', 'msync.neither', 'EINVAL'],
    [!asked.aligned, 'msync.unaligned', 'EINVAL'],
    [end >= PAGES_END, 'msync.wrap', 'ENOMEM'],
  );
  if (refused.length > 0) return refused;
  if (start === end) return [give([asked.empty ? 'msync.length-zero' : 'msync.overflow'], 0, world)];
  if (!isKnown(world, process.space, start, end)) return { open: 'writes back memory that is not the program’s' };
  const wrong: Allowed[] = [];
  if (has(MS.invalidate) && map.within(start, end).some((part) => part.value.locked !== 'no'))
    wrong.push(refuse('msync.locked', 'EBUSY', world));
  if (!map.covers(start, end)) wrong.push(refuse('msync.hole', 'ENOMEM', world));
  return wrong.length > 0
    ? wrong
    : [give(has(MS.async | MS.sync) ? ['msync.keeps-memory'] : ['msync.keeps-memory', 'msync.neither'], 0, world)];
}

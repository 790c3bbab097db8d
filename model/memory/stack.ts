/** Mappings that grow down into the hole below them when it is touched. Clauses stack.* */
import type { ClauseId } from '../../spec/clauses.ts';
import { PAGE_SIZE } from '../../spec/language/constants.ts';
import { type Process, processOf, type World, withSpace } from '../world.ts';
import { keepApart, map } from './address-space.ts';
import { isKnown } from './knowledge.ts';
import { mayPassLocked, passesAddressSpace, passesLocked, passesMemory } from './limits.ts';
import { alike, has, type Mapping, TRAIT, unguarded } from './mapping.ts';
import { addressOf } from './word.ts';

/** Pages that must stay free between a growing stack and an accessible mapping below it. */
export const STACK_GUARD_GAP = 256;

/**
 * What becomes of an access to an unmapped page: the stack above grows down to it, or may not, or there is none and the page is a hole; or
 * nobody knows, because the page is not the program's, or whether the stack grows hangs on memory that is not.
 */
export type Growth = World | ClauseId | 'hole' | 'foreign' | 'unsure';

/** What to take for granted where a stack may or may not grow. */
export type Assumption = 'grows' | 'stays';

/** @param assumed  takes the place of `unsure` */
export function growStack(world: World, name: string, page: number, assumed?: Assumption): Growth {
  const process = processOf(world, name);
  const { space } = process;
  const above = space.map.runFrom(page);
  const hole = isKnown(world, space, page, page + 1) ? 'hole' : 'foreign';
  if (above === undefined || !has(above.value, TRAIT.growsdown)) return hole;
  if (page * PAGE_SIZE < world.host.minAddress) return 'stack.low';
  const limited = limit(world, process, page, above);
  if (!isKnown(world, space, page, above.start)) return limited === undefined || limited === 'unsure' ? 'foreign' : hole;
  if (limited !== undefined && limited !== 'unsure') return limited;
  // Below may be a mapping that is too near.
  const isUnsure = limited === 'unsure' || !isKnown(world, space, Math.max(0, page - STACK_GUARD_GAP), page);
  if (isUnsure && assumed !== 'grows') return assumed === 'stays' ? 'hole' : 'unsure';
  // What lies just below is not joined, though it may be of the same call.
  const apart = keepApart(space, page - 1, above.value);
  return withSpace(world, process, map(apart, page, above.start, unguarded(above.value)));
}

interface Run {
  readonly start: number;
  readonly end: number;
  readonly value: Mapping;
}

/** Why the stack may not grow down to the page. */
function limit(world: World, process: Process, page: number, above: Run): ClauseId | 'unsure' | undefined {
  const { space, limits } = process;
  const grown = above.start - page;
  const below = space.map.runBefore(page);
  if (below !== undefined && !has(below.value, TRAIT.growsdown) && below.value.prot !== 0 && page - below.end < STACK_GUARD_GAP) {
    return 'stack.gap';
  }
  if (passesAddressSpace(world, process, grown)) return 'stack.address-space';
  if (addressOf(above.end - page) > limits.stack.soft) return 'stack.limit';
  // It may be one with a mapping above it, and as large as both.
  if (addressOf(joinedEnd(process, above) - page) > limits.stack.soft) return 'unsure';
  if (above.value.locked !== 'no') {
    if (passesLocked(world, process, grown)) return 'stack.locked';
    if (mayPassLocked(world, process, grown)) return 'unsure';
  }
  return passesMemory(world, grown) ? 'mmap.memory' : undefined;
}

function joinedEnd({ space }: Process, { end, value }: Run): number {
  let last = end;
  for (let next = space.map.runAt(last); next !== undefined && alike(next.value, value); next = space.map.runAt(last)) last = next.end;
  return last;
}

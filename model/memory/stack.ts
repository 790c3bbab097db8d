/** Mappings that grow down into the hole below them when it is touched. Clauses stack.* */
import { processOf, type World, withSpace } from '../world.ts';
import { map } from './address-space.ts';
import { has, type Mapping, TRAIT } from './mapping.ts';
import { addressOf } from './word.ts';

/** Pages that must stay free between a growing stack and an accessible mapping below it. */
export const STACK_GUARD_GAP = 256;

/** The world in which the stack above an unmapped page has grown down to it; undefined when nothing above grows or it may not. */
export function growStack(world: World, name: string, page: number): World | undefined {
  const process = processOf(world, name);
  const { space, limits } = process;
  const above = space.map.runFrom(page);
  if (above === undefined || !has(above.value, TRAIT.growsdown)) return undefined;
  if (addressOf(page) < world.host.minAddress) return undefined;
  const below = space.map.runBefore(page);
  if (below !== undefined && !has(below.value, TRAIT.growsdown) && below.value.prot !== 0 && page - below.end < STACK_GUARD_GAP)
    return undefined;
  const grown = above.start - page;
  if (addressOf(above.end - page) > limits.stack.soft) return undefined;
  if (exceeds(world.host.vm + addressOf(space.pages + grown), limits.as.soft)) return undefined;
  if (above.value.locked !== 'no' && exceeds(addressOf(space.lockedPages + grown), limits.memlock.soft)) return undefined;
  const stack: Mapping = above.value;
  return withSpace(world, process, map(space, page, above.start, stack));
}

const exceeds = (bytes: number, limit: number): boolean => bytes > limit;

/** Addresses as a program would write them. */
import type { World } from '../../model/world.ts';
import { abs, type Value } from '../../spec/language/call.ts';
import { PAGE_SIZE } from '../../spec/language/constants.ts';

/** Bytes around `arena` and after `heap` and a name within which an address is written relative to it. */
const NEAR = 2 ** 29;

/** An address of the model: from the arena, the heap, the user limit, or the named result that lies next below it. */
export function symbolic(world: World, address: number): Value {
  const { arena, heap, buf } = world.place;
  const { userEnd } = world.host;
  if (Math.abs(address - arena) <= NEAR) return { base: 'arena', offset: address - arena };
  if (address >= userEnd && address - userEnd < NEAR) return { base: 'top', offset: address - userEnd };
  if (address >= heap && address - heap < NEAR) return { base: 'heap', offset: address - heap };
  let best: Value | undefined;
  for (let n = world.names; n !== undefined; n = n.older) {
    const offset = address - n.value;
    if (offset >= 0 && offset < NEAR && n.value >= PAGE_SIZE && (best === undefined || offset < best.offset))
      best = { base: n.name, offset };
  }
  if (best !== undefined) return best;
  if (address === buf) return { base: 'buf', offset: 0 };
  if (userEnd - address < 2 ** 20 && address < userEnd) return { base: 'top', offset: address - userEnd };
  // The last bytes below 2^64 cannot be told apart in a double.
  if (address >= 2 ** 64) return abs(-1);
  // What lies in the upper half of the 64-bit range is written as a negative number.
  return abs(address >= 2 ** 63 ? address - 2 ** 64 : address);
}

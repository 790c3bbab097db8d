/** The range of pages that an address and a length name. */
import type { Value } from '../../spec/language/call.ts';
import type { World } from '../world.ts';
import { addressOf, bytesOf, isZero, pagesUp, type Word, word } from './word.ts';

export interface Range {
  readonly addr: Word;
  readonly length: Word;
  /** The first page, and the page after the last: meaningful where the address is aligned and the range does not wrap. */
  readonly start: number;
  readonly end: number;
  readonly aligned: boolean;
  readonly empty: boolean;
}

export function range(world: World, addr: Value, length: Value): Range {
  const at = word(world, addr);
  const size = word(world, length);
  return { addr: at, length: size, start: at.page, end: at.page + pagesUp(size), aligned: at.offset === 0, empty: isZero(size) };
}

/** True when the bytes of the range, counted as given, do not end within the user address space, or wrap around the end of all addresses. */
export function endsBeyondUser(world: World, { addr, length }: Range): boolean {
  return addressOf(addr.page) + addr.offset + bytesOf(length) > world.host.userEnd;
}

/** Page arithmetic on 64-bit arguments, exact although they are held as doubles: an argument is signed, a page number is not. */

import type { Value } from '../../spec/language/call.ts';
import { PAGE_SIZE } from '../../spec/language/constants.ts';
import { signed, type World } from '../world.ts';

/** Pages in 2^64 bytes. */
export const PAGES_END = 2 ** 52;

/** A 64-bit argument taken apart: the page it lies in (0 to 2^52 − 1) and the byte within it. */
export interface Word {
  readonly page: number;
  readonly offset: number;
}

export function word(world: World, value: Value): Word {
  if (value.base === 'high') return split(value.offset, PAGES_END / 2);
  return split(signed(world, value), 0);
}

function split(number: number, pages: number): Word {
  const page = Math.floor(number / PAGE_SIZE);
  return { page: (((page + pages) % PAGES_END) + PAGES_END) % PAGES_END, offset: number - page * PAGE_SIZE };
}

export const isZero = (w: Word): boolean => w.page === 0 && w.offset === 0;

/** The length in whole pages, rounded up, modulo 2^64 as the kernel does: a length in the last page below 2^64 gives 0. */
export function pagesUp(length: Word): number {
  return length.offset === 0 ? length.page : (length.page + 1) % PAGES_END;
}

/** Bytes, as a double: exact below 2^53. */
export const bytesOf = (w: Word): number => w.page * PAGE_SIZE + w.offset;

/** The first address of a page. */
export const addressOf = (page: number): number => page * PAGE_SIZE;

/** What a kernel sees of a 64-bit argument that it takes as a C int: the low 32 bits, signed. */
export function toInt(number: number): number {
  const low = ((number % 2 ** 32) + 2 ** 32) % 2 ** 32;
  return low < 2 ** 31 ? low : low - 2 ** 32;
}

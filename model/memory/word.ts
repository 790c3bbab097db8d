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
  // One turn is enough, and a remainder of doubles is slow where every argument of every call passes.
  const turned = page + pages;
  const within = turned < 0 ? turned + PAGES_END : turned < PAGES_END ? turned : turned - PAGES_END;
  return { page: within, offset: number - page * PAGE_SIZE };
}

export const isZero = (w: Word): boolean => w.page === 0 && w.offset === 0;

/** The length in whole pages, rounded up, modulo 2^64 as the kernel does: a length in the last page below 2^64 gives 0. */
export function pagesUp(length: Word): number {
  if (length.offset === 0) return length.page;
  return length.page === PAGES_END - 1 ? 0 : length.page + 1;
}

/** Bytes, as a double: exact below 2^53. */
export const bytesOf = (w: Word): number => w.page * PAGE_SIZE + w.offset;

/** The first address of a page. */
export const addressOf = (page: number): number => page * PAGE_SIZE;

/** What a kernel sees of a 64-bit argument that it takes as a C int: the low 32 bits, signed. */
export function toInt(number: number): number {
  return number | 0;
}

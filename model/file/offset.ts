/** Positions and sizes in files: signed 64-bit numbers. */
import type { Value } from '../../spec/language/call.ts';
import { bytesOf, PAGES_END, type Word, word } from '../memory/word.ts';
import { signed, WORD, type World } from '../world.ts';

export interface FileOffset {
  /** The number as 64 unsigned bits, exact. */
  readonly word: Word;
  readonly negative: boolean;
  /** Exact below 2^53, and above where it is a whole number of pages. */
  readonly bytes: number;
}

/** The position, size or distance that an argument gives. */
export function fileOffset(world: World, value: Value): FileOffset {
  const taken = word(world, value);
  const negative = taken.page >= PAGES_END / 2;
  // What is near zero is exact as it was given, what is near 2^63 as it is in its word.
  if (value.base !== 'high') return { word: taken, negative, bytes: signed(world, value) };
  return { word: taken, negative, bytes: negative ? bytesOf(taken) - WORD : bytesOf(taken) };
}

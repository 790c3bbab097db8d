/** Where in a file bytes are read or written. */
import { PAGE_SIZE } from '../../spec/language/constants.ts';
import { PAGES_END, type Word } from '../memory/word.ts';
import type { Descriptor } from './descriptor.ts';
import type { FileOffset } from './offset.ts';

export interface Position {
  /** In bytes: exact up to 2^53. */
  readonly bytes: number;
  /** The same, exact; undefined where nobody knows it so well. */
  readonly word: Word | undefined;
  /** It is that of the open file description, which moves on. */
  readonly own: boolean;
}

/** The position of the open file description. */
export function own({ openFile: { offset } }: Descriptor): Position {
  const inPage = offset % PAGE_SIZE;
  const word = offset <= Number.MAX_SAFE_INTEGER || inPage === 0 ? { page: (offset - inPage) / PAGE_SIZE, offset: inPage } : undefined;
  return { bytes: offset, word: word?.page === PAGES_END / 2 ? undefined : word, own: true };
}

/** The position that a call states. */
export const stated = ({ bytes, word }: FileOffset): Position => ({ bytes, word, own: false });

/** A position plus a length is more than a signed 64-bit number can be. */
export function endsPastOffsets(position: Word, length: number): boolean {
  return position.page + Math.floor((position.offset + length) / PAGE_SIZE) >= PAGES_END / 2;
}

/** Past 2^53 doubles are more than a byte apart. */
export const isExact = (position: number): boolean => position <= Number.MAX_SAFE_INTEGER;

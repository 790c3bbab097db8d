/** Bytes on their way from one page to another. */
import { CONTENTS_MAX, distinct } from './cell.ts';
import { type Content, overlay, ZEROS } from './content.ts';

/** Bytes [from, from + count) of a page whose contents are one of several. */
export interface Slice {
  readonly contents: readonly Content[];
  readonly from: number;
  readonly count: number;
}

/**
 * What a page may hold after a slice has been laid over it.
 * @param before  what it may hold now @param offset  where the slice begins in it @param maybe  it may also stay as it is
 * @returns undefined when that is more than can be told apart
 */
export function laid(before: readonly Content[], offset: number, slice: Slice, maybe = false): readonly Content[] | undefined {
  const { contents, from, count } = slice;
  if (before.length === 1 && contents.length === 1 && !maybe) return [overlay(before[0]!, offset, contents[0]!, from, count)];
  const after = before.flatMap((content) => contents.map((source) => overlay(content, offset, source, from, count)));
  const all = distinct(maybe ? [...before, ...after] : after);
  return all.length > CONTENTS_MAX ? undefined : all;
}

export const EMPTY: Slice = { contents: [ZEROS], from: 0, count: 0 };

/** A slice with another behind it, in the same page. @returns undefined when that is more than can be told apart */
export function append(first: Slice, second: Slice): Slice | undefined {
  const contents = laid(first.contents, first.from + first.count, second);
  return contents && { contents, from: first.from, count: first.count + second.count };
}

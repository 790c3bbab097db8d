/**
 * What is in one page of memory: a set of possible contents. One possibility is the rule; more stand for what the law leaves to the kernel
 * (a page freed lazily, bytes past the end of a file), until an observation narrows the set.
 */
import type { ClauseId } from '../../spec/clauses.ts';
import { type Content, sameContent, ZEROS } from './content.ts';

export interface Cell {
  /** Never empty. */
  readonly contents: readonly Content[];
  /** Whether the page has a page-table entry of its own (mincore tells): false is "may or may not". */
  readonly present: boolean;
  /** The page was given up and not touched since: it has no entry. Never where `present` is true. */
  readonly absent?: true;
  /** The page may be dropped, and then read as zeros, until it is next written (MADV_FREE, MAP_DROPPABLE). */
  readonly lazy: boolean;
  /** The clause that put the contents there. */
  readonly by: ClauseId;
}

/** A set of contents that grows past this makes the program's verdict undecided. */
export const CONTENTS_MAX = 256;

export function cell(content: Content, by: ClauseId): Cell {
  return { contents: [content], present: true, lazy: false, by };
}

export function zeroCell(by: ClauseId): Cell {
  return { contents: [ZEROS], present: true, lazy: false, by };
}

/** The cell with every possible content changed; equal results are one possibility. */
export function mapContents(cell: Cell, by: ClauseId, change: (content: Content) => Content): Cell {
  if (cell.contents.length === 1) return { contents: [change(cell.contents[0]!)], present: true, lazy: false, by };
  return { contents: distinct(cell.contents.map(change)), present: true, lazy: false, by };
}

/** The cell with further possible contents. */
export function orElse(cell: Cell, by: ClauseId, others: readonly Content[]): Cell {
  return { ...cell, contents: distinct([...cell.contents, ...others]), by };
}

/** The cell that an observation leaves: the contents that agree with it. @returns undefined when none does */
export function narrow(cell: Cell, agrees: (content: Content) => boolean): Cell | undefined {
  if (cell.contents.length === 1) return agrees(cell.contents[0]!) ? cell : undefined;
  const left = cell.contents.filter(agrees);
  if (left.length === 0) return undefined;
  return left.length === cell.contents.length ? cell : { ...cell, contents: left };
}

export function distinct(contents: readonly Content[]): readonly Content[] {
  const kept: Content[] = [];
  for (const content of contents) if (!kept.some((other) => sameContent(other, content))) kept.push(content);
  return kept;
}

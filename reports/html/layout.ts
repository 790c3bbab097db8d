/**
 * Where the pages of address spaces go in the pictures of a finding. All steps share one layout, so that a page keeps its place from step to
 * step and only what changed moves the eye.
 */
import type { ProcessMemory, Region } from '../result.ts';

/** Width and height of one page, and the widths of a long run of pages and of a stretch that nothing ever maps, in pixels. */
export const CELL = 58;
const RUN = 2 * CELL;
const GAP = 34;
/** Runs of so many pages are drawn page by page. */
const DRAWN_PAGES_MAX = 3;

/** Bounds on what one picture draws; a program has no use for more, a hostile file may. */
const SEGMENTS_MAX = 40;
const ROWS_MAX = 16;

/** A run of pages in which no region begins or ends in any step. */
export interface Segment {
  readonly page: number;
  readonly pages: number;
  readonly x: number;
  readonly width: number;
  /** No step maps it. */
  readonly gap: boolean;
}

/** The addresses around one base, for all processes. */
export interface Strip {
  readonly base: string;
  readonly segments: readonly Segment[];
  readonly processes: readonly string[];
}

export interface Layout {
  readonly strips: readonly Strip[];
  /** Width of the widest strip. */
  readonly width: number;
  /** Some region has flags, which take a line of their own. */
  readonly flags: boolean;
  /** Not everything is drawn. */
  readonly cut: boolean;
}

/**
 * A region's place: `arena+2p` is page 2 of `arena`, a plain `7p` is page 7 of the base ''; what is no such address is page 0 of a base of
 * its own.
 */
export function placeOf(start: string): { readonly base: string; readonly page: number } {
  const parts = /^([a-z][\w.]*)(?:([+-]\d{1,13})p)?$/.exec(start);
  if (parts !== null) return { base: parts[1]!, page: Number(parts[2] ?? 0) };
  const plain = /^(\d{1,13})p$/.exec(start);
  return plain === null ? { base: start, page: 0 } : { base: '', page: Number(plain[1]) };
}

/** The layout that shows each of these memories, one per step. */
export function layOut(memories: readonly (readonly ProcessMemory[])[]): Layout {
  const bases = new Map<string, { readonly edges: Set<number>; readonly regions: Region[]; readonly processes: Set<string> }>();
  for (const { process, regions } of memories.flat()) {
    for (const region of regions) {
      const { base, page } = placeOf(region.start);
      let found = bases.get(base);
      if (found === undefined) {
        found = { edges: new Set(), regions: [], processes: new Set() };
        bases.set(base, found);
      }
      found.edges.add(page).add(page + region.pages);
      found.regions.push(region);
      found.processes.add(process);
    }
  }
  let rows = 0;
  let cut = false;
  const strips: Strip[] = [];
  for (const [base, { edges, regions, processes }] of bases) {
    const shown = [...processes].slice(0, ROWS_MAX - rows);
    const sorted = [...edges].sort((a, b) => a - b);
    cut ||= shown.length < processes.size || sorted.length > SEGMENTS_MAX + 1;
    rows += shown.length;
    if (shown.length > 0) strips.push({ base, segments: segmentsOf(sorted.slice(0, SEGMENTS_MAX + 1), regions), processes: shown });
  }
  return {
    strips,
    cut,
    width: Math.max(0, ...strips.map(({ segments }) => widthOf(segments))),
    flags: memories.flat().some(({ regions }) => regions.some(({ flags }) => flags.length > 0)),
  };
}

function segmentsOf(edges: readonly number[], regions: readonly Region[]): readonly Segment[] {
  const segments: Segment[] = [];
  let x = 0;
  for (const [i, page] of edges.slice(0, -1).entries()) {
    const pages = edges[i + 1]! - page;
    const gap = !regions.some((region) => covers(region, page));
    const width = gap ? GAP : pages <= DRAWN_PAGES_MAX ? pages * CELL : RUN;
    segments.push({ page, pages, x, width, gap });
    x += width;
  }
  return segments;
}

function widthOf(segments: readonly Segment[]): number {
  const last = segments.at(-1);
  return last === undefined ? 0 : last.x + last.width;
}

/** Whether a region holds a page of its base. */
export function covers(region: Region, page: number): boolean {
  const start = placeOf(region.start).page;
  return start <= page && page < start + region.pages;
}

/** Whether every page of a segment is drawn by itself. */
export function drawnPageByPage(segment: Segment): boolean {
  return !segment.gap && segment.pages <= DRAWN_PAGES_MAX;
}

/** Pictures of address spaces: one strip of pages for each base, one row in it for each process. */
import type { ProcessMemory, Region } from '../result.ts';
import { counted } from '../text.ts';
import { type Html, html } from './html.ts';
import { CELL, covers, drawnPageByPage, type Layout, placeOf, type Segment, type Strip } from './layout.ts';

const LABEL_WIDTH = 34;
/** Height of a row's first three lines, and of the fourth. */
const ROW = 50;
const LINE = 14;
const ROW_SPACE = 6;
/** Room for the addresses under a strip. */
const SCALE = 22;
/** Pixels that one character of a label takes. */
const CHARACTER = 6.3;
const TICK_WIDTH_MAX = 160;
/** Regions that the description for those who do not see the picture names. */
const DESCRIBED_MAX = 24;

/** The picture of the memory after a step. @param before  the memory before it; undefined before the first step */
export function picture(layout: Layout, memory: readonly ProcessMemory[], before: readonly ProcessMemory[] | undefined): Html {
  const height = layout.flags ? ROW + LINE : ROW;
  let y = 2;
  const parts: Html[] = [];
  for (const strip of layout.strips) {
    for (const process of strip.processes) {
      parts.push(row({ strip, process, y, height }, memory, before));
      y += height + ROW_SPACE;
    }
    parts.push(scale(strip, y));
    y += SCALE;
  }
  if (layout.cut) {
    parts.push(html`<text class="tick" x="0" y="${y + 8}">… more is mapped than is drawn</text>`);
    y += SCALE;
  }
  const width = LABEL_WIDTH + layout.width + 40;
  return html`<svg class="memory" role="img" aria-label="${described(memory)}" width="${width}" height="${y}" viewBox="0 0 ${width} ${y}">${parts}</svg>`;
}

/** All regions in words. */
function described(memory: readonly ProcessMemory[]): string {
  const regions = memory.flatMap(({ process, regions }) => regions.map((region) => `${process}: ${describe(region)}`));
  if (regions.length === 0) return 'Nothing is mapped.';
  const rest = regions.length - DESCRIBED_MAX;
  return regions.slice(0, DESCRIBED_MAX).join('; ') + (rest > 0 ? `; and ${counted(rest, 'region')} more` : '');
}

function describe({ start, pages, prot, kind, flags, content }: Region): string {
  return [`${start} ${counted(pages, 'page')} ${prot} ${kind}`, ...flags, ...(content === undefined ? [] : [`holds ${content}`])].join(
    ', ',
  );
}

/** Consecutive segments that look the same: one rectangle. */
interface Run {
  readonly region: Region | undefined;
  readonly changed: boolean;
  readonly x: number;
  width: number;
}

/** A process's row in a strip, and where it is drawn. */
interface Row {
  readonly strip: Strip;
  readonly process: string;
  readonly y: number;
  readonly height: number;
}

function row({ strip, process, y, height }: Row, memory: readonly ProcessMemory[], before: readonly ProcessMemory[] | undefined): Html {
  const now = regionsOf(strip, process, memory);
  const earlier = before === undefined ? [] : regionsOf(strip, process, before);
  const runs: Run[] = [];
  const dividers: string[] = [];
  for (const segment of strip.segments) {
    const region = now?.find((one) => covers(one, segment.page));
    // A process that was not there before has not changed anything: it is new as a whole.
    const changed =
      now !== undefined && earlier !== undefined && signature(region, segment) !== signature(earlierRegion(earlier, segment), segment);
    const x = LABEL_WIDTH + segment.x;
    const last = runs.at(-1);
    if (last !== undefined && last.region === region && last.changed === changed && region !== undefined) last.width += segment.width;
    else if (!segment.gap) runs.push({ region, changed, x, width: segment.width });
    if (region !== undefined && drawnPageByPage(segment)) {
      for (let page = 1; page < segment.pages; page++) dividers.push(`M${x + page * CELL} ${y}v${height}`);
    }
  }
  const label = html`<text class="process" x="0" y="${y + height / 2 + 4}">${clipped(process, LABEL_WIDTH)}</text>`;
  const lines = dividers.length === 0 ? undefined : html`<path class="page" d="${dividers.join('')}"/>`;
  if (now === undefined) return html`<g class="absent">${label}</g>`;
  return html`<g>${label}${runs.map((run) => cell(run, y, height))}${lines}</g>`;
}

function regionsOf(strip: Strip, process: string, memory: readonly ProcessMemory[]): readonly Region[] | undefined {
  return memory.find((one) => one.process === process)?.regions.filter((region) => placeOf(region.start).base === strip.base);
}

function earlierRegion(earlier: readonly Region[], segment: Segment): Region | undefined {
  return earlier.find((one) => covers(one, segment.page));
}

/** All that a reader could see change in a page: how it may be used, what it shows and what stands behind it. */
function signature(region: Region | undefined, { page }: Segment): string {
  if (region === undefined) return '';
  return JSON.stringify([region.prot, region.flags, region.content, backing(region, page - placeOf(region.start).page)]);
}

/** The kind of a region, seen so many pages after its start: `shared f0+3p` is `shared f0+5p` two pages on. */
function backing({ kind }: Region, pages: number): string {
  const offset = /^(.*)\+(\d{1,12})p$/.exec(kind);
  if (offset !== null) return `${offset[1]}+${Number(offset[2]) + pages}p`;
  return /\banon$/.test(kind) || pages === 0 ? kind : `${kind}+${pages}p`;
}

function cell({ region, changed, x, width }: Run, y: number, height: number): Html {
  const frame = html`x="${x + 0.5}" y="${y + 0.5}" width="${width - 1}" height="${height - 1}"`;
  const mark = changed
    ? html`<rect class="changed" x="${x + 1.5}" y="${y + 1.5}" width="${width - 3}" height="${height - 3}"/>`
    : undefined;
  if (region === undefined) return html`<rect class="hole" ${frame}/>${mark}`;
  const kind = region.kind.replace(/^(private|shared) /, '');
  const shared = region.kind.startsWith('shared') ? html`<rect class="shared" ${frame}/>` : undefined;
  const texts = [region.pages > 3 ? `${region.prot} ${region.pages}p` : region.prot, kind, region.content ?? '', region.flags.join(' ')];
  const lines = texts.map((text, i) =>
    text === '' ? undefined : html`<text x="${x + 4}" y="${y + LINE * (i + 1)}">${clipped(text, width - 6)}</text>`,
  );
  return html`<g><title>${describe(region)}</title><rect class="${protectionClass(region.prot)}" ${frame}/>${shared}${mark}${lines}</g>`;
}

function protectionClass(prot: string): string {
  if (!/^[r-][w-][x-]$/.test(prot)) return 'p-unknown';
  if (prot.endsWith('x')) return prot[1] === 'w' ? 'p-wx' : 'p-x';
  if (prot[1] === 'w') return 'p-w';
  return prot[0] === 'r' ? 'p-r' : 'p-none';
}

/** The addresses at the edges of the segments. */
function scale({ base, segments }: Strip, y: number): Html {
  const ticks: Html[] = [];
  let free = -1;
  for (const { page, pages, x, width } of segments) {
    const text = page === 0 && base !== '' ? base : offset(base, page);
    const label = clipped(ticks.length === 0 && page !== 0 ? base + text : text, TICK_WIDTH_MAX);
    if (x >= free) {
      ticks.push(tick(label, x, y));
      free = x + (label.length + 1) * CHARACTER;
    }
    if (page + pages === lastPage(segments) && x + width >= free) ticks.push(tick(offset(base, page + pages), x + width, y));
  }
  return html`${ticks}`;
}

/** `+2p`, `-1p`; without a base plain `7p`. */
function offset(base: string, page: number): string {
  return `${page >= 0 && base !== '' ? '+' : ''}${page}p`;
}

function lastPage(segments: readonly Segment[]): number {
  const last = segments.at(-1)!;
  return last.page + last.pages;
}

function tick(label: string, x: number, y: number): Html {
  const left = LABEL_WIDTH + x;
  return html`<path class="tickmark" d="M${left} ${y - ROW_SPACE + 1}v4"/><text class="tick" x="${left}" y="${y + 9}">${label}</text>`;
}

function clipped(text: string, width: number): string {
  const characters = [...text];
  const room = Math.max(1, Math.floor(width / CHARACTER));
  return characters.length <= room ? text : `${characters.slice(0, room - 1).join('')}…`;
}

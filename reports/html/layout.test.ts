import { expect, test } from 'vitest';
import type { Region } from '../result.ts';
import { CELL, layOut, placeOf } from './layout.ts';
import { picture } from './picture.ts';

const region = (start: string, pages: number, kind = 'private anon', content = ''): Region => ({
  start,
  pages,
  prot: 'rw-',
  kind,
  flags: [],
  content,
});
const p0 = (...regions: Region[]) => [{ process: 'p0', regions }];

test.each([
  ['arena', 'arena', 0],
  ['arena+12p', 'arena', 12],
  ['a-1p', 'a', -1],
  ['q.r+2p', 'q.r', 2],
  ['77p', '', 77],
  ['arena+1', 'arena+1', 0],
  ['<svg>', '<svg>', 0],
])('placeOf %s', (start, base, page) => {
  expect(placeOf(start)).toEqual({ base, page });
});

test('all steps share the edges of all regions', () => {
  const { strips } = layOut([p0(region('arena', 4)), p0(region('arena', 1), region('arena+2p', 2))]);
  expect(strips).toHaveLength(1);
  expect(strips[0]!.segments.map(({ page, pages, x }) => [page, pages, x])).toEqual([
    [0, 1, 0],
    [1, 1, CELL],
    [2, 2, 2 * CELL],
  ]);
});

test('what nothing maps is a narrow gap, a long run is compressed', () => {
  const [strip] = layOut([p0(region('arena', 1), region('arena+1000p', 1000))]).strips;
  expect(strip!.segments.map(({ pages, gap }) => [pages, gap])).toEqual([
    [1, false],
    [999, true],
    [1000, false],
  ]);
  expect(strip!.segments[1]!.width).toBeLessThan(CELL);
  expect(strip!.segments[2]!.width).toBe(2 * CELL);
});

const changes = (before: readonly Region[] | undefined, after: readonly Region[]) => {
  const memories = [p0(...(before ?? [])), p0(...after)];
  const svg = String(picture(layOut(memories), memories[1]!, before === undefined ? undefined : memories[0]));
  return svg.match(/class="changed"/g)?.length ?? 0;
};

test('what a step changed is marked, page by page', () => {
  expect(changes(undefined, [region('arena', 2)])).toBe(1);
  expect(changes([region('arena', 2)], [region('arena', 2)])).toBe(0);
  expect(changes([region('arena', 3)], [region('arena', 1), region('arena+2p', 1)])).toBe(1);
  expect(changes([region('arena', 2)], [region('arena', 1), region('arena+1p', 1, 'private anon', '0x5a')])).toBe(1);
  expect(changes([region('arena', 1), region('arena+2p', 1)], [])).toBe(2);
});

test('a file mapping that is split has not changed, one that moves in the file has', () => {
  const whole = [region('arena', 3, 'shared f0+2p')];
  expect(changes(whole, [region('arena', 1, 'shared f0+2p'), region('arena+1p', 2, 'shared f0+3p')])).toBe(0);
  expect(changes(whole, [region('arena', 1, 'shared f0+2p'), region('arena+1p', 2, 'shared f0+4p')])).toBe(1);
  expect(changes([region('arena', 2, 'shared f0')], [region('arena', 1, 'shared f0'), region('arena+1p', 1, 'shared f0+1p')])).toBe(0);
});

test('a process that has just begun is not marked as changed', () => {
  const before = p0(region('arena', 1));
  const after = [...before, { process: 'p1', regions: [region('arena', 1)] }];
  const svg = String(picture(layOut([before, after]), after, before));
  expect(svg).toContain('>p1<');
  expect(svg).not.toContain('changed');
  expect(String(picture(layOut([before, after]), before, undefined))).toContain('absent');
});

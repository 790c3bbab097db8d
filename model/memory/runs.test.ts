import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Runs } from './runs.ts';

const PAGES = 24;

/** The meaning of Runs, written down page by page. */
class Pages {
  readonly values = new Map<number, string>();
}

const edit = fc.record({
  kind: fc.constantFrom('set', 'delete', 'update' as const),
  start: fc.integer({ min: 0, max: PAGES - 1 }),
  length: fc.integer({ min: 1, max: 9 }),
  value: fc.constantFrom('a', 'b', 'c'),
});

function apply(edits: readonly { kind: string; start: number; length: number; value: string }[]): { runs: Runs<string>; pages: Pages } {
  let runs = Runs.empty<string>();
  const pages = new Pages();
  for (const { kind, start, length, value } of edits) {
    const end = start + length;
    if (kind === 'set') runs = runs.set(start, end, value);
    else if (kind === 'delete') runs = runs.delete(start, end);
    else runs = runs.update(start, end, (old) => old + value);
    for (let page = start; page < end; page++) {
      const old = pages.values.get(page);
      if (kind === 'set') pages.values.set(page, value);
      else if (kind === 'delete') pages.values.delete(page);
      else if (old !== undefined) pages.values.set(page, old + value);
    }
  }
  return { runs, pages };
}

describe('Runs', () => {
  test('means the same as a table with one entry a page', () => {
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 20 }), (edits) => {
        const { runs, pages } = apply(edits);
        for (let page = 0; page < PAGES + 10; page++) expect(runs.get(page)).toBe(pages.values.get(page));
      }),
    );
  });

  test('keeps neighbouring pages with the same value as one run', () => {
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 20 }), (edits) => {
        const all = apply(edits).runs.all();
        for (let i = 1; i < all.length; i++) {
          expect(all[i]!.start).toBeGreaterThanOrEqual(all[i - 1]!.end);
          expect(all[i]!.start === all[i - 1]!.end && all[i]!.value === all[i - 1]!.value).toBe(false);
        }
      }),
    );
  });

  test('an edit leaves the map that it was made from alone', () => {
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 12 }), edit, (edits, { start, length, value }) => {
        const { runs } = apply(edits);
        const before = runs.all();
        runs.set(start, start + length, value);
        runs.delete(start, start + length);
        runs.update(start, start + length, () => 'changed');
        expect(runs.all()).toEqual(before);
      }),
    );
  });

  test('queries agree with the pages', () => {
    fc.assert(
      fc.property(
        fc.array(edit, { maxLength: 12 }),
        fc.integer({ min: 0, max: 30 }),
        fc.integer({ min: 1, max: 9 }),
        (edits, start, length) => {
          const { runs, pages } = apply(edits);
          const range = Array.from({ length }, (_, i) => start + i);
          const hole = range.find((page) => !pages.values.has(page));
          expect(runs.covers(start, start + length)).toBe(hole === undefined);
          expect(runs.firstHole(start, start + length)).toBe(hole ?? start + length);
          expect(runs.overlaps(start, start + length)).toBe(range.some((page) => pages.values.has(page)));
          const parts = runs.within(start, start + length).flatMap((part) => range.filter((page) => page >= part.start && page < part.end));
          expect(parts).toEqual(range.filter((page) => pages.values.has(page)));
          expect(runs.runFrom(start)?.start).toBe(runs.all().find((run) => run.start >= start)?.start);
          expect(runs.runBefore(start)?.start).toBe(runs.all().findLast((run) => run.start < start)?.start);
          expect(runs.runAt(start)?.value).toBe(pages.values.get(start));
        },
      ),
    );
  });

  test('a length of 2^40 pages is one run', () => {
    const runs = Runs.empty<string>()
      .set(5, 5 + 2 ** 40, 'a')
      .set(2 ** 30, 2 ** 30 + 1, 'b');
    expect(runs.runCount).toBe(3);
    expect(runs.get(2 ** 39)).toBe('a');
  });
});

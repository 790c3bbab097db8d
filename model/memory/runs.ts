/**
 * A persistent piecewise-constant map from page number to a value. It means exactly "page → value or nothing"; that neighbouring pages with the
 * same value are kept as one run is its own affair, so that a mapping of any length costs the same.
 */
import { type Table, table } from '../table.ts';

interface Run<V> {
  readonly end: number;
  readonly value: V;
}

type Pair<V> = [start: number, run: Run<V>];

/** Where the tree puts what it finds. It is read at once and never kept: an array for every lookup would cost as much as the lookup. */
const FOUND: Pair<unknown> = [0, { end: 0, value: undefined }];

export class Runs<V> {
  readonly #tree: Table<Run<V>>;

  private constructor(tree: Table<Run<V>>) {
    this.#tree = tree;
  }

  static empty<V>(): Runs<V> {
    return new Runs<V>(table<Run<V>>());
  }

  get runCount(): number {
    return this.#tree.size;
  }

  get(page: number): V | undefined {
    const pair = this.#tree.getPairOrNextLower(page, FOUND as Pair<V>);
    return pair !== undefined && page < pair[1].end ? pair[1].value : undefined;
  }

  /** The run that holds the page: [start, end) and its value. */
  runAt(page: number): { start: number; end: number; value: V } | undefined {
    const pair = this.#tree.getPairOrNextLower(page, FOUND as Pair<V>);
    return pair !== undefined && page < pair[1].end ? { start: pair[0], end: pair[1].end, value: pair[1].value } : undefined;
  }

  /** The first run that starts at or after the page. */
  runFrom(page: number): { start: number; end: number; value: V } | undefined {
    const pair = this.#tree.getPairOrNextHigher(page, FOUND as Pair<V>);
    return pair === undefined ? undefined : { start: pair[0], end: pair[1].end, value: pair[1].value };
  }

  /** The last run that starts before the page. */
  runBefore(page: number): { start: number; end: number; value: V } | undefined {
    const pair = this.#tree.nextLowerPair(page, FOUND as Pair<V>);
    return pair === undefined ? undefined : { start: pair[0], end: pair[1].end, value: pair[1].value };
  }

  /** The parts of runs inside [start, end), in ascending order. */
  within(start: number, end: number): { start: number; end: number; value: V }[] {
    const parts: { start: number; end: number; value: V }[] = [];
    const below = this.#tree.getPairOrNextLower(start, FOUND as Pair<V>);
    if (below !== undefined && below[0] < start && below[1].end > start) {
      parts.push({ start, end: Math.min(end, below[1].end), value: below[1].value });
    }
    this.#tree.forRange(start, end, false, (runStart, run) => {
      parts.push({ start: runStart, end: Math.min(end, run.end), value: run.value });
    });
    return parts;
  }

  /** True when every page of [start, end) has a value. */
  covers(start: number, end: number): boolean {
    let page = start;
    while (page < end) {
      const run = this.runAt(page);
      if (run === undefined) return false;
      page = run.end;
    }
    return true;
  }

  /** The first page of [start, end) without a value, or `end`. */
  firstHole(start: number, end: number): number {
    let page = start;
    while (page < end) {
      const run = this.runAt(page);
      if (run === undefined) return page;
      page = run.end;
    }
    return end;
  }

  overlaps(start: number, end: number): boolean {
    if (start >= end) return false;
    const pair = this.#tree.getPairOrNextLower(end - 1, FOUND as Pair<V>);
    return pair !== undefined && pair[1].end > start;
  }

  set(start: number, end: number, value: V): Runs<V> {
    const tree = this.#cut(start, end);
    let from = start;
    let to = end;
    const below = tree.nextLowerPair(start, FOUND as Pair<V>);
    if (below !== undefined && below[1].end === start && below[1].value === value) from = below[0];
    const above = tree.get(end);
    if (above !== undefined && above.value === value) {
      to = above.end;
      tree.delete(end);
    }
    tree.set(from, { end: to, value });
    return new Runs(tree);
  }

  delete(start: number, end: number): Runs<V> {
    return this.overlaps(start, end) ? new Runs(this.#cut(start, end)) : this;
  }

  /** Replaces the value of every page in [start, end) that has one; `change` is called once for each distinct value in a row. */
  update(start: number, end: number, change: (value: V) => V): Runs<V> {
    let result: Runs<V> = this;
    let last: V | undefined;
    let changed: V | undefined;
    for (const part of this.within(start, end)) {
      if (changed === undefined || part.value !== last) {
        last = part.value;
        changed = change(part.value);
      }
      if (changed !== part.value) result = result.set(part.start, part.end, changed);
    }
    return result;
  }

  /** All runs in ascending order. */
  all(): { start: number; end: number; value: V }[] {
    return this.#tree.toArray().map(([start, run]) => ({ start, end: run.end, value: run.value }));
  }

  /** A copy of the tree in which no run reaches into [start, end). */
  #cut(start: number, end: number): Table<Run<V>> {
    const tree = this.#tree.clone();
    const last = tree.getPairOrNextLower(end - 1);
    if (last === undefined || last[1].end <= start) return tree;
    if (last[1].end > end) tree.set(end, last[1]);
    const first = tree.nextLowerPair(start);
    tree.deleteRange(start, end, false);
    if (first !== undefined && first[1].end > start) tree.set(first[0], { end: start, value: first[1].value });
    return tree;
  }
}

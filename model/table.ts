/** A persistent ordered map with number keys: `clone()` costs nothing, and a clone's changes leave the original alone. */
import { createRequire } from 'node:module';
import type sortedBtree from 'sorted-btree';

// The package is CommonJS, and loaders differ in what `import` makes of its default export; require is the same in all.
const { default: BTree } = createRequire(import.meta.url)('sorted-btree') as typeof sortedBtree;

export type Table<V> = sortedBtree.default<number, V>;

const ascending = (a: number, b: number): number => a - b;

export function table<V>(): Table<V> {
  return new BTree<number, V>(undefined, ascending);
}

/** The table with one entry set. */
export function withEntry<V>(entries: Table<V>, key: number, value: V): Table<V> {
  const copy = entries.clone();
  copy.set(key, value);
  return copy;
}

/** The table without one entry. */
export function withoutEntry<V>(entries: Table<V>, key: number): Table<V> {
  const copy = entries.clone();
  copy.delete(key);
  return copy;
}

/** What no compiler and no linter watches: that the chapters and the model speak of the same clauses. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readChapters } from './chapters.ts';

const MODEL = fileURLToPath(new URL('../model/', import.meta.url));
const chapters = readChapters();
const clauses = chapters.flatMap((chapter) => chapter.clauses);
const ids = new Set(clauses.map((clause) => clause.id));
const groups = new Set(chapters.flatMap((chapter) => chapter.groups));

/** The string literals of the model's sources that could be clause ids, with the files in which they stand. */
function literalsOfModel(): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const files = readdirSync(MODEL, { recursive: true, encoding: 'utf8' });
  for (const file of files.filter((name) => name.endsWith('.ts') && !/\.test(ing)?\.ts$/.test(name))) {
    const source = readFileSync(`${MODEL}/${file}`, 'utf8');
    for (const [, id = ''] of source.matchAll(/['"`]([a-z][a-z0-9_]*(?:\.[a-z0-9][a-z0-9-]*)+)['"`]/g)) found.set(id, file);
  }
  return found;
}

test('every clause that programs can exercise has a rule in the model', () => {
  const literals = literalsOfModel();
  const exercised = clauses.filter((clause) => clause.notGenerated === undefined);
  expect(exercised.map(({ id }) => id).filter((id) => !literals.has(id))).toEqual([]);
});

test('every clause that the model names is in a chapter', () => {
  const unknown = [...literalsOfModel()].filter(([id]) => groups.has(id.split('.')[0]!) && !ids.has(id));
  expect(unknown.map(([id, file]) => `${file}: ${id}`)).toEqual([]);
});

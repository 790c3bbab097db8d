import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readChapters } from './chapters.ts';
import { CLAUSES_FILE, clausesModule } from './generate-clauses.ts';

test('spec/clauses.ts is what npm run spec writes', () => {
  expect(readFileSync(CLAUSES_FILE, 'utf8')).toBe(clausesModule(readChapters()));
});

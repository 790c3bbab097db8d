import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exampleResult, results } from '../result.testing.ts';
import type { Result } from '../result.ts';
import { formatJson } from './json.ts';

/** The same value with the members of every object turned round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, member]) => [key, reversed(member)] as const)
      .reverse(),
  );
}

test('the text does not depend on the order of members', () => {
  fc.assert(
    fc.property(results(), (result) => {
      expect(formatJson(reversed(result) as Result)).toBe(formatJson(result));
    }),
    { numRuns: 100 },
  );
});

test('the schema comes first, and a line feed last', () => {
  const text = formatJson(exampleResult());
  expect(text).toMatch(/^\{\n {2}"schema": 1,\n {2}"tool": \{/);
  expect(text.endsWith('}\n')).toBe(true);
});

test('clauses are in alphabetical order', () => {
  const ids = Object.keys(JSON.parse(formatJson(exampleResult())).clauses);
  expect(ids).toEqual([...ids].sort());
});

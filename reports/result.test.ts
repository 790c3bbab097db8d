import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatJson } from './json/json.ts';
import { exampleResult, results } from './result.testing.ts';
import { InvalidResult, parseResult, RESULT_LENGTH_MAX } from './result.ts';

const example = () => JSON.parse(formatJson(exampleResult()));

function failure(json: string): InvalidResult {
  try {
    parseResult(json);
  } catch (error) {
    if (error instanceof InvalidResult) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

test('what is written is read back unchanged', () => {
  fc.assert(
    fc.property(results(), (result) => {
      expect(parseResult(formatJson(result))).toEqual(result);
    }),
    { numRuns: 200 },
  );
});

test('members that the schema does not name are left out', () => {
  const document = example();
  document.future = 1;
  document.tool.colour = 'red';
  expect(parseResult(JSON.stringify(document))).toEqual(exampleResult());
});

describe('a document that is not a result is refused with the path of the first mistake', () => {
  const cases: readonly [string, (document: ReturnType<typeof example>) => void, string, RegExp][] = [
    ['another schema', (d) => Object.assign(d, { schema: 2 }), 'schema', /expected 1 .*found 2$/],
    ['no schema', (d) => delete d.schema, 'schema', /expected a value, found nothing/],
    ['a missing member', (d) => delete d.target.machine, 'target.machine', /found nothing/],
    [
      'a negative count',
      (d) => Object.assign(d.clauses['munmap.unmaps'], { exercised: -1 }),
      'clauses["munmap.unmaps"].exercised',
      /found -1$/,
    ],
    ['half a program', (d) => Object.assign(d, { programs: 0.5 }), 'programs', /whole number/],
    ['a count beyond safe integers', (d) => Object.assign(d, { steps: 2 ** 60 }), 'steps', /whole number/],
    ['a text for a number', (d) => Object.assign(d, { seed: '1' }), 'seed', /found "1"/],
    [
      'an unknown verdict',
      (d) => Object.assign(d.divergences[1].steps[0], { verdict: 'fine' }),
      'divergences[1].steps[0].verdict',
      /one of conforms/,
    ],
    ['an object for a list', (d) => Object.assign(d, { divergences: {} }), 'divergences', /expected a list, found an object/],
    ['a list for a record', (d) => Object.assign(d, { clauses: [] }), 'clauses', /expected an object, found a list/],
    ['an infinite time', (d) => Object.assign(d, { seconds: 'INF' }), 'seconds', /expected a/],
    ['a date that is none', (d) => Object.assign(d, { startedAt: 'yesterday' }), 'startedAt', /a time such as/],
    [
      'three steps for two',
      (d) => Object.assign(d.divergences[0].minimisation, { steps: [1] }),
      'divergences[0].minimisation.steps[1]',
      /.*/,
    ],
    ['an option that is an object', (d) => Object.assign(d.options, { time: {} }), 'options.time', /found an object/],
  ];
  test.each(cases)('%s', (_name, spoil, path, message) => {
    const document = example();
    spoil(document);
    const error = failure(JSON.stringify(document).replace('"INF"', '1e999'));
    expect(error.path).toBe(path);
    expect(error.message).toMatch(message);
  });

  test.each(['__proto__', 'prototype', 'constructor'])('the key %s', (key) => {
    const json = JSON.stringify(example()).replace('"munmap.length-zero":', `"${key}":`);
    expect(failure(json).path).toBe('choices');
    expect(({} as Record<string, unknown>).exercised).toBeUndefined();
  });

  test.each([
    ['', 'JSON'],
    ['{"schema":1', 'JSON'],
    ['not json', 'JSON'],
    ['null', 'an object'],
    ['[]', 'a value'],
    ['3', 'an object'],
    ['['.repeat(300_000), 'JSON'],
    ['['.repeat(300_000) + ']'.repeat(300_000), 'a value'],
  ])('%#', (json, expected) => {
    const error = failure(json);
    expect(error.expected).toBe(expected);
    expect(error.message.length).toBeLessThan(300);
  });

  test('a document that is too long', () => {
    expect(failure(' '.repeat(RESULT_LENGTH_MAX + 1)).expected).toBe('at most 64 MiB');
  });
});

test('any text gives a result or an InvalidResult', () => {
  const mutated = fc.tuple(results(), fc.nat(), fc.string({ maxLength: 3 })).map(([result, at, patch]) => {
    const json = formatJson(result);
    const i = at % json.length;
    return json.slice(0, i) + patch + json.slice(i + patch.length);
  });
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json(), mutated), (text) => {
      try {
        parseResult(text);
      } catch (error) {
        expect(error).toBeInstanceOf(InvalidResult);
      }
    }),
    { numRuns: 300 },
  );
});

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { callsHeader } from './generate-calls.ts';

test('calls.h is what generate-calls.ts writes', () => {
  expect(readFileSync(new URL('calls.h', import.meta.url), 'utf8')).toBe(callsHeader());
});

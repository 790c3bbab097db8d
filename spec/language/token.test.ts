import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseProgram } from './parser.ts';
import { wellFormedPrograms } from './program.testing.ts';
import { ProgramSyntaxError } from './syntax-error.ts';
import { decodeToken, encodeToken, TokenError } from './token.ts';

const token = (text: string): string => `vk1-${deflateRawSync(text).toString('base64url')}`;

test('decoding a token gives the program back, and the token is one word', () => {
  fc.assert(
    fc.property(wellFormedPrograms(), (program) => {
      const word = encodeToken(program);
      expect(word).toMatch(/^vk1-[A-Za-z0-9_-]+$/);
      expect(decodeToken(word)).toEqual(program);
    }),
  );
});

test('a short program has a short token', () => {
  const word = encodeToken(parseProgram('a = mmap(0, 4p, rw, private|anon)\nmunmap(a+1p, 1p)\nload(a)'));
  expect(word.length).toBeLessThan(100);
});

test.each([
  ['', /starts with vk1-/],
  ['vk2-abc', /starts with vk1-/],
  ['vk1-', /consists of/],
  ['vk1-a b', /consists of/],
  ['vk1-AAAA', /cannot be unpacked/],
  [token('fork()').slice(0, -3), /cannot be unpacked/],
  [token('fork('), /does not hold a program \(token:1:6/],
])('%j is refused', (word, message) => {
  expect(() => decodeToken(word)).toThrow(TokenError);
  expect(() => decodeToken(word)).toThrow(message);
});

test('a token does not unfold beyond 1 MiB', () => {
  expect(decodeToken(token('\n'.repeat(1024 * 1024)))).toEqual({ steps: [] });
  expect(() => decodeToken(token('\n'.repeat(1024 * 1024 + 1)))).toThrow(/cannot be unpacked/);
  const steps = Array.from({ length: 200_000 }, () => ({ process: 'p0', call: { kind: 'fork' } as const }));
  expect(() => encodeToken({ steps })).toThrow(TokenError);
});

test('the cause of a refusal is kept', () => {
  expect.assertions(1);
  try {
    decodeToken(token('oops'));
  } catch (error) {
    expect((error as TokenError).cause).toBeInstanceOf(ProgramSyntaxError);
  }
});

test('arbitrary words are programs or a TokenError', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.base64String().map((s) => `vk1-${s}`),
        fc.uint8Array().map((b) => `vk1-${Buffer.from(b).toString('base64url')}`),
      ),
      (word) => {
        try {
          decodeToken(word);
        } catch (error) {
          expect(error).toBeInstanceOf(TokenError);
        }
      },
    ),
    { numRuns: 1000 },
  );
});

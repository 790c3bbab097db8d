import { expect, test } from 'vitest';
import { unmetExpectations } from './expectations.ts';
import { law, ran } from './foreseen.testing.ts';

const unmet = (...parameters: Parameters<typeof ran>): ReadonlyMap<number, string> => {
  const { program, trace } = ran(...parameters);
  return unmetExpectations(law, program, trace);
};

test('expectations that hold are none that are unmet', () => {
  const text = `a = mmap(arena, 2p, rw, private|anon|fixed) -> a
store(a, 0x1234, 2) -> ok
load(a, 2) -> 0x1234
load(a, 2) -> bytes 34 12
munmap(a+1p, 1p) -> 0
load(a+1p) -> SIGSEGV/MAPERR at a+1p
munmap(a, 0) -> EINVAL | 0
exit(3) -> exited
`;
  expect([...unmet(text)]).toEqual([]);
});

test.each([
  ['munmap(arena, 1p) -> 1', '1'],
  ['munmap(arena, 1p) -> EINVAL', 'EINVAL'],
  ['munmap(arena, 0) -> ok', 'ok'],
  ['load(arena) -> 0', '0'],
  ['load(arena) -> SIGSEGV/ACCERR at arena', 'SIGSEGV/ACCERR at arena'],
  ['load(arena) -> SIGSEGV/MAPERR at arena+1', 'SIGSEGV/MAPERR at arena+1'],
  ['exit() -> blocked', 'blocked'],
  ['munmap(arena, 1p) -> bytes 00', 'bytes 00'],
])('%s is unmet', (text, said) => {
  const [[index, words] = []] = unmet(text);
  expect(index).toBe(0);
  expect(words).toBe(said);
});

test('an expectation of what is lost is unmet, and what follows is not looked at', () => {
  const text = 'munmap(arena, 1p) -> 0\nmunmap(arena, 1p) -> EINVAL';
  expect([...unmet(text, { 0: { kind: 'lost', why: 'it died' } }).keys()]).toEqual([0]);
});

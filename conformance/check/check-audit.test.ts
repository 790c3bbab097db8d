import { expect, test } from 'vitest';
import { audited, check, ran } from './foreseen.testing.ts';

const PROGRAM = `mmap(arena, 2p, rw, private|anon|fixed)
store(arena, 0x5a)
mmap(arena+2p, 1p, r, private|anon|fixed)
`;

test('what the law foresees of every page has no finding', () => {
  expect(check(ran(PROGRAM)).findings).toEqual([]);
});

test.each([
  [
    'a page that cannot be read',
    0,
    { load: 'SIGSEGV/MAPERR', hash: 0 },
    'load.value',
    { access: 'load', probe: 'SIGSEGV/MAPERR', expected: 'ok' },
  ],
  ['a page that cannot be written', 1, { store: 'SIGSEGV/ACCERR' }, 'store.value', { access: 'store', expected: 'ok' }],
  [
    'a page that can be written after all',
    2,
    { store: 'ok' },
    'store.protection',
    { access: 'store', probe: 'ok', expected: 'SIGSEGV/ACCERR' },
  ],
  ['a page that is there after all', 3, { load: 'ok' }, 'load.unmapped', { access: 'load', probe: 'ok', expected: 'SIGSEGV/MAPERR' }],
  ['a hole whose store faults in another way', 3, { store: 'SIGSEGV/ACCERR' }, 'load.unmapped', { access: 'store' }],
  ['a page that holds something else', 1, { hash: 12345 }, 'load.value', { kind: 'content', hash: 12345, expected: [0] }],
] as const)('%s is found', (_, index, change, clause, observed) => {
  const { findings } = check(audited(ran(PROGRAM), (page, at) => (at === index ? { ...page, ...change } : page)));
  expect(findings).toHaveLength(1);
  expect(findings[0]).toMatchObject({ kind: 'diverges', at: { audit: 'p0' }, observed });
  expect(findings[0]!.clauses[0]).toBe(clause);
});

test('an access that the agent did not try is not judged', () => {
  const run = audited(ran(PROGRAM), (page) => ({ ...page, store: 'unknown', exec: 'unknown' }));
  expect(check(run).findings).toEqual([]);
});

test('a page that may hold two things narrows to what was seen, for those who look after it', () => {
  const shared = `mmap(arena, 1p, rw, private|anon|fixed)
store(arena, 0x5a)
p1 = fork()
madvise(arena, 1p, free)
`;
  const zeroed = audited(ran(shared), (page, at) => (at === 0 ? { ...page, hash: 0 } : page));
  const findings = check(zeroed).findings;
  // The parent's page may have been dropped; the child's may not.
  expect(findings.map(({ at }) => ('audit' in at ? at.audit : ''))).toEqual(['p1']);
});

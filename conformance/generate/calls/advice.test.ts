import { expect, test } from 'vitest';
import { resolveDialect } from '../../../spec/dialects/dialect.ts';
import { type Call, type CallKind, type CallOf, MADV, MCL, MS } from '../../../spec/language/index.ts';
import { defaultHost } from '../default-host.ts';
import { Dice } from '../dice.ts';
import { generate } from '../generate.ts';

const KINDS: readonly CallKind[] = [
  ...(['madvise', 'msync', 'mincore', 'mlock', 'mlock2', 'munlock', 'mlockall', 'munlockall'] as const),
  ...(['mmap', 'munmap', 'load', 'store', 'setrlimit', 'memfd_create', 'ftruncate', 'add_seals'] as const),
];

const calls: Call[] = [];
for (let index = 0; index < 1200; index++) {
  const options = { host: defaultHost, choices: resolveDialect('linux', defaultHost), stepsMin: 20, stepsMax: 30, calls: KINDS };
  for (const step of generate(Dice.of(1, index), options).steps) calls.push(step.call);
}

/** The calls of one kind; the filter keeps no others. */
const of = <K extends CallKind>(kind: K): readonly CallOf<K>[] => calls.filter((call) => call.kind === kind) as unknown as CallOf<K>[];

test('every advice is given, and some that nobody knows', () => {
  const given = new Set(of('madvise').map(({ advice }) => advice));
  expect(Object.values(MADV).filter((advice) => !given.has(advice))).toEqual([]);
  expect([-1, 5, 26, 104].filter((advice) => !given.has(advice))).toEqual([]);
});

test('every combination of flags of msync and mlockall is given, and undefined bits', () => {
  const msync = new Set(of('msync').map(({ flags }) => flags));
  for (let flags = 0; flags < 8; flags++) {
    const bits = (flags & 1 ? MS.async : 0) | (flags & 2 ? MS.sync : 0) | (flags & 4 ? MS.invalidate : 0);
    expect(msync, `msync ${bits}`).toContain(bits);
  }
  const mlockall = new Set(of('mlockall').map(({ flags }) => flags));
  for (let flags = 0; flags <= (MCL.current | MCL.future | MCL.onfault); flags++) expect(mlockall, `mlockall ${flags}`).toContain(flags);
  expect([...msync].some((flags) => (flags & 0x100) !== 0)).toBe(true);
  expect([...mlockall].some((flags) => (flags & 0x8) !== 0)).toBe(true);
});

test.each(['madvise', 'msync', 'mincore', 'mlock', 'mlock2', 'munlock'] as const)(
  '%s meets the corners of addresses and lengths',
  (kind) => {
    const ranges = of(kind);
    const meets = (what: string, holds: (range: (typeof ranges)[number]) => boolean): void => expect(ranges.some(holds), what).toBe(true);
    meets('unaligned', ({ addr }) => addr.offset % 4096 !== 0);
    meets('null', ({ addr }) => addr.base === 'abs' && addr.offset === 0);
    meets('the user limit', ({ addr }) => addr.base === 'top');
    meets('kernel addresses', ({ addr }) => addr.base === 'high');
    meets('wrap-around', ({ addr, length }) => addr.base === 'arena' && length.offset < 0);
    meets('length zero', ({ length }) => length.base === 'abs' && length.offset === 0);
    meets('part of a page', ({ length }) => length.offset % 4096 !== 0);
  },
);

test('mincore answers into the target’s buffer, into memory, over the edge of a page and nowhere', () => {
  const vecs = of('mincore').map(({ vec }) => vec);
  expect(vecs.some(({ base }) => base === 'buf')).toBe(true);
  expect(vecs.some(({ base, offset }) => base === 'arena' && offset % 4096 === 0)).toBe(true);
  expect(vecs.some(({ base, offset }) => base === 'arena' && offset % 4096 === 4095)).toBe(true);
  expect(vecs.some(({ base }) => base === 'top' || base === 'high')).toBe(true);
});

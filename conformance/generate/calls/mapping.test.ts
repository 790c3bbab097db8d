/** That the makers of calls on mappings reach every corner that the chapters speak of, and bring in nothing large. */
import { beforeAll, expect, test } from 'vitest';
import { isOpen } from '../../../model/allowed.ts';
import { allow, foreseen } from '../../../model/judge.ts';
import { startWorld } from '../../../model/world.ts';
import { CLAUSES, type ClauseId } from '../../../spec/clauses.ts';
import { resolveDialect } from '../../../spec/dialects/dialect.ts';
import type { Call, CallKind } from '../../../spec/language/call.ts';
import { MAP, MAP_TYPE_MASK, MREMAP, PAGE_SIZE, PROT, RLIMIT } from '../../../spec/language/constants.ts';
import { defaultHost } from '../default-host.ts';
import { Dice } from '../dice.ts';
import { generate, imaginedPlace } from '../generate.ts';

const MAPPING_CALLS: readonly CallKind[] = ['mmap', 'munmap', 'mprotect', 'mremap', 'brk', 'setrlimit', 'load', 'store', 'exec'];
const OTHERS: readonly CallKind[] = [
  'fork',
  'memfd_create',
  'open',
  'ftruncate',
  'add_seals',
  'pipe',
  'mlockall',
  'madvise',
  'shmget',
  'shmat',
];
const PROGRAMS_MAX = 20_000;
const PROGRAMS_MIN = 3_000;

const clauses = Object.entries(CLAUSES)
  .filter(([, { chapter, generated }]) => [...MAPPING_CALLS, 'stack'].includes(chapter) && generated === true)
  .map(([id]) => id as ClauseId);
const law = { host: defaultHost, choices: resolveDialect('linux', defaultHost) };
const calls: Call[] = [];
const named = new Set<ClauseId>();

beforeAll(() => {
  const options = { ...law, stepsMin: 20, stepsMax: 40, calls: [...MAPPING_CALLS, ...OTHERS] };
  for (let index = 0; index < PROGRAMS_MAX; index++) {
    if (index >= PROGRAMS_MIN && index % 100 === 0 && clauses.every((id) => named.has(id))) break;
    let world = startWorld(law.host, law.choices, imaginedPlace(law.host));
    for (const step of generate(Dice.of(1, index), options).steps) {
      calls.push(step.call);
      const ruling = allow(world, step);
      if (!isOpen(ruling)) for (const allowed of ruling) for (const clause of allowed.clauses) named.add(clause);
      const next = foreseen(world, step);
      if (next === undefined) break;
      world = next.world;
    }
  }
}, 300_000);

const of = <K extends CallKind>(kind: K): Extract<Call, { kind: K }>[] =>
  calls.filter((call): call is Extract<Call, { kind: K }> => call.kind === kind);

test('every clause of the chapters on mappings, access and stacks is met', () => {
  expect(clauses.length).toBeGreaterThan(140);
  expect(clauses.filter((id) => !named.has(id))).toEqual([]);
});

test('mmap: every type, every flag, every protection, and bits that nobody knows', () => {
  const mmaps = of('mmap');
  const types = new Set(mmaps.map(({ flags }) => flags & MAP_TYPE_MASK));
  expect([...types].sort((a, b) => a - b)).toEqual(Array.from({ length: 16 }, (_, type) => type));
  for (const [name, bit] of Object.entries(MAP))
    expect(
      mmaps.some(({ flags }) => (flags & bit) !== 0),
      name,
    ).toBe(true);
  expect(mmaps.some(({ flags }) => flags >= 2 ** 32)).toBe(true);
  for (const prot of [0, PROT.r, PROT.w, PROT.x, PROT.r | PROT.w, PROT.r | PROT.x, PROT.w | PROT.x, PROT.r | PROT.w | PROT.x])
    expect(
      mmaps.some((call) => call.prot === prot),
      `prot ${prot}`,
    ).toBe(true);
});

test('mmap: lengths and offsets at their ends', () => {
  const mmaps = of('mmap');
  for (const length of [0, 1, PAGE_SIZE, -1, -PAGE_SIZE, 1 - PAGE_SIZE, 2 ** 36]) {
    expect(
      mmaps.some((call) => call.length.base === 'abs' && call.length.offset === length),
      `length ${length}`,
    ).toBe(true);
  }
  for (const base of ['arena', 'heap', 'top', 'high'])
    expect(
      mmaps.some((call) => call.addr.base === base),
      base,
    ).toBe(true);
  expect(mmaps.some((call) => call.offset.base === 'high')).toBe(true);
  expect(mmaps.some((call) => call.offset.offset % PAGE_SIZE !== 0)).toBe(true);
});

test('mremap: every set of flags, an unknown one, and an old length of zero', () => {
  const mremaps = of('mremap');
  const all = MREMAP.maymove | MREMAP.fixed | MREMAP.dontunmap;
  for (let flags = 0; flags <= all; flags++)
    expect(
      mremaps.some((call) => call.flags === flags),
      `flags ${flags}`,
    ).toBe(true);
  expect(mremaps.some((call) => call.flags > all)).toBe(true);
  expect(mremaps.some((call) => call.oldLength.base === 'abs' && call.oldLength.offset === 0)).toBe(true);
});

test('setrlimit: every limit, one that there is not, and no limit at all', () => {
  const limits = of('setrlimit');
  for (const [name, resource] of Object.entries(RLIMIT))
    expect(
      limits.some((call) => call.resource === resource),
      name,
    ).toBe(true);
  expect(limits.some(({ resource }) => resource >= 16)).toBe(true);
  expect(limits.some(({ soft }) => soft.base === 'abs' && soft.offset === -1)).toBe(true);
});

test('load, store: every size, also those that are no instruction, and code', () => {
  for (const kind of ['load', 'store'] as const) {
    const sizes = new Set(of(kind).map(({ size }) => size));
    expect(
      [0, 1, 2, 4, 8].filter((size) => !sizes.has(size)),
      kind,
    ).toEqual([]);
  }
  expect(of('store').some(({ value }) => value.base === 'code')).toBe(true);
});

test('nothing large is brought in: what is populated or locked is short', () => {
  const large = of('mmap').filter(
    ({ flags, length }) =>
      (flags & (MAP.populate | MAP.locked)) !== 0 && length.base === 'abs' && length.offset > 2048 * PAGE_SIZE && length.offset < 2 ** 46,
  );
  expect(large).toEqual([]);
});

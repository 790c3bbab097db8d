/** That the makers of calls on files and segments reach every corner that the chapters speak of, and nothing that is dangerous. */
import { beforeAll, expect, test } from 'vitest';
import { isOpen } from '../../../model/allowed.ts';
import { allow, foreseen } from '../../../model/judge.ts';
import { startWorld } from '../../../model/world.ts';
import { CLAUSES, type ClauseId } from '../../../spec/clauses.ts';
import { resolveDialect } from '../../../spec/dialects/dialect.ts';
import type { Call, CallKind } from '../../../spec/language/call.ts';
import { FALLOC } from '../../../spec/language/constants.ts';
import { defaultHost } from '../default-host.ts';
import { Dice } from '../dice.ts';
import { generate, IMAGINED } from '../generate.ts';

const FILE_CALLS: readonly CallKind[] = [
  ...([
    'open',
    'close',
    'dup',
    'memfd_create',
    'ftruncate',
    'fallocate',
    'lseek',
    'fsize',
    'unlink',
    'add_seals',
    'get_seals',
    'pipe',
  ] as const),
  ...(['shmget', 'shmat', 'shmdt', 'shm_rmid'] as const),
];
const CHAPTERS = ['open', 'close', 'dup', 'memfd', 'ftruncate', 'fallocate', 'lseek', 'unlink', 'seals', 'pipe', 'file_mapping', 'shm'];
const PROGRAMS_MAX = 20_000;

const clauses = Object.entries(CLAUSES)
  .filter(([, clause]) => CHAPTERS.includes(clause.chapter) && clause.generated === true)
  .map(([id]) => id as ClauseId);
const law = { host: defaultHost, choices: resolveDialect('linux', defaultHost) };
const calls: Call[] = [];
const named = new Set<ClauseId>();

beforeAll(() => {
  const options = {
    ...law,
    stepsMin: 20,
    stepsMax: 40,
    calls: [...FILE_CALLS, 'mmap', 'munmap', 'load', 'store', 'fork', 'setrlimit'] as const,
  };
  for (let index = 0; index < PROGRAMS_MAX; index++) {
    if (index % 100 === 0 && clauses.every((id) => named.has(id))) break;
    let world = startWorld(law.host, law.choices, IMAGINED);
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

test('every clause of the chapters on files and segments is met', () => {
  expect(clauses.length).toBeGreaterThan(100);
  expect(clauses.filter((id) => !named.has(id))).toEqual([]);
});

test('every call on files and segments is made', () => {
  const made = new Set(calls.map((call) => call.kind));
  expect(FILE_CALLS.filter((kind) => !made.has(kind))).toEqual([]);
});

test('nothing large is reserved: a range that is not refused is short', () => {
  const { hard } = law.host.limits.fsize;
  const ends: number[] = [];
  for (const call of calls) {
    if (call.kind !== 'fallocate' || (call.mode & ~FALLOC.keep_size) !== 0 || call.length.base !== 'abs') continue;
    if (call.offset.base === 'abs' && call.offset.offset >= 0 && call.offset.offset + call.length.offset <= hard)
      ends.push(call.length.offset);
  }
  expect(ends.length).toBeGreaterThan(100);
  expect(Math.max(...ends)).toBeLessThan(2 ** 24);
});

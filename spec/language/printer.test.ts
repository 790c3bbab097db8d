import { expect, test } from 'vitest';
import { abs, at, CALLS, type Call, type CallKind, type Value } from './call.ts';
import { type FlagNames, MADV, MAP, MAP_TYPES, OPEN, PROT, RLIMIT } from './constants.ts';
import { NOTATION } from './notation.ts';
import type { Outcome } from './outcome.ts';
import { formatCall, formatOutcome, formatProgram, formatStep, formatValue, plainValue } from './printer.ts';

test.each<[Value, string]>([
  [abs(0), '0'],
  [abs(9), '9'],
  [abs(15), '15'],
  [abs(16), '0x10'],
  [abs(4080), '0xff0'],
  [abs(4081), '1p-15'],
  [abs(4095), '1p-1'],
  [abs(4096), '1p'],
  [abs(4097), '1p+1'],
  [abs(2 * 4096 + 16), '2p+0x10'],
  [abs(-1), '-1'],
  [abs(-16), '-0x10'],
  [abs(-4095), '-1p+1'],
  [abs(-4096), '-1p'],
  [abs(-4097), '-1p-1'],
  [abs(-8176), '-1p-0xff0'],
  [abs(2 ** 41 * 4096 - 1), '2199023255552p-1'],
  [at('a'), 'a'],
  [at('a', 1), 'a+1'],
  [at('a', 4096), 'a+1p'],
  [at('a', -1), 'a-1'],
  [at('arena', -4096), 'arena-1p'],
  [at('top', -4097), 'top-1p-1'],
  [at('q.r', 4095), 'q.r+1p-1'],
])('%j is written %s', (value, text) => {
  expect(formatValue(value)).toBe(text);
});

test('each style of value has its own plain numbers', () => {
  expect(formatValue(abs(4096), 'decimal')).toBe('4096');
  expect(formatValue(abs(-1), 'decimal')).toBe('-1');
  expect(formatValue(abs(0x5a), 'data')).toBe('0x5a');
  expect(formatValue(abs(9), 'data')).toBe('0x9');
  expect(formatValue(abs(-16), 'data')).toBe('-0x10');
  expect(formatValue(abs(0), 'data')).toBe('0');
  expect(formatValue(abs(-1), 'limit')).toBe('inf');
  expect(formatValue(at('vm', 4096), 'limit')).toBe('vm+1p');
});

const mmap = (prot: number, flags: number, fd = abs(-1), offset = abs(0)): Call => ({
  kind: 'mmap',
  addr: abs(0),
  length: abs(4096),
  prot,
  flags,
  fd,
  offset,
});

test.each<[Call, string]>([
  [mmap(3, 0x22), 'mmap(0, 1p, rw, private|anon)'],
  [mmap(0, 0x22), 'mmap(0, 1p, none, private|anon)'],
  [mmap(6, 0x31), 'mmap(0, 1p, wx, shared|fixed|anon)'],
  [mmap(1 + PROT.growsdown + 8, 3), 'mmap(0, 1p, r|growsdown|0x8, shared_validate)'],
  [mmap(PROT.growsup, 8), 'mmap(0, 1p, growsup, droppable)'],
  [mmap(8, 7), 'mmap(0, 1p, 0x8, type=7)'],
  [mmap(-1, 0), 'mmap(0, 1p, -1, 0)'],
  [mmap(1, 0x80_0022), 'mmap(0, 1p, r, private|anon|0x800000)'],
  [mmap(1, 2 ** 40 + 2), 'mmap(0, 1p, r, private|0x10000000000)'],
  [mmap(1, 0x8000_0002), 'mmap(0, 1p, r, private|0x80000000)'],
  [mmap(1, 1, at('f')), 'mmap(0, 1p, r, shared, f)'],
  [mmap(1, 1, abs(-1), abs(4096)), 'mmap(0, 1p, r, shared, -1, 1p)'],
  [{ kind: 'open', file: 3, flags: 0 }, 'open(f3, rdonly)'],
  [{ kind: 'open', file: 0, flags: 0x42 }, 'open(f0, rdwr|creat)'],
  [{ kind: 'open', file: 0, flags: 3 }, 'open(f0, mode=3)'],
  [{ kind: 'madvise', addr: at('a'), length: abs(1), advice: MADV.free }, 'madvise(a, 1, free)'],
  [{ kind: 'madvise', addr: at('a'), length: abs(1), advice: 77 }, 'madvise(a, 1, 77)'],
  [{ kind: 'setrlimit', resource: RLIMIT.as, soft: at('vm', 4096), hard: abs(-1) }, 'setrlimit(as, vm+1p, inf)'],
  [{ kind: 'store', addr: at('a'), value: at('code'), size: 8 }, 'store(a, code, 8)'],
  [{ kind: 'readv', fd: at('q.r'), iov: [] }, 'readv(q.r, [])'],
  [
    {
      kind: 'writev',
      fd: abs(3),
      iov: [
        { addr: at('a', 4096), length: abs(16) },
        { addr: abs(0), length: abs(4 * 4096) },
      ],
    },
    'writev(3, [a+1p:0x10, 0:4p])',
  ],
  [{ kind: 'shmget', size: abs(4096), flags: 0o1000 }, 'shmget(1p)'],
  [{ kind: 'shmget', size: abs(4096), flags: 0 }, 'shmget(1p, 0)'],
  [{ kind: 'mincore', addr: at('a'), length: abs(1), vec: at('buf') }, 'mincore(a, 1)'],
  [{ kind: 'fork' }, 'fork()'],
])('%j is written %s', (call, text) => {
  expect(formatCall(call)).toBe(text);
});

test('steps show process, name and expectations', () => {
  expect(formatStep({ process: 'p0', call: { kind: 'fork' } })).toBe('fork()');
  expect(
    formatStep({
      process: 'p1',
      result: 'a',
      call: { kind: 'brk', addr: at('heap') },
      expect: [
        { kind: 'number', ...at('heap', 1) },
        { kind: 'errno', errno: 'ENOMEM' },
      ],
    }),
  ).toBe('p1: a = brk(heap) -> heap+1 | ENOMEM');
});

test('the arrows of a program stand in one column, but not beyond a long step', () => {
  const fork = { kind: 'fork' } as const;
  const long = mmap(3, 0x22, at('a_very_long_name_indeed'), abs(4096));
  const ok = [{ kind: 'ok' }] as const;
  const text = formatProgram({
    dialect: 'linux',
    steps: [
      { process: 'p0', result: 'p1', call: fork, expect: ok },
      { process: 'p1', call: fork, expect: ok },
      { process: 'p0', call: long, expect: ok },
      { process: 'p0', call: fork },
    ],
  });
  expect(text).toBe(
    [
      '# dialect: linux',
      'p1 = fork() -> ok',
      'p1: fork()  -> ok',
      'mmap(0, 1p, rw, private|anon, a_very_long_name_indeed, 1p) -> ok',
      'fork()',
      '',
    ].join('\n'),
  );
});

const inA = (address: number): Value => (address >= 0x10000 ? at('a', address - 0x10000) : abs(address));

test.each<[Outcome, CallKind | undefined, string]>([
  [{ kind: 'value', value: 0x11000 }, 'mmap', 'a+1p'],
  [{ kind: 'value', value: 0x11000 }, undefined, 'a+1p'],
  [{ kind: 'value', value: 0x11000 }, 'read', '17p'],
  [{ kind: 'value', value: 4711 }, 'fork', 'ok'],
  [{ kind: 'value', value: 3 + 65536 * 4 }, 'pipe', 'ok'],
  [{ kind: 'errno', errno: 'EINVAL' }, 'mmap', 'EINVAL'],
  [{ kind: 'fault', signal: 'SIGSEGV', code: 'MAPERR', address: 0x10001 }, 'load', 'SIGSEGV/MAPERR at a+1'],
  [{ kind: 'bytes', bytes: [0x5a, 0] }, 'load', '0x5a'],
  [{ kind: 'bytes', bytes: [255, 255, 255, 255, 255, 255, 255, 255] }, 'load', 'bytes ff ff ff ff ff ff ff ff'],
  [{ kind: 'bytes', bytes: [1, 0] }, 'mincore', 'bytes 01 00'],
  [{ kind: 'bytes', bytes: [] }, 'load', 'bytes'],
  [{ kind: 'stop', how: 'blocked' }, 'read', 'blocked'],
  [{ kind: 'lost', why: 'the agent died' }, 'read', 'lost: the agent died'],
])('%j of %s is written %s', (outcome, kind, text) => {
  expect(formatOutcome(outcome, inA, kind)).toBe(text);
});

test('numbers of outcomes that no safe integer holds keep their meaning', () => {
  expect(plainValue(2 ** 63)).toEqual(at('high'));
  expect(plainValue(2 ** 63 + 4096)).toEqual(at('high', 4096));
  expect(plainValue(2 ** 64 - 4096)).toEqual(abs(-4096));
  expect(plainValue(2 ** 64)).toEqual(abs(-1));
  expect(plainValue(0x7fff_ffff_f000)).toEqual(abs(0x7fff_ffff_f000));
  expect(formatOutcome({ kind: 'value', value: 2 ** 64 - 4096 })).toBe('-1p');
});

test('flags of one field are distinct bits, outside its selector and its letters', () => {
  for (const fields of Object.values(CALLS)) {
    for (const { type } of fields) {
      const notation = NOTATION[type];
      if (notation.kind !== 'flags') continue;
      const bits: readonly number[] = Object.values<number>(notation.names);
      expect(new Set(bits).size).toBe(bits.length);
      for (const bit of bits) {
        expect(Math.log2(bit) % 1).toBe(0);
        expect(bit & (notation.selector?.mask ?? 0)).toBe(0);
      }
    }
  }
  const names: readonly FlagNames[] = [MAP, MAP_TYPES, OPEN];
  for (const name of names.flatMap((table) => Object.keys(table))) expect(name).not.toMatch(/^(type|mode|none)$/);
});

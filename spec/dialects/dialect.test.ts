import { describe, expect, test } from 'vitest';
import { CLAUSES } from '../clauses.ts';
import { compareReleases, parseConditions } from './condition.ts';
import { resolveChoice, resolveDialect } from './dialect.ts';
import type { Host } from './host.ts';

const limit = { soft: Number.POSITIVE_INFINITY, hard: Number.POSITIVE_INFINITY };
const HOST: Host = {
  system: 'Linux',
  release: '6.18.44-generic',
  machine: 'x86_64',
  privileged: false,
  totalPages: 1e6,
  swapPages: 0,
  overcommit: 0,
  minAddress: 65536,
  maxMapCount: 65530,
  userEnd: 0x7fff_ffff_f000,
  hugePages: 0,
  transparentHugePages: 'madvise',
  ksm: false,
  fileSystem: 'tmpfs',
  code: [],
  limits: { fsize: limit, data: limit, stack: limit, nofile: limit, memlock: limit, as: limit },
  vm: 0,
  vmData: 0,
  vmLocked: 0,
  dataSegment: 0,
  startBrk: 0,
  missing: [],
};

function holds(when: string, host: Partial<Host>): boolean {
  const alternatives = parseConditions(when);
  if (typeof alternatives === 'string') throw new Error(alternatives);
  return alternatives.some(({ dialect, holds }) => dialect === 'linux' && holds({ ...HOST, ...host }));
}

test.each<[string, Partial<Host>, boolean]>([
  ['linux', {}, true],
  ['dragonfly', {}, false],
  ['dragonfly, linux', {}, true],
  ['linux>=6.17', {}, true],
  ['linux>=6.18.44', {}, true],
  ['linux>=6.18.45', {}, false],
  ['linux<6.9', {}, false],
  ['linux < 6.19', {}, true],
  ['linux<=6.18', {}, false],
  ['linux>6.18', {}, true],
  ['linux>=6.1 <6.17', {}, false],
  ['linux>=6.1 <6.17', { release: '6.12.3' }, true],
  ['linux<6.17, linux privileged', {}, false],
  ['linux<6.17, linux privileged', { privileged: true }, true],
  ['linux unprivileged', {}, true],
  ['linux machine=x86_64', {}, true],
  ['linux machine=aarch64', {}, false],
  ['linux machine!=x86_64', {}, false],
  ['linux machine!=aarch64', {}, true],
  ['linux fs=tmpfs thp=madvise ksm=no overcommit=0', {}, true],
  ['linux fs=tmpfs thp=madvise ksm=yes overcommit=0', {}, false],
  ['linux>=6.17 privileged', { privileged: true, release: '6.16.9' }, false],
])('%s on %j: %j', (when, host, expected) => {
  expect(holds(when, host)).toBe(expected);
});

test.each([
  ['', 'unknown dialect ``: linux, dragonfly, freebsd, netbsd are known'],
  ['windows', 'unknown dialect `windows`: linux, dragonfly, freebsd, netbsd are known'],
  ['linux,', 'unknown dialect ``: linux, dragonfly, freebsd, netbsd are known'],
  ['linux>=new', 'unknown condition `>=new`'],
  ['linux sometimes', 'unknown condition `sometimes`'],
  ['linux machine=', 'unknown condition `machine=`'],
  ['linux toString=1', 'unknown condition `toString=1`'],
])('the conditions %j are refused', (when, message) => {
  expect(parseConditions(when)).toBe(message);
});

test('releases are ordered by their numbers', () => {
  const ordered = ['unknown', '5.10', '6.1.9', '6.9', '6.17-rc3', '6.18.44-generic', '10'];
  for (const [i, a] of ordered.entries()) {
    for (const [j, b] of ordered.entries()) expect(Math.sign(compareReleases(a, b))).toBe(Math.sign(i - j));
  }
  expect(compareReleases('6.17', '6.17.0-rc1')).toBe(0);
});

describe('resolving', () => {
  const variants = { old: { text: '', when: 'linux<6.17' }, new: { text: '', when: 'linux>=6.17, dragonfly' } };

  test('takes the variant whose conditions hold', () => {
    expect(resolveChoice('x.y', variants, 'linux', HOST)).toBe('new');
    expect(resolveChoice('x.y', variants, 'linux', { ...HOST, release: '6.12' })).toBe('old');
    expect(resolveChoice('x.y', variants, 'dragonfly', HOST)).toBe('new');
  });

  test('refuses a choice that no variant, or more than one, decides', () => {
    expect(() => resolveChoice('x.y', variants, 'netbsd', HOST)).toThrow(
      'x.y: no variant holds for netbsd on Linux 6.18.44-generic (x86_64)',
    );
    const both = { ...variants, any: { text: '', when: 'linux' } };
    expect(() => resolveChoice('x.y', both, 'linux', HOST)).toThrow('x.y: the variants new and any both hold for linux');
    expect(() => resolveChoice('x.y', { bad: { text: '', when: 'linux maybe' } }, 'linux', HOST)).toThrow('x.y: unknown condition `maybe`');
  });

  test('linux takes one of its variants of every choice, on every kind of host', () => {
    const hosts = ['4.19', '5.15', '6.1', '6.6', '6.12', '6.17', '6.18', '7.1'].flatMap((release) =>
      [true, false].flatMap((privileged) => ['x86_64', 'aarch64', 'riscv64'].map((machine) => ({ ...HOST, release, privileged, machine }))),
    );
    const choices = Object.entries(CLAUSES).filter(([, { variants }]) => variants !== undefined);
    for (const host of hosts) {
      const resolved: Readonly<Record<string, string>> = resolveDialect('linux', host);
      expect(Object.keys(resolved)).toEqual(choices.map(([id]) => id));
      for (const [id, { variants }] of choices) expect(Object.keys(variants ?? {})).toContain(resolved[id]);
    }
  });
});

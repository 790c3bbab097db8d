/** When a variant of a choice is the one that holds: the conditions that stand in parentheses behind it in its chapter. */
import type { Host } from './host.ts';

/** The dialects that a chapter may speak of. */
export const DIALECTS = ['linux', 'dragonfly', 'freebsd', 'netbsd'] as const;
export type Dialect = (typeof DIALECTS)[number];

/** Facts of a host that a condition can ask for, as `name=value`. */
const FACTS = {
  machine: (host: Host) => host.machine,
  fs: (host: Host) => host.fileSystem,
  thp: (host: Host) => host.transparentHugePages,
  ksm: (host: Host) => (host.ksm ? 'yes' : 'no'),
  overcommit: (host: Host) => String(host.overcommit),
} as const satisfies Record<string, (host: Host) => string>;

const COMPARISONS = {
  '>=': (order: number) => order >= 0,
  '<=': (order: number) => order <= 0,
  '<': (order: number) => order < 0,
  '>': (order: number) => order > 0,
} as const;

/** One alternative: a dialect, and tests of the host that must all hold. */
export interface Alternative {
  readonly dialect: Dialect;
  readonly holds: (host: Host) => boolean;
}

/**
 * Reads `linux>=6.17 privileged, dragonfly`: alternatives separated by commas, each a dialect followed by conditions: a comparison with the
 * host's release, `privileged`, `unprivileged`, or a fact such as `machine=x86_64` or `machine!=x86_64`.
 * @returns the alternatives, or what is wrong, in words
 */
export function parseConditions(text: string): readonly Alternative[] | string {
  const alternatives: Alternative[] = [];
  for (const part of text.split(',')) {
    // A comparison may touch what stands before it.
    const [name, ...tests] = part
      .trim()
      .replace(/\s*([<>]=?)\s*/g, ' $1')
      .split(/\s+/);
    const dialect = DIALECTS.find((known) => known === name);
    if (dialect === undefined) return `unknown dialect \`${name}\`: ${DIALECTS.join(', ')} are known`;
    const holds: ((host: Host) => boolean)[] = [];
    for (const test of tests) {
      const read = parseTest(test);
      if (read === undefined) return `unknown condition \`${test}\``;
      holds.push(read);
    }
    alternatives.push({ dialect, holds: (host) => holds.every((test) => test(host)) });
  }
  return alternatives;
}

function parseTest(text: string): ((host: Host) => boolean) | undefined {
  if (text === 'privileged') return (host) => host.privileged;
  if (text === 'unprivileged') return (host) => !host.privileged;
  const comparison = /^([<>]=?)(\d+(?:\.\d+)*)$/.exec(text);
  if (comparison !== null) {
    const compare = COMPARISONS[comparison[1] as keyof typeof COMPARISONS];
    return (host) => compare(compareReleases(host.release, comparison[2]!));
  }
  const [, name = '', relation, value] = /^(\w+)(!?=)([^=]+)$/.exec(text) ?? [];
  if (!Object.hasOwn(FACTS, name)) return undefined;
  const fact = FACTS[name as keyof typeof FACTS];
  return (host) => (fact(host) === value) === (relation === '=');
}

/** Orders releases by their leading numbers, missing ones being zero: `6.9` < `6.17.0-rc1` = `6.17`. Negative where a is the earlier. */
export function compareReleases(a: string, b: string): number {
  const [left, right] = [numbers(a), numbers(b)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function numbers(release: string): readonly number[] {
  return (/^\d+(\.\d+)*/.exec(release)?.[0] ?? '0').split('.').map(Number);
}

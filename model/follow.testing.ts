/** For tests: programs followed on the model alone, every expectation held against all that the model allows. */
import { expect } from 'vitest';
import type { ClauseId } from '../spec/clauses.ts';
import { type Choices, resolveDialect } from '../spec/dialects/dialect.ts';
import type { Host } from '../spec/dialects/host.ts';
import {
  type Expectation,
  formatExpectation,
  formatStep,
  type Outcome,
  type Place,
  parseProgram,
  type Step,
} from '../spec/language/index.ts';
import { type Allowed, fits, foresee, isOpen } from './allowed.ts';
import { allow, judge } from './judge.ts';
import { startWorld, unsigned, type World } from './world.ts';

const limit = (soft: number, hard: number): { soft: number; hard: number } => ({ soft, hard });

/** An unprivileged process of a Linux without swap, huge pages or anything else out of the ordinary. */
export const HOST: Host = {
  system: 'Linux',
  release: '6.18.0',
  machine: 'x86_64',
  privileged: false,
  totalPages: 2 ** 21,
  swapPages: 0,
  overcommit: 0,
  minAddress: 0x1_0000,
  maxMapCount: 65_530,
  userEnd: 0x7fff_ffff_f000,
  hugePages: 0,
  transparentHugePages: 'madvise',
  ksm: true,
  fileSystem: 'tmpfs',
  code: [0xb8, 0x2a, 0, 0, 0, 0xc3, 0x90, 0x90],
  limits: {
    fsize: limit(2 ** 26, 2 ** 26),
    data: limit(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY),
    stack: limit(2 ** 23, Number.POSITIVE_INFINITY),
    nofile: limit(64, 256),
    memlock: limit(64 * 4096, 2 ** 23),
    as: limit(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY),
  },
  vm: 600 * 4096,
  vmData: 100 * 4096,
  vmLocked: 0,
  dataSegment: 4096,
  startBrk: 0x1000_0000,
  missing: [],
};

const PLACE: Place = { arena: 0x2000_2000_0000, heap: 0x1000_0000, buf: 0x3000_0000_0000 };

export interface Followed {
  readonly world: World;
  /** Every clause that some step rested on. */
  readonly clauses: ReadonlySet<ClauseId>;
}

/**
 * Follows the program. Where a step expects something, each alternative must be allowed, and all that is allowed must be among the alternatives;
 * the world goes on as after the first. A step that expects nothing goes on with the likeliest outcome.
 * @param changes  of the host, and choices of which another variant is taken
 */
export function follow(text: string, changes: { readonly host?: Partial<Host>; readonly choices?: Partial<Choices> } = {}): Followed {
  const host = { ...HOST, ...changes.host };
  let world = startWorld(host, { ...resolveDialect('linux', host), ...changes.choices } as Choices, PLACE);
  const clauses = new Set<ClauseId>();
  for (const step of parseProgram(text).steps) {
    const ruling = allow(world, step);
    if (isOpen(ruling)) throw new Error(`${formatStep(step)}: ${ruling.open}`);
    const outcome = step.expect === undefined ? foresee(ruling[0]!.expected) : expected(world, step, ruling);
    const verdict = judge(world, step, outcome);
    expect(verdict.kind, formatStep(step)).toBe('conforms');
    if (verdict.kind !== 'conforms') break;
    for (const clause of verdict.clauses) clauses.add(clause);
    world = verdict.world;
  }
  return { world, clauses };
}

/** The outcome that the first alternative stands for. */
function expected(world: World, step: Step, ruling: readonly Allowed[]): Outcome {
  const alternatives = step.expect ?? [];
  const possible = ruling.flatMap(outcomesOf);
  for (const outcome of possible) {
    const met = alternatives.some((alternative) => meets(world, step, alternative, outcome));
    expect(met, `${formatStep(step)}: the model allows ${JSON.stringify(outcome)} too`).toBe(true);
  }
  for (const alternative of alternatives) {
    const met = possible.some((outcome) => meets(world, step, alternative, outcome)) || someAccepts(step, alternative, ruling);
    expect(met, `${formatStep(step)}: the model does not allow ${formatExpectation(alternative, step.call.kind)}`).toBe(true);
  }
  const first = alternatives[0]!;
  if (first.kind === 'bytes') return { kind: 'bytes', bytes: first.bytes };
  return possible.find((outcome) => meets(world, step, first, outcome)) ?? possible[0]!;
}

function outcomesOf({ expected: allowed }: Allowed): readonly Outcome[] {
  return allowed.kind === 'bytes' ? allowed.options.map((bytes) => ({ kind: 'bytes', bytes })) : [foresee(allowed)];
}

function someAccepts(step: Step, alternative: Expectation, ruling: readonly Allowed[]): boolean {
  return alternative.kind === 'bytes' && step.call.kind === 'mincore' && ruling.some((allowed) => fits(allowed.expected, alternative));
}

function meets(world: World, step: Step, alternative: Expectation, outcome: Outcome): boolean {
  switch (alternative.kind) {
    case 'ok':
      return outcome.kind === 'value' || outcome.kind === 'bytes';
    case 'number': {
      const number = unsigned(world, alternative);
      if (outcome.kind === 'bytes') return outcome.bytes.reduceRight((sum, byte) => sum * 256 + byte, 0) === number;
      return outcome.kind === 'value' && (outcome.value === number || step.result === alternative.base);
    }
    case 'errno':
      return outcome.kind === 'errno' && outcome.errno === alternative.errno;
    case 'bytes':
      return outcome.kind === 'bytes' && outcome.bytes.join() === alternative.bytes.join();
    case 'stop':
      return outcome.kind === 'stop' && outcome.how === alternative.how;
    case 'fault':
      return (
        outcome.kind === 'fault' &&
        outcome.signal === alternative.signal &&
        outcome.code === alternative.code &&
        outcome.address === unsigned(world, alternative)
      );
  }
}

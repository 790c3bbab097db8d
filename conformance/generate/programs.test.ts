import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveDialect } from '../../spec/dialects/dialect.ts';
import { CALL_KINDS, type CallKind } from '../../spec/language/call.ts';
import { parseProgram } from '../../spec/language/parser.ts';
import { formatProgram } from '../../spec/language/printer.ts';
import type { Program } from '../../spec/language/program.ts';
import { foreseenRun } from '../lies/model-target.ts';
import { compareWeights, weigh } from '../minimize/cost.ts';
import { defaultHost } from './default-host.ts';
import { IMAGINED } from './generate.ts';
import { programAt, programs } from './programs.ts';

const law = { host: defaultHost, choices: resolveDialect('linux', defaultHost) };
const text = (list: readonly Program[]): readonly string[] => list.map((program) => formatProgram(program));

describe('programAt', () => {
  it('gives the same program for the same seed and index, in any order', () => {
    const upwards = Array.from({ length: 50 }, (_, index) => programAt(7, index));
    const downwards = Array.from({ length: 50 }, (_, i) => programAt(7, 49 - i)).reverse();
    expect(text(upwards)).toEqual(text(downwards));
  });

  it('gives other programs for other seeds and indexes', () => {
    const all = [1, 2, 3].flatMap((seed) => Array.from({ length: 50 }, (_, index) => programAt(seed, index)));
    expect(new Set(text(all)).size).toBe(all.length);
  });

  it('keeps to the number of steps and to the calls that are asked for', () => {
    const calls: readonly CallKind[] = ['mmap', 'munmap', 'load', 'store'];
    for (let index = 0; index < 200; index++) {
      const { steps } = programAt(1, index, { stepsMin: 3, stepsMax: 5, calls });
      expect(steps.length).toBeGreaterThanOrEqual(3);
      expect(steps.length).toBeLessThanOrEqual(5);
      for (const { call } of steps) expect(calls).toContain(call.kind);
    }
  });
});

describe('programs', () => {
  it('gives the same programs for the same seed', () => {
    const sample = (seed: number): readonly Program[] => fc.sample(programs(), { seed, numRuns: 20 });
    expect(text(sample(5))).toEqual(text(sample(5)));
    expect(text(sample(5))).not.toEqual(text(sample(6)));
  });

  it('gives programs that are read back as they are printed', () => {
    fc.assert(
      fc.property(programs(), (program) => {
        expect(parseProgram(formatProgram(program))).toEqual(program);
      }),
      { numRuns: 300 },
    );
  });

  it('shrinks to programs that are simpler, and that are read back too', () => {
    const arbitrary = programs({ stepsMax: 16 });
    for (const program of fc.sample(arbitrary, { seed: 3, numRuns: 12 })) {
      const weight = weigh(program);
      let count = 0;
      for (const { value } of arbitrary.shrink(program, undefined)) {
        count++;
        expect(compareWeights(weigh(value), weight)).toBeLessThan(0);
        expect(parseProgram(formatProgram(value))).toEqual(value);
      }
      expect(count).toBeGreaterThan(program.steps.length);
    }
  });

  it('shrinks in fast-check to the shortest program that fails', () => {
    const unmaps = ({ steps }: Program): boolean => steps.some(({ call }) => call.kind === 'munmap');
    const details = fc.check(
      fc.property(programs(), (program) => !unmaps(program)),
      { seed: 1, numRuns: 1000 },
    );
    expect(details.failed).toBe(true);
    expect(details.counterexample![0].steps).toHaveLength(1);
  });

  it('shrinks what was not generated, and refuses what is no program', () => {
    const arbitrary = programs();
    expect(arbitrary.canShrinkWithoutContext(parseProgram('a = mmap(0, 1p, rw, private|anon)\nload(a)\n'))).toBe(true);
    for (const no of [undefined, 1, {}, { steps: 1 }, { steps: [{ process: 'p0', call: { kind: 'fly' } }] }]) {
      expect(arbitrary.canShrinkWithoutContext(no)).toBe(false);
    }
    expect(arbitrary.canShrinkWithoutContext({ steps: [{ process: 'p7', call: { kind: 'fork' } }] })).toBe(false);
  });
});

describe('distribution', () => {
  const sample = Array.from({ length: 1500 }, (_, index) => programAt(11, index));

  it('makes every call', () => {
    const made = new Set(sample.flatMap(({ steps }) => steps.map(({ call }) => call.kind)));
    expect([...made].sort()).toEqual([...CALL_KINDS].sort());
  });

  it('meets success and refusal of every call that has both', () => {
    const outcomes = new Map<CallKind, Set<string>>();
    for (const program of sample) {
      const trace = foreseenRun(law, program, IMAGINED);
      for (const [i, { call }] of program.steps.entries()) {
        const seen = outcomes.get(call.kind) ?? new Set<string>();
        const { kind } = trace.outcomes[i]!;
        outcomes.set(call.kind, seen.add(kind === 'bytes' ? 'value' : kind));
      }
    }
    const never: Partial<Record<CallKind, readonly string[]>> = {
      fork: ['errno'],
      munlockall: ['errno'],
      exit: ['value', 'errno'],
      // A break that cannot be set is told as it was.
      brk: ['errno'],
    };
    for (const kind of CALL_KINDS) {
      const instruction = kind === 'load' || kind === 'store' || kind === 'exec';
      const wanted = instruction ? ['value', 'fault'] : ['value', 'errno'];
      for (const outcome of wanted) {
        if (!never[kind]?.includes(outcome)) expect([...(outcomes.get(kind) ?? [])], kind).toContain(outcome);
      }
    }
  });

  it('has several processes, names, and memory that holds something, in many programs', () => {
    const forks = sample.filter(({ steps }) => steps.some(({ process }) => process !== 'p0'));
    expect(forks.length).toBeGreaterThan(sample.length / 20);
    const stored = sample.filter((program) =>
      foreseenRun(law, program, IMAGINED).audits.some(({ pages }) => pages.some(({ hash }) => hash !== 0)),
    );
    expect(stored.length).toBeGreaterThan(sample.length / 4);
  });
});

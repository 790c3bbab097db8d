import { describe, expect, it } from 'vitest';
import { resolveDialect } from '../../spec/dialects/dialect.ts';
import type { Outcome, Trace } from '../../spec/language/outcome.ts';
import { parseProgram } from '../../spec/language/parser.ts';
import { formatProgram } from '../../spec/language/printer.ts';
import type { Program } from '../../spec/language/program.ts';
import { checkTrace, type Law, signature } from '../check/check-trace.ts';
import { defaultHost } from '../generate/default-host.ts';
import { distort, type Liar, type Lie } from '../lies/lie.ts';
import { modelTarget } from '../lies/model-target.ts';
import { errno, pagesSeen, type Seen, value } from '../lies/seen.ts';
import { TargetUnavailable } from '../targets/target.ts';
import { type Minimized, type MinimizeOptions, minimize, type Runner } from './minimize.ts';

const law: Law = { host: defaultHost, choices: resolveDialect('linux', defaultHost) };
const truth = modelTarget(law);

const lie = (step: () => Liar['step']): Lie => ({ name: 'test', clauses: [], says: '', start: () => ({ step: step() }) });

/** mprotect of two pages or more fails with EACCES. */
const protects = (seen: Seen): boolean => seen.kind === 'mprotect' && seen.ok && pagesSeen(seen).length > 1;
const mprotectFails = lie(() => (seen) => (protects(seen) ? errno('EACCES') : undefined));

/** A lying runner that notes all that it is asked to run; `lies` tells for every run whether it lies. */
class Liars implements Runner {
  readonly programs: string[] = [];
  readonly batches: number[] = [];
  readonly #lie: Lie;
  readonly #lies: (run: number) => boolean;

  constructor(told: Lie, lies: (run: number) => boolean = () => true) {
    this.#lie = told;
    this.#lies = lies;
  }

  async run(programs: readonly Program[]): Promise<readonly Trace[]> {
    const traces = await truth.run(programs);
    this.batches.push(programs.length);
    return traces.map((trace, i) => {
      const run = this.programs.push(formatProgram(programs[i]!)) - 1;
      return this.#lies(run) ? distort(this.#lie, programs[i]!, trace) : trace;
    });
  }
}

const lines = (...steps: readonly string[]): string => steps.map((step) => `${step}\n`).join('');

const LONG = lines(
  'a = mmap(0, 4p, rw, private|anon)',
  'f1 = memfd_create()',
  'ftruncate(f1, 3p)',
  'mmap(arena+6p, 5p, rw, private|fixed|anon|noreserve)',
  'store(arena+7p, 0x5a5a5a, 4)',
  'p1 = fork()',
  'p1: store(a, 0x77)',
  'madvise(a, 2p, dontneed)',
  'mlock(arena+7p, 1p)',
  'load(arena+7p, 8)',
  'mprotect(arena+7p, 3p, r)',
  'load(a)',
  'close(f1)',
);

async function signatureOf(text: string, told: Lie): Promise<string> {
  const program = parseProgram(text);
  const [trace] = await truth.run([program]);
  return signature(checkTrace(law, program, distort(told, program, trace!), () => {}).findings[0]!);
}

type Changes = Partial<MinimizeOptions> & { readonly text?: string; readonly told?: Lie };

async function shrink({ text = LONG, told = mprotectFails, ...options }: Changes = {}): Promise<Minimized> {
  return await minimize({
    program: parseProgram(text),
    signature: await signatureOf(text, told),
    target: new Liars(told),
    law,
    budget: { seconds: 600, executions: 5000 },
    ...options,
  });
}

describe('minimize', () => {
  it('comes to the shortest program, in its simplest form', async () => {
    const shrunk = await shrink();
    expect(formatProgram(shrunk.program)).toBe(lines('a = mmap(0, 2p, rw, private|anon)', 'mprotect(a, 2p, rw)'));
    expect(shrunk).toMatchObject({ ending: 'minimal', complete: true, deterministic: { hits: 5, of: 5 }, further: [] });
    expect(shrunk.finding).toMatchObject({ kind: 'diverges', at: { step: 1 }, observed: { kind: 'errno', errno: 'EACCES' } });
  });

  it('comes to the same program from the same, and needs as many runs', async () => {
    const [first, second] = [await shrink(), await shrink()];
    expect(formatProgram(first.program)).toBe(formatProgram(second.program));
    expect([first.executions, first.batches, first.screened]).toEqual([second.executions, second.batches, second.screened]);
  });

  it('never runs a program twice, but for the first', async () => {
    const target = new Liars(mprotectFails);
    const shrunk = await shrink({ target });
    expect(target.programs).toHaveLength(shrunk.executions);
    expect(target.batches).toHaveLength(shrunk.batches);
    const later = target.programs.slice(5);
    expect(new Set(later).size).toBe(later.length);
    expect(new Set(target.programs.slice(0, 5)).size).toBe(1);
  });

  it('does not run what the model rules out, nor the beginning of what went well', async () => {
    const target = new Liars(mprotectFails);
    const shrunk = await shrink({ target });
    expect(shrunk.screened).toBeGreaterThan(0);
    for (const program of target.programs.slice(5)) expect(program.trimEnd().split('\n').at(-1)).toMatch(/^mprotect/);
  });

  it('tells of each better program, each simpler than the one before', async () => {
    const told: string[] = [];
    const shrunk = await shrink({ onBest: (program) => told.push(formatProgram(program)) });
    expect(told.at(-1)).toBe(formatProgram(shrunk.program));
    expect(new Set(told).size).toBe(told.length);
    const counts = told.map((text) => text.trimEnd().split('\n').length);
    expect(counts).toEqual(counts.toSorted((a, b) => b - a));
  });

  it('drops expectations: they need not hold in what is left', async () => {
    const shrunk = await shrink({ text: LONG.replace('load(a)', 'load(a) -> 0x1') });
    expect(shrunk.program.steps.some((step) => step.expect !== undefined)).toBe(false);
  });

  it('keeps to the budget of runs, with the best so far', async () => {
    for (const executions of [1, 3, 5, 6, 8]) {
      const target = new Liars(mprotectFails);
      const shrunk = await shrink({ target, budget: { seconds: 600, executions } });
      expect(target.programs.length).toBeLessThanOrEqual(executions);
      expect(shrunk).toMatchObject({ ending: 'budget', complete: false, executions: target.programs.length });
      const [trace] = await new Liars(mprotectFails).run([shrunk.program]);
      expect(checkTrace(law, shrunk.program, trace!, () => {}).findings).not.toEqual([]);
    }
  });

  it('keeps to the budget of seconds', async () => {
    let now = 0;
    const target = new Liars(mprotectFails);
    const clock = (): number => {
      now += 100;
      return now;
    };
    const shrunk = await shrink({ target, clock, budget: { seconds: 1.5, executions: 5000 } });
    expect(shrunk).toMatchObject({ ending: 'budget', complete: false });
    expect(shrunk.seconds).toBeGreaterThanOrEqual(1.5);
    expect(target.programs.length).toBeLessThan(30);
  });

  it('runs nothing without a budget', async () => {
    const target = new Liars(mprotectFails);
    const shrunk = await shrink({ target, budget: { seconds: 0, executions: 100 } });
    expect(target.programs).toEqual([]);
    expect(shrunk).toMatchObject({ ending: 'budget', deterministic: { hits: 0, of: 0 } });
    expect(formatProgram(shrunk.program)).toBe(LONG);
  });
});

describe('a flaky finding', () => {
  it('is told with its rate, and shrunk by repeated runs', async () => {
    // Lies in two runs of five, in no order that falls in with anything.
    const lies = (run: number): boolean => (run * 7 + Math.floor(run / 5) * 3) % 5 < 2;
    const target = new Liars(mprotectFails, lies);
    const shrunk = await shrink({ target });
    expect(shrunk.deterministic).toEqual({ hits: 2, of: 5 });
    expect(shrunk.program.steps).toHaveLength(2);
    expect(shrunk).toMatchObject({ ending: 'minimal', executions: target.programs.length });
  });

  it('is looked for in more runs before it is given up', async () => {
    const target = new Liars(mprotectFails, (run) => run === 13);
    const shrunk = await shrink({ target, budget: { seconds: 600, executions: 15 } });
    expect(shrunk.deterministic).toEqual({ hits: 1, of: 15 });
  });

  it('that does not show again is told as such, with the original', async () => {
    const shrunk = await shrink({ target: truth });
    expect(shrunk).toMatchObject({ ending: 'unreproducible', complete: false, finding: undefined, deterministic: { hits: 0, of: 20 } });
    expect(formatProgram(shrunk.program)).toBe(LONG);
  });
});

describe('other findings', () => {
  it('met on the way are told once each, and not followed', async () => {
    // mprotect fails after mlock; and mlock fails unless memory is mapped at a given place.
    const told = lie(() => {
      let placed = false;
      let locked = false;
      return (seen) => {
        placed ||= seen.kind === 'mmap' && seen.number('addr') !== 0;
        locked ||= seen.kind === 'mlock' && seen.ok;
        if (seen.kind === 'mlock' && seen.ok && !placed) return errno('EAGAIN');
        return locked && placed && seen.kind === 'mprotect' && seen.ok ? errno('EACCES') : undefined;
      };
    });
    const text = lines('mmap(arena, 1p, rw, private|anon)', 'a = mmap(0, 3p, rw, private|anon)', 'mlock(a, 1p)', 'mprotect(a, 3p, r)');
    const shrunk = await shrink({ text, told });
    expect(shrunk.finding?.clauses[0]).toBe('mprotect.changes');
    expect(shrunk.program.steps).toHaveLength(3);
    expect(shrunk.further.map(({ finding }) => finding.clauses[0])).toEqual(['mlock.locks']);
    expect(shrunk.further[0]!.signature).toBe(signature(shrunk.further[0]!.finding));
    expect(formatProgram(shrunk.further[0]!.program)).toContain('mlock');
  });

  it('that follow from an earlier divergence do not stand in for it', async () => {
    // Nothing is stored, and loads from one page tell 7.
    const told = lie(() => (seen) => {
      if (seen.kind === 'store') return errno('EIO');
      return seen.kind === 'load' && seen.ok ? { kind: 'bytes', bytes: [7] } : undefined;
    });
    const text = lines('a = mmap(0, 2p, rw, private|anon)', 'store(a, 0x1)', 'load(a)');
    const shrunk = await shrink({ text, told });
    expect(formatProgram(shrunk.program)).toBe(lines('a = mmap(0, 1p, rw, private|anon)', 'store(a, 0x1)'));
    expect(shrunk.finding).toMatchObject({ afterResync: false });
  });
});

describe('kinds of findings', () => {
  it('a variant of a choice stays that variant', async () => {
    const told = lie(() => (seen) => (seen.kind === 'munmap' && seen.number('length') === 0 ? value(0) : undefined));
    const shrunk = await shrink({ text: lines('a = mmap(0, 2p, rw, private|anon)', 'store(a, 0x1)', 'munmap(a, 0)', 'load(a)'), told });
    expect(shrunk.finding).toMatchObject({ kind: 'variant', choice: 'munmap.length-zero', variant: 'accepted' });
    expect(formatProgram(shrunk.program)).toBe(lines('munmap(arena, 0)'));
  });

  it('of the audit need no step that shows them', async () => {
    const told: Lie = {
      ...lie(() => () => undefined),
      start: () => {
        let unmapped = false;
        return {
          step: (seen) => {
            unmapped ||= seen.kind === 'munmap' && seen.ok;
            return undefined;
          },
          page: (_, page) => (unmapped && page.load === 'ok' ? { ...page, load: 'SIGSEGV/ACCERR' } : page),
        };
      },
    };
    const text = lines('a = mmap(0, 3p, rw, shared|anon)', 'b = mmap(0, 1p, r, private|anon)', 'store(a, 0x1)', 'munmap(a, 1p)', 'load(b)');
    const shrunk = await shrink({ text, told });
    expect(shrunk.finding).toMatchObject({ at: { audit: 'p0' }, observed: { access: 'load', probe: 'SIGSEGV/ACCERR' } });
    expect(shrunk.program.steps.map(({ call }) => call.kind).sort()).toEqual(['mmap', 'munmap']);
    expect(shrunk.complete).toBe(true);
  });

  it('that the model cannot foresee are shrunk without it', async () => {
    // The place that the kernel chose is not the one that the model foresees: what follows is not what it expects.
    const told = lie(() => {
      let moved = false;
      return (seen): Outcome | undefined => {
        if (seen.kind === 'brk' && seen.ok) {
          moved = true;
          return value(seen.value + 1);
        }
        return moved && protects(seen) ? errno('EACCES') : undefined;
      };
    });
    const text = lines('brk(heap+1p)', 'mmap(arena, 2p, rw, private|fixed|anon)', 'store(arena, 0x1)', 'mprotect(arena, 2p, r)');
    const program = parseProgram(text);
    const [trace] = await new Liars(told).run([program]);
    const { findings } = checkTrace(law, program, trace!, () => {});
    const second = findings.find(({ clauses }) => clauses[0] === 'mprotect.changes');
    const shrunk = await shrink({ text, told, signature: signature(second!) });
    expect(second).toMatchObject({ afterResync: true });
    expect(shrunk.program.steps.map(({ call }) => call.kind)).toEqual(['brk', 'mmap', 'mprotect']);
  });
});

describe('a target that is lost', () => {
  class Lost extends Liars {
    override async run(programs: readonly Program[]): Promise<readonly Trace[]> {
      if (this.programs.length > 8) throw new TargetUnavailable('the target does not start');
      return await super.run(programs);
    }
  }

  it('leaves the best so far', async () => {
    const shrunk = await shrink({ target: new Lost(mprotectFails) });
    expect(shrunk).toMatchObject({ ending: 'target lost', complete: false, deterministic: { hits: 5, of: 5 } });
    expect(shrunk.program.steps.length).toBeLessThan(13);
    expect(shrunk.finding).toMatchObject({ kind: 'diverges' });
  });

  it('is not taken for a fault of our own', async () => {
    const broken: Runner = { run: () => Promise.reject(new Error('broken')) };
    await expect(shrink({ target: broken })).rejects.toThrow('broken');
  });

  it('that loses candidates only does not show the finding in them', async () => {
    const inner = new Liars(mprotectFails);
    const lossy: Runner = {
      run: async (programs) => {
        const traces = await inner.run(programs);
        const lost: Outcome = { kind: 'lost', why: 'the agent died' };
        return traces.map((trace, i) => (programs[i]!.steps.length < 4 ? { ...trace, outcomes: trace.outcomes.map(() => lost) } : trace));
      },
    };
    const shrunk = await shrink({ target: lossy });
    expect(shrunk.program.steps.length).toBeGreaterThanOrEqual(4);
  });
});

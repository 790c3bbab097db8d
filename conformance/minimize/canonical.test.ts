import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseProgram } from '../../spec/language/parser.ts';
import { formatProgram } from '../../spec/language/printer.ts';
import { wellFormedPrograms } from '../../spec/language/program.testing.ts';
import { canonical, resultName } from './canonical.ts';
import { KnownPrograms, linesOf } from './known.ts';
import { only, without } from './remove.ts';
import { forEachUse, withoutExpectations } from './walk.ts';

const lines = (...steps: readonly string[]): string => steps.map((step) => `${step}\n`).join('');
const formed = wellFormedPrograms({ maxSteps: 12 }).map(withoutExpectations);

describe('canonical', () => {
  it('names results by type, in order', () => {
    const program = parseProgram(
      lines('x = mmap(0, 1p, rw, private|anon)', 'zz = pipe()', 'y = mmap(x, 1p, r, private|anon)', 'write(zz.w, y, 1)'),
    );
    expect(formatProgram(canonical(program, false))).toBe(
      lines('a = mmap(0, 1p, rw, private|anon)', 'q1 = pipe()', 'b = mmap(a, 1p, r, private|anon)', 'write(q1.w, b, 1)'),
    );
  });

  it('leaves out names that nothing uses, but those of processes', () => {
    const program = parseProgram(
      lines('x = mmap(0, 1p, rw, private|anon)', 'child = fork()', 'y = mmap(0, 1p, r, private|anon)', 'load(y)'),
    );
    expect(formatProgram(canonical(program, true))).toBe(
      lines('mmap(0, 1p, rw, private|anon)', 'p1 = fork()', 'a = mmap(0, 1p, r, private|anon)', 'load(a)'),
    );
  });

  it('swaps names that are each other’s', () => {
    const program = parseProgram(lines('b = mmap(0, 1p, rw, private|anon)', 'a = mmap(0, 2p, r, private|anon)', 'load(b)', 'load(a)'));
    expect(formatProgram(canonical(program, false))).toBe(
      lines('a = mmap(0, 1p, rw, private|anon)', 'b = mmap(0, 2p, r, private|anon)', 'load(a)', 'load(b)'),
    );
  });

  it('is the same program: the same lines, done twice as once, and it parses', () => {
    fc.assert(
      fc.property(formed, (program) => {
        const named = canonical(program, false);
        expect(linesOf(named)).toEqual(linesOf(program));
        expect(canonical(named, false)).toEqual(named);
        expect(parseProgram(formatProgram(named))).toEqual(named);
      }),
    );
  });

  it('never runs out of names', () => {
    const names = Array.from({ length: 100 }, (_, n) => resultName('address', n));
    expect(new Set(names).size).toBe(100);
  });
});

describe('without', () => {
  it('leaves nothing that uses what is gone, and all that does not', () => {
    fc.assert(
      fc.property(formed, fc.array(fc.nat(11)), (program, indexes) => {
        const removed = new Set(indexes);
        const left = without(program, removed);
        const defined = new Set(left.steps.map(({ result }) => result));
        for (const step of left.steps) forEachUse(step, (name) => expect(defined).toContain(name));
        expect(parseProgram(formatProgram(left))).toEqual(left);
        const gone = new Set(program.steps.filter((step) => !left.steps.includes(step)).map(({ result }) => result));
        for (const [i, step] of program.steps.entries()) {
          if (removed.has(i) || left.steps.includes(step)) continue;
          const uses: string[] = [];
          forEachUse(step, (name) => uses.push(name));
          expect(uses.some((name) => gone.has(name))).toBe(true);
        }
      }),
    );
  });

  it('takes an element of a vector for a use', () => {
    const program = parseProgram(lines('a = mmap(0, 1p, rw, private|anon)', 'q1 = pipe()', 'writev(q1.w, [arena:1, a:1])'));
    expect(formatProgram(without(program, new Set([0])))).toBe(lines('q1 = pipe()'));
    expect(formatProgram(without(program, new Set([1])))).toBe(lines('a = mmap(0, 1p, rw, private|anon)'));
  });
});

describe('only', () => {
  it('keeps what the kept steps need', () => {
    const program = parseProgram(
      lines('p1 = fork()', 'p1: a = mmap(0, 1p, rw, private|anon)', 'b = mmap(0, 1p, rw, private|anon)', 'p1: load(a)', 'load(b)'),
    );
    expect(formatProgram(only(program, new Set([3])))).toBe(lines('p1 = fork()', 'p1: a = mmap(0, 1p, rw, private|anon)', 'p1: load(a)'));
  });
});

describe('known programs', () => {
  it('are known under any names, and with their beginnings where asked', () => {
    const program = linesOf(parseProgram(lines('a = mmap(0, 1p, rw, private|anon)', 'b = mmap(a, 1p, r, private|anon)', 'load(b)')));
    const same = linesOf(parseProgram(lines('y = mmap(0, 1p, rw, private|anon)', 'x = mmap(y, 1p, r, private|anon)', 'load(x)')));
    const whole = new KnownPrograms();
    whole.add(program, 3, false);
    expect(whole.has(same)).toBe(true);
    expect(whole.has(same.slice(0, 2))).toBe(false);
    const beginnings = new KnownPrograms();
    beginnings.add(program, 2, true);
    expect([1, 2, 3].map((count) => beginnings.has(same.slice(0, count)))).toEqual([true, true, false]);
  });

  it('tell programs apart that use other results', () => {
    const program = (used: string) =>
      linesOf(parseProgram(lines('a = mmap(0, 1p, rw, private|anon)', 'b = mmap(0, 1p, rw, private|anon)', `load(${used})`)));
    expect(program('a')).not.toEqual(program('b'));
  });
});

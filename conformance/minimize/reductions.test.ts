import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolveDialect } from '../../spec/dialects/dialect.ts';
import { parseProgram } from '../../spec/language/parser.ts';
import { formatProgram } from '../../spec/language/printer.ts';
import { wellFormedPrograms } from '../../spec/language/program.testing.ts';
import type { Program } from '../../spec/language/program.ts';
import { defaultHost } from '../generate/default-host.ts';
import { IMAGINED } from '../generate/generate.ts';
import { programAt } from '../generate/programs.ts';
import { compareWeights, weigh } from './cost.ts';
import type { Stage } from './foresight.ts';
import { reductions } from './reductions.ts';
import { withoutExpectations } from './walk.ts';

const stage: Stage = { host: defaultHost, choices: resolveDialect('linux', defaultHost), place: IMAGINED };
const texts = (text: string): readonly string[] => [...reductions(parseProgram(text), stage)].map((program) => formatProgram(program));
const lines = (...steps: readonly string[]): string => steps.map((step) => `${step}\n`).join('');

function expectSound(program: Program): void {
  const weight = weigh(program);
  for (const reduced of reductions(program, stage)) {
    expect(compareWeights(weigh(reduced), weight)).toBeLessThan(0);
    expect(parseProgram(formatProgram(reduced))).toEqual(reduced);
  }
}

describe('reductions', () => {
  it('of arbitrary programs are simpler, and programs', () => {
    fc.assert(
      fc.property(wellFormedPrograms({ maxSteps: 8 }), (program) => expectSound(withoutExpectations(program))),
      { numRuns: 150 },
    );
  });

  it('of generated programs are simpler, and programs', () => {
    for (let index = 0; index < 15; index++) expectSound(programAt(2, index, { stepsMax: 14 }));
  });

  it('end: taking the first again and again comes to a program with none', () => {
    let program = programAt(4, 0);
    for (let count = 0; ; count++) {
      const next = reductions(program, stage).next();
      if (next.done) break;
      program = next.value;
      expect(count).toBeLessThan(10_000);
    }
    expect(program.steps).toEqual([]);
  });

  it('leave out a step with all that depend on it', () => {
    const program = lines('a = mmap(0, 1p, rw, private|anon)', 'p1 = fork()', 'store(a, 0x1)', 'p1: load(a)', 'wait(p1)');
    expect(texts(program)).toContain(lines('p1 = fork()', 'wait(p1)'));
    expect(texts(program)).toContain(lines('a = mmap(0, 1p, rw, private|anon)', 'store(a, 0x1)'));
  });

  it('leave out two steps that need each other', () => {
    const program = lines('mmap(arena, 1p, rw, private|fixed|anon)', 'munmap(arena, 1p)', 'mlock(arena, 1p)', 'munlock(arena, 1p)');
    expect(texts(program)).toContain(lines('mmap(arena, 1p, rw, private|fixed|anon)', 'munmap(arena, 1p)'));
    expect(texts(program)).toContain(lines('munmap(arena, 1p)', 'munlock(arena, 1p)'));
  });

  it('let the parent make the steps of its child', () => {
    const program = lines('a = mmap(0, 1p, rw, private|anon)', 'p1 = fork()', 'p1: store(a, 0x1)', 'p1: exit()', 'wait(p1)', 'load(a)');
    expect(texts(program)).toContain(lines('a = mmap(0, 1p, rw, private|anon)', 'store(a, 0x1)', 'load(a)'));
  });

  it('use one result in place of another, or the arena', () => {
    const dup = lines('f1 = memfd_create()', 'f2 = dup(f1)', 'ftruncate(f2, 1p)');
    expect(texts(dup)).toContain(lines('f1 = memfd_create()', 'ftruncate(f1, 1p)'));
    const named = lines('a = mmap(0, 1p, rw, private|anon)', 'munmap(a, 1p)');
    expect(texts(named)).toContain(lines('munmap(arena, 1p)'));
    const pipes = lines('q1 = pipe()', 'q2 = pipe()', 'write(q2.w, arena, 1)');
    expect(texts(pipes)).toContain(lines('q1 = pipe()', 'write(q1.w, arena, 1)'));
  });

  it('use a later result where the earlier uses go', () => {
    const program = lines('f1 = open(f0, rdwr|creat)', 'close(f1)', 'f2 = memfd_create()', 'fsize(f1)');
    expect(texts(program)).toContain(lines('f2 = memfd_create()', 'fsize(f2)'));
  });

  it('use a file in place of a pipe, and results that had no use before', () => {
    const pipe = lines('q1 = pipe()', 'open(f0, rdwr|creat)', 'close(q1.r)');
    expect(texts(pipe)).toContain(lines('m0 = open(f0, rdwr|creat)', 'close(m0)'));
  });

  it('name descriptors that are given as numbers', () => {
    const program = lines('f1 = open(f0, rdwr|creat)', 'fsize(5)');
    expect(texts(program)).toContain(lines('f1 = open(f0, rdwr|creat)', 'fsize(f1)'));
  });

  it('wait for nobody in place of a child', () => {
    const program = lines('p1 = fork()', 'p1: exit()', 'wait(p1)', 'wait(p1)');
    expect(texts(program)).toContain(lines('wait(1)', 'wait(1)'));
    expect(texts(program)).toContain(lines('p1 = fork()', 'p1: exit()', 'wait(p1)', 'wait(1)'));
  });

  it('fork later, where the child then has what it needs', () => {
    const program = lines('p1 = fork()', 'a = mmap(0, 1p, rw, private|anon)', 'p1: b = mmap(0, 1p, rw, private|anon)', 'p1: load(b)');
    expect(texts(program)).toContain(lines('a = mmap(0, 1p, rw, private|anon)', 'p1 = fork()', 'p1: load(a)'));
  });

  it('let a child inherit a mapping in place of its own', () => {
    const program = lines('p1 = fork()', 'p1: mmap(arena, 1p, rw, private|anon)', 'mmap(arena, 1p, rw, private|anon)', 'p1: load(arena)');
    expect(texts(program)).toContain(lines('mmap(arena, 1p, rw, private|anon)', 'p1 = fork()', 'p1: load(arena)'));
  });

  it('take another file in place of one that was unlinked', () => {
    const program = lines('f1 = open(f0, rdwr|creat)', 'unlink(f0)', 'f2 = open(f0, rdwr|creat)', 'fsize(f2)');
    expect(texts(program)).toContain(lines('f1 = open(f0, rdwr|creat)', 'f2 = open(f1, rdwr|creat)', 'fsize(f2)'));
  });

  it('map plainly what came from a segment, a file or mremap', () => {
    const segment = lines('s1 = shmget(2p)', 'a = shmat(s1, 0)', 'store(a, 0x1)');
    expect(texts(segment)).toContain(lines('a = mmap(0, 2p, rw, shared|anon)', 'store(a, 0x1)'));
    const file = lines('f1 = memfd_create()', 'ftruncate(f1, 1p)', 'a = mmap(0, 1p, rw, private, f1)', 'store(a, 0x1)');
    expect(texts(file)).toContain(lines('f1 = memfd_create()', 'ftruncate(f1, 1p)', 'a = mmap(0, 1p, rw, private|anon)', 'store(a, 0x1)'));
    const moved = lines('a = mmap(0, 1p, rw, private|anon)', 'mremap(a, 1p, 1p, maymove|fixed, arena)', 'store(arena, 0x1)');
    expect(texts(moved)).toContain(lines('mmap(arena, 1p, rw, private|fixed|anon)', 'store(arena, 0x1)'));
  });

  it('take protections, growth and neighbours up into the mapping', () => {
    const protection = lines('mmap(arena, 1p, rw, private|anon)', 'mprotect(arena, 1p, r)', 'store(arena, 0x1)');
    expect(texts(protection)).toContain(lines('mmap(arena, 1p, r, private|anon)', 'store(arena, 0x1)'));
    const replaced = lines(
      'a = mmap(0, 1p, rw, private|anon)',
      'mprotect(a, 1p, rw)',
      'mmap(a, 1p, r, private|fixed|anon)',
      'store(a, 0x1)',
    );
    expect(texts(replaced)).toContain(lines('a = mmap(0, 1p, rw, private|anon)', 'mprotect(a, 1p, r)', 'store(a, 0x1)'));
    const growth = lines('a = mmap(0, 1p, rw, private|anon)', 'b = mremap(a, 1p, 3p, maymove)', 'store(b+2p, 0x1)');
    expect(texts(growth)).toContain(lines('a = mmap(0, 3p, rw, private|anon)', 'store(a+2p, 0x1)'));
    const neighbours = lines('mmap(arena, 1p, rw, private|anon)', 'mmap(arena+1p, 2p, rw, private|anon)', 'munmap(arena, 3p)');
    expect(texts(neighbours)).toContain(lines('mmap(arena, 3p, rw, private|anon)', 'munmap(arena, 3p)'));
    const again = lines('mmap(arena, 1p, rw, private|anon)', 'munmap(arena, 1p)', 'mmap(arena, 1p, rw, private|anon)');
    expect(texts(again)).toContain(lines('mmap(arena, 1p, rw, private|anon)', 'mmap(arena, 1p, rw, private|fixed|anon)'));
  });

  it('do without the heap', () => {
    const program = lines('a = mmap(0, 1p, rw, private|anon)', 'brk(heap+1p)', 'store(heap, 0x1)');
    expect(texts(program)).toContain(lines('a = mmap(0, 1p, rw, private|anon)', 'store(a, 0x1)'));
  });

  it('let instructions and plainer calls do what the kernel did', () => {
    const read = lines('f1 = memfd_create()', 'a = mmap(0, 1p, rw, private|anon)', 'pread(f1, a, 8, 0)');
    expect(texts(read)).toContain(lines('a = mmap(0, 1p, rw, private|anon)', 'store(a, 0x1)'));
    const vector = lines('f1 = memfd_create()', 'a = mmap(0, 1p, rw, private|anon)', 'writev(f1, [a:8, a:8])');
    expect(texts(vector)).toContain(lines('f1 = memfd_create()', 'a = mmap(0, 1p, rw, private|anon)', 'write(f1, a, 8)'));
  });

  it('draw the program smaller: pages that nothing begins or ends at are gone, and places get names', () => {
    const program = lines('mmap(arena+5p, 8p, rw, private|fixed|anon)', 'load(arena+9p)', 'munmap(arena+11p, 2p)');
    expect(texts(program)).toContain(lines('mmap(arena, 4p, rw, private|fixed|anon)', 'load(arena+1p)', 'munmap(arena+3p, 1p)'));
    expect(texts(program)).toContain(lines('m0 = mmap(0, 8p, rw, private|anon)', 'load(m0+4p)', 'munmap(m0+6p, 2p)'));
  });

  it('number stored values and files in order', () => {
    const values = lines('store(arena, 0xff01)', 'store(arena, 0x77)', 'store(arena, 0xff01)');
    expect(texts(values)).toContain(lines('store(arena, 0x1)', 'store(arena, 0x2)', 'store(arena, 0x1)'));
    const files = lines('f1 = open(f3, rdwr|creat)', 'unlink(f3)');
    expect(texts(files)).toContain(lines('f1 = open(f0, rdwr|creat)', 'unlink(f0)'));
  });

  it('make one argument simpler', () => {
    const program = lines('f1 = open(f0, wronly|creat|append)');
    expect(texts(program)).toContain(lines('f1 = open(f0, rdwr|creat)'));
    expect(texts(lines('mmap(arena, 5p, rwx, shared|anon|fixed|populate)'))).toEqual(
      expect.arrayContaining([
        lines('mmap(arena, 1p, rwx, shared|fixed|anon|populate)'),
        lines('mmap(arena, 5p, rw, shared|fixed|anon|populate)'),
        lines('mmap(arena, 5p, rwx, private|fixed|anon)'),
      ]),
    );
    expect(texts(lines('munmap(-2p, 5p)'))).toContain(lines('munmap(top, 5p)'));
    expect(texts(lines('store(arena+5, code, 8)'))).not.toContain(lines('store(arena+5, code)'));
    expect(texts(lines('readv(-1, [arena:1p, heap:8])'))).toContain(lines('readv(-1, [arena:1p])'));
  });
});

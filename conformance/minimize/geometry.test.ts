import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseProgram } from '../../spec/language/parser.ts';
import { formatProgram } from '../../spec/language/printer.ts';
import { wellFormedPrograms } from '../../spec/language/program.testing.ts';
import { compressed, cutPages, pageCuts, stretches } from './geometry.ts';
import { linesOf } from './known.ts';
import { withoutExpectations } from './walk.ts';

const lines = (...steps: readonly string[]): string => steps.map((step) => `${step}\n`).join('');
const compress = (...steps: readonly string[]): string | undefined => {
  const smaller = compressed(parseProgram(lines(...steps)));
  return smaller === undefined ? undefined : formatProgram(smaller);
};

describe('compressed', () => {
  it('brings pages together and moves them to the base', () => {
    expect(compress('mmap(arena+7p, 9p, rw, private|anon)', 'store(arena+12p, 0x1)', 'munmap(arena+14p, 2p)')).toBe(
      lines('mmap(arena, 4p, rw, private|anon)', 'store(arena+1p, 0x1)', 'munmap(arena+3p, 1p)'),
    );
  });

  it('shortens what a name stands for with all that lies in it', () => {
    expect(compress('a = mmap(0, 8p, rw, private|anon)', 'load(a+6p)', 'madvise(a+2p, 3p, free)')).toBe(
      lines('a = mmap(0, 5p, rw, private|anon)', 'load(a+3p)', 'madvise(a+1p, 1p, free)'),
    );
  });

  it('keeps the rest of an address, and a length that is no whole number of pages', () => {
    expect(compress('mmap(arena+4p, 3p+1, rw, private|anon)', 'load(arena+6p-4, 8)')).toBe(
      lines('mmap(arena, 3p+1, rw, private|anon)', 'load(arena+2p-4, 8)'),
    );
  });

  it('moves both ends of mremap, and the elements of vectors', () => {
    expect(compress('mremap(arena+4p, 2p, 5p, fixed|maymove, arena+20p)', 'writev(1, [arena+24p:8, 0:1])')).toBe(
      lines('mremap(arena, 1p, 2p, maymove|fixed, arena+2p)', 'writev(1, [arena+3p:8, 0:1])'),
    );
  });

  it('leaves alone what is absurd, and what is together already', () => {
    expect(compress('mmap(top, 5p, rw, private|anon)', 'munmap(4p, 7p)')).toBeUndefined();
    expect(compress('mmap(arena, 1p, rw, private|anon)', 'load(arena+1p)')).toBeUndefined();
    expect(compress('munmap(arena+2p, -1p)')).toBe(lines('munmap(arena, -1p)'));
  });

  it('moves what lies below the base too', () => {
    expect(compress('mmap(arena-8p, 4p, rw, private|anon)', 'load(arena+3p)')).toBe(
      lines('mmap(arena-8p, 1p, rw, private|anon)', 'load(arena-6p)'),
    );
  });
});

describe('cuts', () => {
  it('refuse to empty a range', () => {
    const program = parseProgram(lines('mmap(arena+2p, 3p, rw, private|anon)'));
    expect(stretches(program)).toEqual([
      { base: 'arena', from: 0, to: 2 },
      { base: 'arena', from: 2, to: 5 },
    ]);
    expect(cutPages(program, [{ base: 'arena', from: 2, to: 5 }])).toBeUndefined();
    expect(formatProgram(cutPages(program, [{ base: 'arena', from: 3, to: 5 }])!)).toBe(lines('mmap(arena+2p, 1p, rw, private|anon)'));
  });

  it('give programs with the same steps, which are read back', () => {
    fc.assert(
      fc.property(wellFormedPrograms({ maxSteps: 8 }), (drawn) => {
        const program = withoutExpectations(drawn);
        for (const cut of pageCuts(program)) {
          const smaller = cutPages(program, [cut]);
          if (smaller === undefined) continue;
          expect(smaller.steps.map(({ call }) => call.kind)).toEqual(program.steps.map(({ call }) => call.kind));
          expect(linesOf(parseProgram(formatProgram(smaller)))).toEqual(linesOf(smaller));
        }
      }),
    );
  });
});

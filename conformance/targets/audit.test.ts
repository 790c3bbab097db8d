import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseProgram } from '../../spec/language/index.ts';
import { wellFormedPrograms } from '../../spec/language/program.testing.ts';
import { auditRanges } from './audit.ts';

/** Ranges as `base+page:pages`. */
const ranges = (text: string): string[] =>
  auditRanges(parseProgram(text)).map(({ base, offset, pages }) => `${base}${offset < 0 ? '' : '+'}${offset / 4096}:${pages}`);

describe('the ranges of an audit', () => {
  test('reach a page beyond what a call may change in the arena, on each side', () => {
    expect(ranges('munmap(arena+4p, 2p)')).toEqual(['arena+3:4']);
    expect(ranges('store(arena+4p+4090, 1, 8)')).toEqual(['arena+3:4']);
    expect(ranges('brk(heap+2p)')).toEqual(['heap+1:2']);
    expect(ranges('madvise(arena, 0x7fffffffffff, dontneed)')).toEqual(['arena-1:2']);
  });

  test('join where they touch', () => {
    expect(ranges('munmap(arena+4p, 2p)\nmprotect(arena+7p, 1p, r)\nmunmap(arena+20p, 1p)')).toEqual(['arena+3:6', 'arena+19:3']);
  });

  test('stay inside what the kernel mapped', () => {
    expect(ranges('a = mmap(0, 4p, rw, private|anon)\nmunmap(a+3p, 10p)')).toEqual(['a+0:4']);
    expect(ranges('a = mmap(arena, 1p, rw, private|anon|fixed)\nb = mremap(a, 1p, 3p, maymove)')).toEqual(['arena-1:3', 'a+0:1', 'b+0:3']);
    expect(ranges('s = shmget(2p)\nb = shmat(s, 0)')).toEqual(['b+0:2']);
    expect(ranges('s = shmget(2p)\nshmat(s, arena)\nshmdt(arena+8p)')).toEqual(['arena-1:4', 'arena+7:2']);
  });

  test('cover what is read into memory', () => {
    const reads =
      'read(0, arena, 1p)\npread(0, arena+10p, 1p, 0)\nreadv(0, [arena+20p:1p])\nprocess_vm_readv(1, [arena+30p:1p], [arena+40p:1])';
    expect(ranges(`${reads}\nprocess_vm_writev(1, [arena+50p:1], [arena+60p:1p])`)).toEqual(
      [-1, 9, 19, 29, 59].map((page) => `arena${page < 0 ? '' : '+'}${page}:3`),
    );
  });

  test('leave out what only looks', () => {
    expect(
      ranges('load(arena)\nexec(arena)\nmincore(arena, 1p)\nmsync(arena, 1p, sync)\nwrite(0, arena, 1p)\nmlock(arena, 1p)\nload(buf)'),
    ).toEqual([]);
  });

  test('ask for execution where a program deals in it', () => {
    const asks = (text: string): boolean[] => auditRanges(parseProgram(`munmap(arena, 1p)\n${text}`)).map(({ exec }) => exec);
    expect(asks('mprotect(arena, 1p, rw)')).toEqual([false]);
    for (const text of [
      'mprotect(arena, 1p, rx)',
      'mmap(arena, 1p, x, private|anon)',
      'exec(arena)',
      's = shmget(1p)\nshmat(s, arena, exec)',
    ]) {
      expect(asks(text)).toEqual([true]);
    }
  });

  test('are thorough when asked', () => {
    expect(auditRanges(parseProgram('munmap(arena, 1p)')).map(({ thorough }) => thorough)).toEqual([false]);
    expect(auditRanges(parseProgram('munmap(arena, 1p)'), { thorough: true }).map(({ thorough }) => thorough)).toEqual([true]);
  });

  test('load from every page where mappings grow', () => {
    const loads = (flags: string): boolean[] => auditRanges(parseProgram(`mmap(arena, 1p, rw, ${flags})`)).map((range) => range.loads);
    expect(loads('private|anon|fixed')).toEqual([false]);
    expect(loads('private|anon|fixed|growsdown')).toEqual([true]);
  });

  test('are disjoint within a base, and of at most 48 pages a base and 128 in all', () => {
    fc.assert(
      fc.property(wellFormedPrograms({ maxSteps: 40 }), (program) => {
        const all = auditRanges(program);
        const bases = Map.groupBy(all, ({ base }) => base);
        for (const own of bases.values()) {
          expect(own.reduce((sum, { pages }) => sum + pages, 0)).toBeLessThanOrEqual(48);
          own.reduce((end, { offset, pages }) => {
            expect(offset).toBeGreaterThan(end);
            return offset + pages * 4096;
          }, Number.NEGATIVE_INFINITY);
        }
        expect(all.reduce((sum, { pages }) => sum + pages, 0)).toBeLessThanOrEqual(128);
      }),
    );
  });

  test('are cut at 48 pages a base and 128 in all', () => {
    const calls = (base: string): string => Array.from({ length: 20 }, (_, i) => `munmap(${base}+${i * 3}p, 1p)`).join('\n');
    expect(ranges(calls('arena'))).toEqual(['arena-1:48']);
    const mappings = Array.from({ length: 4 }, (_, i) => `m${i} = mmap(0, 60p, rw, private|anon)\n${calls(`m${i}`)}`).join('\n');
    expect(ranges(mappings)).toEqual(['m0+0:48', 'm1+0:48', 'm2+0:32']);
  });

  test('look at the ends of what is long', () => {
    expect(ranges('munmap(arena, 60p)')).toEqual(['arena-1:4', 'arena+57:4']);
    expect(ranges('a = mmap(0, 20p, rw, private|anon)\nmunmap(a+10p, 1p)')).toEqual(['a+0:4', 'a+9:3', 'a+16:4']);
  });
});

/** Lies about mremap, the program break and limits. */
import { MAP, MREMAP, PAGE_SIZE } from '../../spec/language/constants.ts';
import type { Lie } from './lie.ts';
import { PageMarks } from './memory.ts';
import { errno, pagesMapped, pagesOf, value } from './seen.ts';

export const LIMIT_LIES: readonly Lie[] = [
  {
    name: 'moved-off-by-a-page',
    clauses: ['mremap.fixed', 'mremap.dontunmap', 'mremap.duplicates', 'mremap.several'],
    says: 'mremap to a fixed place gives the address of the page after it',
    // mmap, mremap.
    shortest: 2,
    start: () => ({
      step: (seen) =>
        seen.kind === 'mremap' && seen.ok && (seen.number('flags') & MREMAP.fixed) !== 0 ? value(seen.value + PAGE_SIZE) : undefined,
    }),
  },
  {
    name: 'grown-tail-is-dirty',
    clauses: ['load.value'],
    says: 'the first byte that mremap adds to anonymous memory is 1',
    // mmap, mremap, and a load unless the audit tells.
    shortest: 3,
    shortestInAudit: 2,
    start: (memory) => {
      const anonymous = new PageMarks<boolean>();
      return {
        step: (seen) => {
          const { process } = seen;
          const old = Math.floor(seen.number('addr') / PAGE_SIZE);
          const was = seen.kind === 'mremap' && anonymous.get(process, old) === true;
          const plain = seen.kind === 'mmap' && (seen.number('flags') & MAP.anon) !== 0 && (seen.number('flags') & MAP.hugetlb) === 0;
          anonymous.setAll(process, pagesMapped(seen), plain || was);
          if (!was || !seen.ok) return undefined;
          const before = pagesOf(0, seen.number('oldLength')).length;
          const added = pagesMapped(seen)[before];
          if (added !== undefined && before > 0) memory.tell(process, added * PAGE_SIZE, 1);
          return undefined;
        },
      };
    },
  },
  {
    name: 'break-stays-up',
    clauses: ['brk.lowers', 'brk.within-page'],
    says: 'brk to an address below the break tells the break as it was',
    // brk, brk.
    shortest: 2,
    start: () => {
      const breaks = new Map<string, number>();
      return {
        step: (seen) => {
          const { process, child } = seen;
          if (child !== undefined && breaks.has(process)) breaks.set(child, breaks.get(process)!);
          if (seen.kind !== 'brk' || !seen.ok) return undefined;
          const before = breaks.get(process);
          breaks.set(process, seen.value);
          return before !== undefined && seen.value < before ? value(before) : undefined;
        },
      };
    },
  },
  {
    name: 'limit-set-once',
    clauses: ['setrlimit.sets'],
    says: 'a limit cannot be set a second time: EPERM',
    // setrlimit, setrlimit.
    shortest: 2,
    start: () => {
      const set = new Set<string>();
      return {
        step: (seen) => {
          if (seen.kind !== 'setrlimit' || !seen.ok) return undefined;
          const limit = `${seen.process} ${seen.number('resource')}`;
          const again = set.has(limit);
          set.add(limit);
          return again ? errno('EPERM') : undefined;
        },
      };
    },
  },
];

/** Lies about mmap, munmap, mprotect, and what is mapped. */
import type { ClauseId } from '../../spec/clauses.ts';
import { MAP, PAGE_SIZE } from '../../spec/language/constants.ts';
import type { Lie } from './lie.ts';
import { PageCounts, PageMarks } from './memory.ts';
import { errno, pagesMapped, pagesSeen, value } from './seen.ts';

/** What can come first where a mapping gives another address than it has to, or fails. */
export const MAPPING_CLAUSES: readonly ClauseId[] = [
  'mmap.fixed',
  'mmap.replaces',
  'mmap.noreplace-free',
  'mmap.hint',
  'mmap.hint-in-use',
  'mmap.hint-rounded',
  'mmap.hint-padded',
  'mmap.place',
  'mmap.32bit',
];

export const MAPPING_LIES: readonly Lie[] = [
  {
    name: 'munmap-zero-length',
    clauses: ['munmap.length-zero'],
    says: 'munmap of length 0 at the beginning of a page gives 0',
    // The call alone.
    shortest: 1,
    start: () => ({
      step: (seen) =>
        seen.kind === 'munmap' && seen.number('length') === 0 && seen.number('addr') % PAGE_SIZE === 0 ? value(0) : undefined,
    }),
  },
  {
    name: 'munmap-three-pages',
    clauses: ['munmap.unmaps', 'munmap.whole-pages'],
    says: 'munmap of more than two pages, all of them mapped, is said to have failed with ENOMEM, although it worked',
    // mmap, munmap.
    shortest: 2,
    start: () => {
      const state = new PageMarks<'mapped'>();
      return {
        step: (seen) => {
          state.setAll(seen.process, pagesMapped(seen), 'mapped');
          if (seen.kind !== 'munmap' || !seen.ok) return undefined;
          const pages = pagesSeen(seen);
          const all = pages.every((page) => state.get(seen.process, page) === 'mapped');
          for (const page of pages) state.delete(seen.process, page);
          return all && pages.length > 2 ? errno('ENOMEM') : undefined;
        },
      };
    },
  },
  {
    name: 'munmap-still-there',
    clauses: ['load.unmapped'],
    says: 'the audit finds the middle page readable where more than two mapped pages were unmapped at once',
    // mmap, munmap.
    shortestInAudit: 2,
    start: () => {
      const state = new PageMarks<'mapped' | 'middle'>();
      return {
        step: (seen) => {
          const { process } = seen;
          state.setAll(process, pagesMapped(seen), 'mapped');
          if (seen.kind !== 'munmap' || !seen.ok) return undefined;
          const pages = pagesSeen(seen);
          const all = pages.length > 2 && pages.every((page) => state.get(process, page) === 'mapped');
          for (const page of pages) state.delete(process, page);
          if (all) state.set(process, pages[Math.floor(pages.length / 2)]!, 'middle');
          return undefined;
        },
        page: (process, page) =>
          state.get(process, page.address / PAGE_SIZE) === 'middle' && page.load === 'SIGSEGV/MAPERR' ? { ...page, load: 'ok' } : page,
      };
    },
  },
  {
    name: 'replacing-mmap-off-by-a-page',
    clauses: MAPPING_CLAUSES,
    says: 'a fixed mapping over a page that was stored to gives the address of the page after its own',
    // mmap, store, mmap.
    shortest: 3,
    start: () => {
      const stored = new PageMarks<true>();
      return {
        step: (seen) => {
          if (seen.kind === 'store' && seen.ok) stored.setAll(seen.process, pagesSeen(seen), true);
          if (!stored.any(seen.process, pagesMapped(seen), true) || (seen.number('flags') & MAP.fixed) === 0) return undefined;
          return value(seen.value + PAGE_SIZE);
        },
      };
    },
  },
  {
    name: 'mmap-remembers-munmap',
    clauses: MAPPING_CLAUSES,
    says: 'a mapping of pages that were mapped and then unmapped fails with ENOMEM',
    // mmap, munmap, mmap.
    shortest: 3,
    start: () => {
      const state = new PageMarks<'mapped' | 'unmapped'>();
      return {
        step: (seen) => {
          const { process } = seen;
          const pages = pagesMapped(seen);
          const again = state.any(process, pages, 'unmapped');
          state.setAll(process, pages, 'mapped');
          if (seen.kind === 'munmap' && seen.ok) state.turn(process, pagesSeen(seen), 'mapped', 'unmapped');
          return again ? errno('ENOMEM') : undefined;
        },
      };
    },
  },
  {
    name: 'old-byte-comes-back',
    clauses: ['load.value'],
    says: 'after munmap and a new anonymous mapping at the same place the byte is there that was stored before',
    // mmap, store, munmap, mmap, and a load unless the audit tells.
    shortest: 5,
    shortestInAudit: 4,
    start: (memory) => {
      const state = new PageMarks<'unmapped'>();
      return {
        step: (seen) => {
          const { process } = seen;
          if (seen.kind === 'munmap' && seen.ok) state.setAll(process, pagesSeen(seen), 'unmapped');
          for (const page of pagesMapped(seen)) {
            const dropped = memory.takeDropped(process, page);
            const comesBack = state.get(process, page) === 'unmapped' && (seen.number('flags') & MAP.anon) !== 0;
            if (comesBack) for (const [address, byte] of dropped) memory.tell(process, address, byte);
            state.delete(process, page);
          }
          return undefined;
        },
      };
    },
  },
  {
    name: 'third-store-lost',
    clauses: ['load.value'],
    says: 'the third store into a page at which two mappings were made, one after the other, is lost',
    // mmap, mmap, store, store, store, and a load unless the audit tells: the second mapping may replace the first.
    shortest: 6,
    shortestInAudit: 5,
    start: (memory) => {
      const maps = new PageCounts();
      const stores = new PageCounts();
      return {
        step: (seen) => {
          const { process } = seen;
          for (const page of pagesMapped(seen)) maps.add(process, page);
          if (seen.kind !== 'store' || !seen.ok) return undefined;
          const [page] = pagesSeen(seen);
          if (maps.of(process, page!) < 2 || stores.add(process, page!) !== 3) return undefined;
          const addr = seen.number('addr');
          for (let i = 0; i < seen.number('size'); i++) memory.tell(process, addr + i, memory.before(process, addr + i));
          return undefined;
        },
      };
    },
  },
  {
    name: 'mprotect-none-forgets',
    clauses: ['load.value'],
    says: 'what was stored in a page is zeros once it has had no access for a while (mprotect)',
    // mmap, store, mprotect, mprotect, and a load unless the audit tells.
    shortest: 5,
    shortestInAudit: 4,
    start: (memory) => {
      const state = new PageMarks<'none'>();
      return {
        step: (seen) => {
          const { process } = seen;
          if (seen.kind !== 'mprotect' || !seen.ok) return undefined;
          for (const page of pagesSeen(seen)) {
            if (seen.number('prot') === 0) state.set(process, page, 'none');
            else if (state.get(process, page) === 'none') for (const address of memory.in(process, page)) memory.tell(process, address, 0);
          }
          return undefined;
        },
      };
    },
  },
  {
    name: 'twice-protected-fault',
    clauses: ['load.protection', 'store.protection', 'exec.protection'],
    says: 'an access that the protection forbids is reported as MAPERR where mprotect was applied to the page at least twice',
    // mmap, mprotect, mprotect, load.
    shortest: 4,
    start: () => {
      const protections = new PageCounts();
      return {
        step: (seen) => {
          if (seen.kind === 'mprotect' && seen.ok) for (const page of pagesSeen(seen)) protections.add(seen.process, page);
          if (seen.outcome.kind !== 'fault' || seen.outcome.code !== 'ACCERR') return undefined;
          const page = Math.floor(seen.outcome.address / PAGE_SIZE);
          return protections.of(seen.process, page) >= 2 ? { ...seen.outcome, code: 'MAPERR' } : undefined;
        },
      };
    },
  },
];

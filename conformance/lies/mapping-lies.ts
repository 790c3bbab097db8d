/** Lies about mmap, munmap, mprotect, and what is mapped. */
import type { ClauseId } from '../../spec/clauses.ts';
import { MAP, PAGE_SIZE, PROT } from '../../spec/language/constants.ts';
import type { Lie } from './lie.ts';
import { type Memory, PageCounts, PageMarks } from './memory.ts';
import { errno, pagesMapped, pagesSeen, pagesUnmapped, type Seen, value } from './seen.ts';

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

/** The page of a store that went through, where it stayed in one. */
function storedPage(seen: Seen): number | undefined {
  const [page, other] = seen.kind === 'store' && seen.ok ? pagesSeen(seen) : [];
  return other === undefined ? page : undefined;
}

/** Memory is said to be as it was before the store. */
function loseStore(memory: Memory, seen: Seen): void {
  const addr = seen.number('addr');
  for (let i = 0; i < seen.number('size'); i++) memory.tell(seen.process, addr + i, memory.before(seen.process, addr + i));
}

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
      const state = new PageMarks<'mapped' | 'middle' | 'stack'>();
      return {
        step: (seen) => {
          const { process } = seen;
          // What is below a mapping that grows down is unmapped in a way of its own.
          const grows = seen.kind === 'mmap' && (seen.number('flags') & MAP.growsdown) !== 0;
          state.setAll(process, pagesMapped(seen), grows ? 'stack' : 'mapped');
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
      const stored = new PageMarks<boolean>();
      return {
        step: (seen) => {
          const { process } = seen;
          if (seen.kind === 'store' && seen.ok) stored.setAll(process, pagesSeen(seen), true);
          stored.setAll(process, pagesUnmapped(seen), false);
          const fixed = seen.kind === 'mmap' && (seen.number('flags') & MAP.fixed) !== 0;
          const over = fixed && stored.any(process, pagesMapped(seen), true);
          stored.setAll(process, pagesMapped(seen), false);
          return over ? value(seen.value + PAGE_SIZE) : undefined;
        },
      };
    },
  },
  {
    name: 'mmap-remembers-munmap',
    clauses: MAPPING_CLAUSES,
    says: 'a mapping of pages that were all mapped and then unmapped fails with ENOMEM',
    // mmap, munmap, mmap.
    shortest: 3,
    start: () => {
      const state = new PageMarks<'mapped' | 'unmapped'>();
      let silent = false;
      return {
        step: (seen) => {
          const { process } = seen;
          const pages = pagesMapped(seen);
          // How much a segment covers is not known, nor how far a mapping has grown down.
          silent ||= seen.ok && (seen.kind === 'shmat' || (seen.kind === 'mmap' && (seen.number('flags') & MAP.growsdown) !== 0));
          const again = seen.kind === 'mmap' && pages.length > 0 && pages.every((page) => state.get(process, page) === 'unmapped');
          state.setAll(process, pages, 'mapped');
          state.turn(process, pagesUnmapped(seen), 'mapped', 'unmapped');
          return again && !silent ? errno('ENOMEM') : undefined;
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
            const anonymous = seen.kind === 'mmap' && (seen.number('flags') & MAP.anon) !== 0;
            const comesBack = anonymous && state.get(process, page) === 'unmapped';
            if (comesBack) for (const [address, byte] of dropped) memory.tell(process, address, byte);
            state.delete(process, page);
          }
          return undefined;
        },
      };
    },
  },
  {
    name: 'store-after-two-mappings',
    clauses: ['load.value'],
    says: 'the second store into a page at which two mappings were made, one after the other, is lost',
    // mmap, mmap, store, store, and a load unless the audit tells: the second mapping may replace the first.
    shortest: 5,
    shortestInAudit: 4,
    start: (memory) => {
      const maps = new PageCounts();
      const stores = new PageCounts();
      return {
        step: (seen) => {
          for (const page of pagesMapped(seen)) maps.add(seen.process, page);
          const page = storedPage(seen);
          if (page === undefined || maps.of(seen.process, page) < 2 || stores.add(seen.process, page) !== 2) return undefined;
          loseStore(memory, seen);
          return undefined;
        },
      };
    },
  },
  {
    name: 'third-store-lost',
    clauses: ['load.value'],
    says: 'the third store into a page since it was mapped is lost',
    // mmap, store, store, store, and a load unless the audit tells.
    shortest: 5,
    shortestInAudit: 4,
    start: (memory) => {
      const stores = new PageMarks<number>();
      return {
        step: (seen) => {
          stores.setAll(seen.process, pagesMapped(seen), 0);
          const page = storedPage(seen);
          const before = page === undefined ? undefined : stores.get(seen.process, page);
          if (page === undefined || before === undefined) return undefined;
          stores.set(seen.process, page, before + 1);
          if (before === 2) loseStore(memory, seen);
          return undefined;
        },
      };
    },
  },
  {
    name: 'read-only-forgets',
    clauses: ['load.value'],
    says: 'what was stored in a page is zeros once mprotect has made it read-only',
    // mmap, store, mprotect, and a load unless the audit tells.
    shortest: 4,
    shortestInAudit: 3,
    start: (memory) => ({
      step: (seen) => {
        const { process } = seen;
        if (seen.kind !== 'mprotect' || !seen.ok || (seen.number('prot') & 7) !== PROT.r) return undefined;
        for (const page of pagesSeen(seen)) for (const address of memory.in(process, page)) memory.tell(process, address, 0);
        return undefined;
      },
    }),
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

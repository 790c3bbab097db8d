/** Lies about advice, residency and locks. */
import { MADV, MAP, MAP_TYPES, MCL, MS, PAGE_SIZE } from '../../spec/language/constants.ts';
import type { Lie } from './lie.ts';
import { PageCounts, PageMarks } from './memory.ts';
import { errno, pagesMapped, pagesSeen, pagesUnmapped, type Seen, value } from './seen.ts';

const advises = (seen: Seen, advice: number): boolean => seen.kind === 'madvise' && seen.ok && seen.number('advice') === advice;

export const ADVICE_LIES: readonly Lie[] = [
  {
    name: 'dontneed-hole',
    clauses: ['madvise.hole'],
    says: 'madvise(dontneed) of a range with a hole gives 0',
    // The call alone.
    shortest: 1,
    start: () => ({
      step: ({ kind, number, outcome }) =>
        kind === 'madvise' && number('advice') === MADV.dontneed && outcome.kind === 'errno' && outcome.errno === 'ENOMEM'
          ? value(0)
          : undefined,
    }),
  },
  {
    name: 'dontneed-keeps-twice-written',
    clauses: ['load.value'],
    says: 'madvise(dontneed) keeps what is in a private anonymous page that was stored to at least twice',
    // mmap, store, store, madvise, and a load unless the audit tells.
    shortest: 5,
    shortestInAudit: 4,
    start: (memory) => {
      const anonymous = new PageMarks<boolean>();
      const stores = new PageCounts();
      return {
        step: (seen) => {
          const { process } = seen;
          const flags = seen.number('flags');
          anonymous.setAll(
            process,
            pagesMapped(seen),
            seen.kind === 'mmap' && (flags & MAP.anon) !== 0 && (flags & 0xf) === MAP_TYPES.private,
          );
          if (seen.kind === 'store' && seen.ok) for (const page of pagesSeen(seen)) stores.add(process, page);
          if (!advises(seen, MADV.dontneed)) return undefined;
          for (const page of pagesSeen(seen)) {
            const dropped = memory.takeDropped(process, page);
            if (stores.of(process, page) < 2 || !anonymous.get(process, page)) continue;
            for (const [address, byte] of dropped) memory.tell(process, address, byte);
          }
          return undefined;
        },
      };
    },
  },
  {
    name: 'mincore-forgets-stores',
    clauses: ['mincore.tells', 'mincore.present'],
    says: 'mincore tells that a page that was stored to is not there',
    // mmap, store, mincore.
    shortest: 3,
    start: () => {
      const state = new PageMarks<'stored'>();
      return {
        step: (seen) => {
          const { process, outcome } = seen;
          if (seen.kind === 'store' && seen.ok) state.setAll(process, pagesSeen(seen), 'stored');
          if (seen.kind !== 'mincore' || outcome.kind !== 'bytes') return undefined;
          const first = seen.number('addr') / PAGE_SIZE;
          const bytes = outcome.bytes.map((byte, i) => (state.get(process, first + i) === 'stored' ? 0 : byte));
          return bytes.some((byte, i) => byte !== outcome.bytes[i]) ? { kind: 'bytes', bytes } : undefined;
        },
      };
    },
  },
  {
    name: 'mlock-after-munlock',
    clauses: ['mlock.locks', 'mlock.rounding', 'mlock.copies', 'mlock2.onfault'],
    says: 'mlock or mlock2 of a page that was unlocked by munlock before fails with EAGAIN',
    // mmap, munlock, mlock.
    shortest: 3,
    start: () => {
      const state = new PageMarks<'unlocked'>();
      return {
        step: (seen) => {
          const { process } = seen;
          if (!seen.ok) return undefined;
          if (seen.kind === 'munlock') state.setAll(process, pagesSeen(seen), 'unlocked');
          const locks = seen.kind === 'mlock' || seen.kind === 'mlock2';
          return locks && state.any(process, pagesSeen(seen), 'unlocked') ? errno('EAGAIN') : undefined;
        },
      };
    },
  },
  {
    name: 'msync-after-mprotect',
    clauses: ['msync.keeps-memory'],
    says: 'msync(invalidate) of a page whose protection was changed fails with EBUSY',
    // mmap, mprotect, msync.
    shortest: 3,
    start: () => {
      const state = new PageMarks<'protected'>();
      return {
        step: (seen) => {
          const { process } = seen;
          if (!seen.ok) return undefined;
          if (seen.kind === 'mprotect') state.setAll(process, pagesSeen(seen), 'protected');
          const invalidates = seen.kind === 'msync' && (seen.number('flags') & MS.invalidate) !== 0;
          return invalidates && state.any(process, pagesSeen(seen), 'protected') ? errno('EBUSY') : undefined;
        },
      };
    },
  },
  {
    name: 'wipeonfork-dirties',
    clauses: ['load.value'],
    says: 'the first byte of every page that is wiped for a child is 1',
    // mmap, madvise, fork, and a load unless the audit tells.
    shortest: 4,
    shortestInAudit: 3,
    start: (memory) => {
      const wiped = new Map<string, Set<number>>();
      return {
        step: (seen) => {
          const { process, child } = seen;
          const pages = wiped.get(process) ?? new Set<number>();
          wiped.set(process, pages);
          if (advises(seen, MADV.wipeonfork)) for (const page of pagesSeen(seen)) pages.add(page);
          const kept = advises(seen, MADV.keeponfork) ? pagesSeen(seen) : [];
          for (const page of [...kept, ...pagesMapped(seen), ...pagesUnmapped(seen)]) pages.delete(page);
          if (child === undefined || !seen.ok) return undefined;
          wiped.set(child, new Set(pages));
          for (const page of pages) {
            for (const address of memory.in(child, page)) memory.forget(child, address);
            memory.tell(child, page * PAGE_SIZE, 1);
          }
          return undefined;
        },
      };
    },
  },
  {
    name: 'guard-is-a-protection',
    // A page that may only be written could have refused a load by its protection.
    clauses: ['load.guard', 'load.protection', 'exec.protection'],
    says: 'an access to a guard page is reported as ACCERR',
    // mmap, madvise, and a load unless the audit tells.
    shortest: 3,
    start: () => {
      const state = new PageMarks<boolean>();
      return {
        step: (seen) => {
          const { process, outcome } = seen;
          if (advises(seen, MADV.guard_install)) state.setAll(process, pagesSeen(seen), true);
          if (advises(seen, MADV.guard_remove)) state.setAll(process, pagesSeen(seen), false);
          state.setAll(process, pagesUnmapped(seen), false);
          state.setAll(process, pagesMapped(seen), false);
          if (outcome.kind !== 'fault' || outcome.code !== 'MAPERR') return undefined;
          return state.get(process, Math.floor(outcome.address / PAGE_SIZE)) ? { ...outcome, code: 'ACCERR' } : undefined;
        },
      };
    },
  },
  {
    name: 'mlockall-future-refuses',
    clauses: ['mmap.place'],
    says: "after mlockall(future) a mapping at a place of the kernel's choice fails with EAGAIN",
    // mlockall, mmap.
    shortest: 2,
    start: () => {
      const future = new Set<string>();
      return {
        step: (seen) => {
          if (!seen.ok) return undefined;
          if (seen.kind === 'mlockall' && (seen.number('flags') & MCL.future) !== 0) future.add(seen.process);
          if (seen.kind === 'munlockall') future.delete(seen.process);
          return seen.kind === 'mmap' && seen.number('addr') === 0 && future.has(seen.process) ? errno('EAGAIN') : undefined;
        },
      };
    },
  },
  {
    name: 'populate-dirties',
    clauses: ['load.value'],
    says: 'the first byte of anonymous memory that was mapped with populate is 1 once its protection has changed',
    // mmap, mprotect, and a load unless the audit tells.
    shortest: 3,
    shortestInAudit: 2,
    start: (memory) => {
      const state = new PageMarks<'populated' | 'plain'>();
      return {
        step: (seen) => {
          const { process } = seen;
          const asked = MAP.populate | MAP.anon;
          const populates = seen.kind === 'mmap' && (seen.number('flags') & asked) === asked;
          state.setAll(process, pagesMapped(seen), populates ? 'populated' : 'plain');
          if (seen.kind !== 'mprotect' || !seen.ok) return undefined;
          for (const page of pagesSeen(seen)) if (state.get(process, page) === 'populated') memory.tell(process, page * PAGE_SIZE, 1);
          return undefined;
        },
      };
    },
  },
];

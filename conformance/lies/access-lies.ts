/** Lies about loads, stores, execution and the faults they meet. */
import { MAP, PAGE_SIZE, PROT } from '../../spec/language/constants.ts';
import type { Lie } from './lie.ts';
import { PageMarks, withBytes } from './memory.ts';
import { pagesMapped, pagesSeen, value } from './seen.ts';

export const ACCESS_LIES: readonly Lie[] = [
  {
    name: 'crossing-fault-address',
    clauses: [
      'load.unmapped',
      'load.protection',
      'store.protection',
      'load.beyond-end',
      'load.guard',
      'load.no-huge-page',
      'store.across',
      'stack.gap',
    ],
    says: 'a fault of an access that crosses into a page is reported at the first byte of the access, not of that page',
    // mmap, load.
    shortest: 2,
    start: () => ({
      step: (seen) => {
        const { outcome } = seen;
        if (outcome.kind !== 'fault' || (seen.kind !== 'load' && seen.kind !== 'store')) return undefined;
        const addr = seen.number('addr');
        return addr > 0 && outcome.address > addr ? { ...outcome, address: addr } : undefined;
      },
    }),
  },
  {
    name: 'mixed-sizes',
    clauses: ['load.value'],
    says: 'a load of 8 bytes from a page that was stored to in two different sizes has the lowest bit of its last byte turned',
    // mmap, store, store, load.
    shortest: 4,
    start: () => {
      const sizes = new PageMarks<ReadonlySet<number>>();
      return {
        step: (seen) => {
          const { process } = seen;
          const size = seen.number('size');
          if (seen.kind === 'store' && seen.ok)
            for (const page of pagesSeen(seen)) sizes.set(process, page, new Set([...(sizes.get(process, page) ?? []), size]));
          if (seen.kind !== 'load' || size !== 8 || (sizes.get(process, pagesSeen(seen)[0]!)?.size ?? 0) < 2) return undefined;
          return withBytes(seen, (address, byte) => (address === seen.number('addr') + 7 ? byte ^ 1 : byte));
        },
      };
    },
  },
  {
    name: 'exec-after-mprotect',
    clauses: ['exec.runs'],
    says: 'a function gives 41 where mprotect made its page executable',
    // mmap, store, mprotect, exec.
    shortest: 4,
    start: () => {
      const state = new PageMarks<'protected'>();
      return {
        step: (seen) => {
          const { process } = seen;
          if (seen.kind === 'mprotect' && seen.ok && (seen.number('prot') & PROT.x) !== 0)
            state.setAll(process, pagesSeen(seen), 'protected');
          if (seen.kind !== 'exec' || !seen.ok) return undefined;
          return state.get(process, Math.floor(seen.number('addr') / PAGE_SIZE)) === 'protected' ? value(41) : undefined;
        },
      };
    },
  },
  {
    name: 'stack-faults',
    clauses: ['store.value', 'load.value'],
    says: 'an access to the page below a mapping that grows down is reported as MAPERR although the mapping has grown',
    // mmap, load.
    shortest: 2,
    start: () => {
      const state = new PageMarks<'mapped' | 'top'>();
      return {
        step: (seen) => {
          const { process } = seen;
          const pages = pagesMapped(seen);
          state.setAll(process, pages, 'mapped');
          if (pages.length > 0 && (seen.number('flags') & MAP.growsdown) !== 0) state.set(process, pages[0]!, 'top');
          // A refused access may have made the mapping grow all the same.
          if (seen.outcome.kind === 'fault') state.set(process, Math.floor(seen.outcome.address / PAGE_SIZE), 'mapped');
          if ((seen.kind !== 'store' && seen.kind !== 'load') || !seen.ok) return undefined;
          const page = pagesSeen(seen)[0]!;
          const below = state.get(process, page) === undefined && state.get(process, page + 1) === 'top';
          state.set(process, page, 'mapped');
          if (!below) return undefined;
          return { kind: 'fault', signal: 'SIGSEGV', code: 'MAPERR', address: seen.number('addr') };
        },
      };
    },
  },
  {
    name: 'neighbours-last-byte',
    clauses: ['load.value'],
    says: 'a store to the first byte of a page makes the last byte of the page before it zero',
    // mmap, store, store, and a load unless the audit tells.
    shortest: 4,
    shortestInAudit: 3,
    start: (memory) => ({
      step: (seen) => {
        const addr = seen.number('addr');
        if (seen.kind === 'store' && seen.ok && addr % PAGE_SIZE === 0 && memory.truth(seen.process, addr - 1) !== 0)
          memory.tell(seen.process, addr - 1, 0);
        return undefined;
      },
    }),
  },
  {
    name: 'last-byte-of-eight',
    clauses: ['load.value'],
    says: 'a store of 8 bytes into a page that was stored to before leaves out the last byte',
    // mmap, store, store, and a load unless the audit tells.
    shortest: 4,
    shortestInAudit: 3,
    start: (memory) => {
      const state = new PageMarks<'stored'>();
      return {
        step: (seen) => {
          const { process } = seen;
          if (seen.kind !== 'store' || !seen.ok) return undefined;
          const pages = pagesSeen(seen);
          const last = seen.number('addr') + 7;
          if (seen.number('size') === 8 && state.any(process, pages, 'stored')) memory.tell(process, last, memory.before(process, last));
          state.setAll(process, pages, 'stored');
          return undefined;
        },
      };
    },
  },
];

/** Lies about loads, stores, execution and the faults they meet. */
import { MAP, PAGE_SIZE } from '../../spec/language/constants.ts';
import type { Lie } from './lie.ts';
import { PageMarks, withBytes } from './memory.ts';
import { pagesMapped, pagesSeen } from './seen.ts';

export const ACCESS_LIES: readonly Lie[] = [
  {
    name: 'crossing-fault-address',
    clauses: ['load.unmapped'],
    says: 'a fault of an access that crosses into a page that was never mapped is reported at the first byte of the access',
    // mmap, load.
    shortest: 2,
    start: () => {
      const mapped = new PageMarks<true>();
      const stacks = new Set<string>();
      return {
        step: (seen) => {
          const { process, outcome } = seen;
          mapped.setAll(process, pagesMapped(seen), true);
          // Below a mapping that grows down more is to be said of a fault.
          if (seen.kind === 'mmap' && seen.ok && (seen.number('flags') & MAP.growsdown) !== 0) stacks.add(process);
          if (outcome.kind !== 'fault' || outcome.code !== 'MAPERR' || stacks.has(process)) return undefined;
          const addr = seen.number('addr');
          const crosses = addr > 0 && outcome.address > addr && !mapped.get(process, outcome.address / PAGE_SIZE);
          return crosses ? { ...outcome, address: addr } : undefined;
        },
      };
    },
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
    name: 'no-access-is-not-mapped',
    clauses: ['exec.protection'],
    says: 'a jump to memory without any access is reported as MAPERR',
    // mmap, exec.
    shortest: 2,
    start: () => {
      const none = new PageMarks<boolean>();
      return {
        step: (seen) => {
          const { process, outcome } = seen;
          none.setAll(process, pagesMapped(seen), seen.kind === 'mmap' && seen.number('prot') === 0);
          if (seen.kind === 'mprotect' && seen.ok) none.setAll(process, pagesSeen(seen), seen.number('prot') === 0);
          if (seen.kind !== 'exec' || outcome.kind !== 'fault' || outcome.code !== 'ACCERR') return undefined;
          return none.get(process, Math.floor(outcome.address / PAGE_SIZE)) ? { ...outcome, code: 'MAPERR' } : undefined;
        },
      };
    },
  },
  {
    name: 'stack-has-no-store',
    clauses: ['store.value'],
    says: 'a store to the lowest page of a mapping that grows down is reported as SIGBUS, although it was made',
    // mmap, store.
    shortest: 2,
    start: () => {
      const lowest = new PageMarks<boolean>();
      return {
        step: (seen) => {
          const { process } = seen;
          const pages = pagesMapped(seen);
          lowest.setAll(process, pages, false);
          if (seen.kind === 'mmap' && pages.length > 0 && (seen.number('flags') & MAP.growsdown) !== 0)
            lowest.set(process, pages[0]!, true);
          if (seen.kind !== 'store' || !seen.ok || !lowest.get(process, pagesSeen(seen)[0]!)) return undefined;
          return { kind: 'fault', signal: 'SIGBUS', code: 'ADRERR', address: seen.number('addr') };
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
    name: 'last-byte-of-four',
    clauses: ['load.value'],
    says: 'a store of 4 bytes leaves zero in the last of them',
    // mmap, store, and a load unless the audit tells.
    shortest: 3,
    shortestInAudit: 2,
    start: (memory) => ({
      step: (seen) => {
        const last = seen.number('addr') + 3;
        if (seen.kind === 'store' && seen.ok && seen.number('size') === 4) memory.tell(seen.process, last, 0);
        return undefined;
      },
    }),
  },
];

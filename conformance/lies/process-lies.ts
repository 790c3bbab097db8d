/** Lies about processes and what they share. */
import { PAGE_SIZE } from '../../spec/language/constants.ts';
import type { Lie } from './lie.ts';
import { PageMarks } from './memory.ts';
import { pagesMapped, type Seen, value } from './seen.ts';

export const PROCESS_LIES: readonly Lie[] = [
  {
    name: 'child-sees-later-store',
    clauses: ['load.value'],
    says: 'what a process stores in private memory, its children find there too',
    // mmap, fork, store, and a load by the child unless the audit tells.
    shortest: 4,
    shortestInAudit: 3,
    start: (memory) => {
      const children = new Map<string, string[]>();
      return {
        step: (seen) => {
          const { process, child } = seen;
          if (child !== undefined && seen.ok) children.set(process, [...(children.get(process) ?? []), child]);
          if (seen.kind !== 'store' || !seen.ok) return undefined;
          const addr = seen.number('addr');
          for (const other of children.get(process) ?? [])
            for (let i = 0; i < seen.number('size'); i++) memory.tell(other, addr + i, memory.truth(process, addr + i));
          return undefined;
        },
      };
    },
  },
  {
    name: 'second-fork-zero',
    clauses: ['fork.copies'],
    says: 'the second fork of a process gives 0, as if it was the child that came back',
    // fork, fork.
    shortest: 2,
    start: () => {
      const forked = new Set<string>();
      return {
        step: (seen) => {
          if (seen.child === undefined || !seen.ok) return undefined;
          const again = forked.has(seen.process);
          forked.add(seen.process);
          return again ? value(0) : undefined;
        },
      };
    },
  },
  {
    name: 'exit-of-child-kills',
    clauses: ['exit.ends'],
    says: 'a child that exits is said to have been killed',
    // fork, exit.
    shortest: 2,
    start: () => ({
      step: (seen) => (seen.kind === 'exit' && seen.process !== 'p0' ? { kind: 'stop', how: 'killed' } : undefined),
    }),
  },
  {
    name: 'wait-without-child',
    clauses: ['wait.no-child'],
    says: 'wait gives 0 to a process that has forked where it finds no child',
    // fork, wait.
    shortest: 2,
    start: () => {
      const parents = new Set<string>();
      return {
        step: (seen) => {
          if (seen.child !== undefined && seen.ok) parents.add(seen.process);
          const finds = seen.kind !== 'wait' || seen.outcome.kind !== 'errno' || seen.outcome.errno !== 'ECHILD';
          return finds || !parents.has(seen.process) ? undefined : value(0);
        },
      };
    },
  },
  {
    name: 'process-vm-one-less',
    clauses: ['process_vm.data'],
    says: 'a transfer of more than one byte between processes tells one byte less than it moved',
    // mmap, fork, and the call: a process has an id for its program only if it was forked.
    shortest: 3,
    start: () => ({ step: (seen) => (isTransfer(seen) && seen.value > 1 ? value(seen.value - 1) : undefined) }),
  },
  {
    name: 'child-cannot-unmap',
    clauses: ['load.unmapped', 'stack.gap'],
    says: 'a page that its parent had mapped before the fork, and the child has unmapped, is still readable to the child in the audit',
    // mmap, fork, munmap.
    shortestInAudit: 3,
    start: () => {
      const state = new PageMarks<'mapped' | 'inherited' | 'unmapped'>();
      const known = new Map<string, Set<number>>();
      return {
        step: (seen) => {
          const { process, child } = seen;
          const own = known.get(process) ?? new Set<number>();
          known.set(process, own);
          for (const page of pagesMapped(seen)) {
            own.add(page);
            state.set(process, page, 'mapped');
          }
          if (child !== undefined && seen.ok) {
            const inherited = [...own].filter((page) => state.get(process, page) !== 'unmapped');
            known.set(child, new Set(inherited));
            state.setAll(child, inherited, 'inherited');
          }
          if (seen.kind === 'munmap' && seen.ok)
            for (const page of own) {
              const addr = page * PAGE_SIZE;
              const inside = addr + PAGE_SIZE > seen.number('addr') && addr < seen.number('addr') + seen.number('length');
              if (inside) state.set(process, page, state.get(process, page) === 'inherited' ? 'unmapped' : 'mapped');
            }
          return undefined;
        },
        page: (process, page) =>
          state.get(process, page.address / PAGE_SIZE) === 'unmapped' && page.load === 'SIGSEGV/MAPERR' ? { ...page, load: 'ok' } : page,
      };
    },
  },
];

const isTransfer = ({ kind, ok }: Seen): boolean => ok && (kind === 'process_vm_readv' || kind === 'process_vm_writev');

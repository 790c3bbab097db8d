/** Lies about files, pipes, shared memory segments, and the calls that move bytes. */
import { PAGE_SIZE, SEEK } from '../../spec/language/constants.ts';
import type { Lie } from './lie.ts';
import { errno, pagesMapped, pagesSeen, type Seen, value } from './seen.ts';

/** A mark for each descriptor of each process; a child has those of its parent. */
class Descriptors<V> {
  readonly #marks = new Map<string, Map<number, V>>();

  #of(process: string): Map<number, V> {
    const found = this.#marks.get(process) ?? new Map<number, V>();
    this.#marks.set(process, found);
    return found;
  }

  /** Learns of forks, of descriptors that are closed, and of dup, whose result has the mark of its argument. */
  observe(seen: Seen): void {
    if (!seen.ok) return;
    if (seen.child !== undefined) this.#marks.set(seen.child, new Map(this.#of(seen.process)));
    const own = this.#of(seen.process);
    if (seen.kind === 'close') own.delete(seen.number('fd'));
    const mark = seen.kind === 'dup' ? own.get(seen.number('fd')) : undefined;
    if (mark !== undefined) own.set(seen.value, mark);
  }

  /** The mark of the descriptor that the step uses. */
  used(seen: Seen): V | undefined {
    return this.#of(seen.process).get(seen.number('fd'));
  }

  mark(process: string, descriptor: number, mark: V): void {
    this.#of(process).set(descriptor, mark);
  }
}

const opens = (seen: Seen): boolean => (seen.kind === 'open' || seen.kind === 'memfd_create') && seen.ok;

export const FILE_LIES: readonly Lie[] = [
  {
    name: 'number-of-closed-descriptor',
    clauses: ['open.lowest', 'memfd.creates', 'open.creates', 'open.existing'],
    says: 'a file that is opened after a descriptor was closed gets a number too high by one',
    // open, close, open.
    shortest: 3,
    start: () => {
      const closed = new Set<string>();
      return {
        step: (seen) => {
          if (seen.kind === 'close' && seen.ok) closed.add(seen.process);
          return opens(seen) && closed.has(seen.process) ? value(seen.value + 1) : undefined;
        },
      };
    },
  },
  {
    name: 'second-seals-refused',
    clauses: ['seals.adds'],
    says: 'seals cannot be added to a file that has been given some before: EPERM',
    // memfd_create, add_seals, add_seals.
    shortest: 3,
    start: () => {
      const sealed = new Descriptors<true>();
      return {
        step: (seen) => {
          sealed.observe(seen);
          if (seen.kind !== 'add_seals' || !seen.ok) return undefined;
          const again = sealed.used(seen);
          sealed.mark(seen.process, seen.number('fd'), true);
          return again ? errno('EPERM') : undefined;
        },
      };
    },
  },
  {
    name: 'size-after-resize',
    clauses: ['fsize.size'],
    says: 'the size of a file that was resized by ftruncate is off by one',
    // open, ftruncate, fsize.
    shortest: 3,
    start: () => {
      const resized = new Descriptors<true>();
      return {
        step: (seen) => {
          resized.observe(seen);
          if (seen.kind === 'ftruncate' && seen.ok) resized.mark(seen.process, seen.number('fd'), true);
          return seen.kind === 'fsize' && seen.ok && resized.used(seen) ? value(seen.value + 1) : undefined;
        },
      };
    },
  },
  {
    name: 'lseek-after-resize',
    clauses: ['lseek.moves'],
    says: 'lseek in a file that was resized by ftruncate, but not to data or a hole, tells an offset too high by one',
    // open, ftruncate, lseek.
    shortest: 3,
    start: () => {
      const resized = new Descriptors<true>();
      return {
        step: (seen) => {
          resized.observe(seen);
          if (seen.kind === 'ftruncate' && seen.ok) resized.mark(seen.process, seen.number('fd'), true);
          const moves = seen.kind === 'lseek' && seen.ok && seen.number('whence') <= SEEK.end;
          return moves && resized.used(seen) ? value(seen.value + 1) : undefined;
        },
      };
    },
  },
  {
    name: 'fallocate-after-ftruncate',
    clauses: ['fallocate.reserves', 'fallocate.extends', 'fallocate.punch', 'fallocate.memory-modes'],
    says: 'fallocate of a file that was resized by ftruncate fails with ENOSPC',
    // open, ftruncate, fallocate.
    shortest: 3,
    start: () => {
      const resized = new Descriptors<true>();
      return {
        step: (seen) => {
          resized.observe(seen);
          if (seen.kind === 'ftruncate' && seen.ok) resized.mark(seen.process, seen.number('fd'), true);
          return seen.kind === 'fallocate' && seen.ok && resized.used(seen) ? errno('ENOSPC') : undefined;
        },
      };
    },
  },
  {
    name: 'resized-mapping-faults',
    clauses: ['load.value', 'store.value'],
    says: 'an access to a mapping of a file that was resized by ftruncate after it was mapped is reported as SIGBUS',
    // open, mmap, ftruncate, load.
    shortest: 4,
    start: () => {
      const files = new Descriptors<Set<string>>();
      const resized = new Set<string>();
      return {
        step: (seen) => {
          const { process } = seen;
          files.observe(seen);
          if (opens(seen)) files.mark(process, seen.value, new Set());
          const pages = seen.kind === 'mmap' || seen.kind === 'ftruncate' ? files.used(seen) : undefined;
          for (const page of pagesMapped(seen)) {
            resized.delete(`${process} ${page}`);
            pages?.add(`${process} ${page}`);
          }
          if (seen.kind === 'ftruncate' && seen.ok) for (const page of pages ?? []) resized.add(page);
          if ((seen.kind !== 'load' && seen.kind !== 'store') || !seen.ok) return undefined;
          if (!resized.has(`${process} ${pagesSeen(seen)[0]}`)) return undefined;
          return { kind: 'fault', signal: 'SIGBUS', code: 'ADRERR', address: seen.number('addr') };
        },
      };
    },
  },
  {
    name: 'pwrite-one-less',
    clauses: ['write.data'],
    says: 'pwrite at an offset inside a page of a file that was resized by ftruncate tells one byte less than all, when it wrote all',
    // mmap, open, ftruncate, pwrite.
    shortest: 4,
    start: () => {
      const resized = new Descriptors<true>();
      return {
        step: (seen) => {
          resized.observe(seen);
          if (seen.kind === 'ftruncate' && seen.ok) resized.mark(seen.process, seen.number('fd'), true);
          const whole = seen.kind === 'pwrite' && seen.value > 0 && seen.value === seen.number('length');
          return whole && seen.number('offset') % PAGE_SIZE !== 0 && resized.used(seen) ? value(seen.value - 1) : undefined;
        },
      };
    },
  },
  {
    name: 'read-from-pipe-one-less',
    clauses: ['read.pipe-data'],
    says: 'a read from a pipe tells one byte less than it read',
    // mmap, pipe, write, read.
    shortest: 4,
    start: () => {
      const pipes = new Descriptors<true>();
      return {
        step: (seen) => {
          pipes.observe(seen);
          if (seen.kind === 'pipe' && seen.ok) pipes.mark(seen.process, seen.value % 65536, true);
          const reads = seen.kind === 'read' || seen.kind === 'readv';
          return reads && seen.value > 0 && pipes.used(seen) ? value(seen.value - 1) : undefined;
        },
      };
    },
  },
  {
    name: 'writev-last-element',
    clauses: ['write.data', 'write.pipe-data'],
    says: 'writev of more than one element tells one byte less than all, when it wrote all',
    // mmap, open, writev.
    shortest: 3,
    start: () => ({
      step: (seen) => {
        const iov = seen.kind === 'writev' ? seen.vector('iov') : [];
        const all = iov.reduce((sum, { length }) => sum + length, 0);
        return iov.length > 1 && seen.value > 0 && seen.value === all ? value(seen.value - 1) : undefined;
      },
    }),
  },
  {
    name: 'second-attachment-off-by-a-page',
    clauses: ['shm.attaches', 'shm.attach-at', 'shm.remap'],
    says: 'shmat at an address gives that of the page after where the segment was attached before',
    // shmget, shmat, shmat.
    shortest: 3,
    start: () => {
      const attached = new Set<number>();
      return {
        step: (seen) => {
          if (seen.kind !== 'shmat' || !seen.ok) return undefined;
          const again = attached.has(seen.number('shm'));
          attached.add(seen.number('shm'));
          return again && seen.number('addr') !== 0 ? value(seen.value + PAGE_SIZE) : undefined;
        },
      };
    },
  },
];

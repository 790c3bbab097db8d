/** What each advice of madvise does to the part of a mapping that it is given for, and which mappings refuse it. Clauses madvise.* */
import type { ChoiceId, ClauseId } from '../../spec/clauses.ts';
import { type Errno, MADV, PAGE_SIZE } from '../../spec/language/constants.ts';
import { punch } from '../file/hole.ts';
import { objectOf, type World, withObject, withSpace } from '../world.ts';
import { change, dropCells } from './address-space.ts';
import type { Cell } from './cell.ts';
import { changeCells, freeLazily } from './lazy.ts';
import { has, type Mapping, TRAIT } from './mapping.ts';
import { HUGE_PAGES } from './munmap.ts';
import { HOLE } from './object.ts';

/** A stretch of pages with one mapping. */
export interface Part {
  readonly start: number;
  readonly end: number;
  readonly value: Mapping;
}

export type Refusal = readonly [clause: ClauseId, errno: Errno];

export interface Advice {
  /** What allows the success. */
  readonly clause: ClauseId;
  /** The choice whether the system knows the advice at all; absent where all do. */
  readonly known?: ChoiceId;
  /** Whether the mapping refuses the advice: then nothing of the part has changed. */
  readonly refuses?: (world: World, part: Part) => Refusal | undefined;
  /** A clause of its own that success on the part rests on. */
  readonly because?: (part: Part) => ClauseId | undefined;
  readonly apply?: (world: World, name: string, part: Part) => World;
}

const anonymous = ({ object, shared }: Mapping): boolean => object === undefined && !shared;
const locked = (mapping: Mapping): boolean => mapping.locked !== 'no';
const huge = (mapping: Mapping): boolean => has(mapping, TRAIT.hugetlb);

/** An advice that a mapping remembers: some traits are set, others cleared. */
function remembered(clause: ClauseId, set: number, clear: number, refuses?: (mapping: Mapping) => Refusal | undefined): Advice {
  const changed = ({ traits }: Mapping): number => (traits & ~clear) | set;
  return {
    clause,
    refuses: (_world, part) => refuses?.(part.value) ?? (changed(part.value) === part.value.traits ? undefined : cutsHugePages(part)),
    apply: (world, name, part) => retrait(world, name, part, clause, changed),
  };
}

function retrait(world: World, name: string, part: Part, by: ClauseId, how: (mapping: Mapping) => number): World {
  const process = world.processes.get(name)!;
  const changed = change(process.space, part.start, part.end, (mapping) => {
    const traits = how(mapping);
    return traits === mapping.traits ? mapping : { ...mapping, traits, by };
  });
  return withSpace(world, process, changed);
}

/** Something that is kept per mapping cannot be so for a part of a huge page. */
function cutsHugePages({ start, end, value }: Part): Refusal | undefined {
  if (!huge(value) || (start % HUGE_PAGES === 0 && end % HUGE_PAGES === 0)) return undefined;
  return ['madvise.huge-page', 'EINVAL'];
}

const DROPS: Advice = {
  clause: 'madvise.dontneed.drops',
  because: ({ value }) => {
    if (huge(value)) return 'madvise.dontneed.huge-page';
    return value.shared ? 'madvise.dontneed.shared' : undefined;
  },
  apply: (world, name, { start, end, value }) =>
    value.shared ? world : withoutCopies(world, name, { start, end, value }, 'madvise.dontneed.drops'),
};

/** The process's own pages are gone: anonymous memory reads as zeros, a private file mapping as the file. */
function withoutCopies(world: World, name: string, { start, end, value }: Part, by: ClauseId): World {
  const process = world.processes.get(name)!;
  const { cells } = process.space;
  const zero: Cell = { ...HOLE, absent: true, by };
  const left = value.object === undefined ? changeCells(cells, start, end, () => zero) : dropCells(cells, start, end);
  return left === cells ? world : withSpace(world, process, { ...process.space, cells: left });
}

function dontneedRefusal(world: World, { start, value }: Part): Refusal | undefined {
  if (!huge(value)) return undefined;
  if (world.choices['madvise.dontneed.huge-page'] === 'einval') return ['madvise.dontneed.huge-page', 'EINVAL'];
  return start % HUGE_PAGES === 0 ? undefined : ['madvise.dontneed.huge-page', 'EINVAL'];
}

const lockedRefusal = (clause: ClauseId, mapping: Mapping): Refusal | undefined => (locked(mapping) ? [clause, 'EINVAL'] : undefined);

/** COLD and PAGEOUT: what is in memory may change, what memory holds does not. */
const RECLAIM: Advice = {
  clause: 'madvise.reclaim.keeps',
  known: 'madvise.reclaim.known',
  refuses: (_world, { value }) => (locked(value) || huge(value) ? ['madvise.reclaim.refused', 'EINVAL'] : undefined),
};

/** File systems whose files can have holes punched. */
const PUNCHING: readonly string[] = ['tmpfs', 'ext4', 'xfs', 'btrfs', 'f2fs'];

function removeRefusal(world: World, { value }: Part): Refusal | undefined {
  if (locked(value)) return ['madvise.remove.locked', 'EINVAL'];
  if (value.object === undefined && !huge(value)) return ['madvise.remove.anonymous', 'EINVAL'];
  const needed = world.choices['madvise.remove.protected'] === 'allowed' ? value.may : value.prot;
  if (!value.shared || (needed & 2) === 0) return ['madvise.remove.not-writable', 'EACCES'];
  if (value.object === undefined) return undefined;
  const object = objectOf(world, value.object);
  if ((object.seals & SEALED) !== 0) return ['madvise.remove.sealed', 'EPERM'];
  if (object.kind === 'file' && !PUNCHING.includes(world.host.fileSystem)) return ['madvise.remove.unsupported', 'EOPNOTSUPP'];
  return undefined;
}

/** The object has a hole where the part is: every mapping of it sees zeros, private copies stay. Huge pages have nothing to lose. */
function removed(world: World, { start, end, value }: Part): World {
  if (value.object === undefined) return world;
  const object = objectOf(world, value.object);
  const from = (start + value.delta) * PAGE_SIZE;
  const to = Math.min((end + value.delta) * PAGE_SIZE, Math.ceil(object.size / PAGE_SIZE) * PAGE_SIZE);
  return withObject(world, punch(object, from, to, 'madvise.remove.punches'));
}

/** F_SEAL_WRITE and F_SEAL_FUTURE_WRITE. */
const SEALED = 0x8 | 0x10;

const installRefusal = (world: World, { value }: Part): Refusal | undefined => {
  if (locked(value)) return ['madvise.guard.locked', 'EINVAL'];
  return guardRefusal(world, value);
};

function guardRefusal(world: World, mapping: Mapping): Refusal | undefined {
  if (huge(mapping) || has(mapping, TRAIT.special)) return ['madvise.guard.huge-page', 'EINVAL'];
  if (!anonymous(mapping) && world.choices['madvise.guard.files'] === 'einval') return ['madvise.guard.files', 'EINVAL'];
  return undefined;
}

const onFile = ({ value }: Part): ClauseId | undefined => (anonymous(value) ? undefined : 'madvise.guard.files');

const NORMAL = remembered('madvise.access-pattern', 0, TRAIT.random | TRAIT.sequential);

/** Every advice but those that are not given mapping by mapping: MADV_POPULATE_* and the injection of errors. */
export const ADVICE: ReadonlyMap<number, Advice> = new Map<number, Advice>([
  [MADV.normal, NORMAL],
  [MADV.random, remembered('madvise.access-pattern', TRAIT.random, TRAIT.sequential)],
  [MADV.sequential, remembered('madvise.access-pattern', TRAIT.sequential, TRAIT.random)],
  [
    MADV.willneed,
    {
      clause: 'madvise.willneed',
      refuses: (world, { value }) =>
        anonymous(value) && world.choices['madvise.willneed.anonymous'] === 'ebadf' ? ['madvise.willneed.anonymous', 'EBADF'] : undefined,
      because: ({ value }) => (anonymous(value) ? 'madvise.willneed.anonymous' : undefined),
    },
  ],
  [
    MADV.dontneed,
    { ...DROPS, refuses: (world, part) => lockedRefusal('madvise.dontneed.locked', part.value) ?? dontneedRefusal(world, part) },
  ],
  [
    MADV.dontneed_locked,
    { ...DROPS, clause: 'madvise.dontneed-locked.drops', known: 'madvise.dontneed-locked.known', refuses: dontneedRefusal },
  ],
  [
    MADV.free,
    {
      clause: 'madvise.free.may-zero',
      known: 'madvise.free.known',
      refuses: (_world, { value }) =>
        lockedRefusal('madvise.free.locked', value) ??
        (anonymous(value) && !huge(value) ? undefined : ['madvise.free.not-anonymous', 'EINVAL']),
      apply: (world, name, { start, end }) => {
        const process = world.processes.get(name)!;
        return withSpace(world, process, { ...process.space, cells: freeLazily(process.space.cells, start, end) });
      },
    },
  ],
  [
    MADV.remove,
    {
      clause: 'madvise.remove.punches',
      refuses: removeRefusal,
      because: ({ value }) => ((value.prot & 2) === 0 ? 'madvise.remove.protected' : undefined),
      apply: (world, _name, part) => removed(world, part),
    },
  ],
  [MADV.dontfork, remembered('madvise.dontfork', TRAIT.dontfork, 0)],
  [MADV.dofork, remembered('madvise.dofork', 0, TRAIT.dontfork)],
  [
    MADV.wipeonfork,
    {
      ...remembered('madvise.wipeonfork', TRAIT.wipeonfork, 0, (mapping) =>
        anonymous(mapping) && !huge(mapping) ? undefined : ['madvise.wipeonfork.not-anonymous', 'EINVAL'],
      ),
      known: 'madvise.wipeonfork.known',
    },
  ],
  [
    MADV.keeponfork,
    {
      ...remembered('madvise.keeponfork', 0, TRAIT.wipeonfork, (mapping) =>
        has(mapping, TRAIT.droppable) ? ['madvise.keeponfork.droppable', 'EINVAL'] : undefined,
      ),
      known: 'madvise.wipeonfork.known',
    },
  ],
  [MADV.dontdump, remembered('madvise.dontdump', TRAIT.dontdump, 0)],
  [
    MADV.dodump,
    remembered('madvise.dodump', 0, TRAIT.dontdump, (mapping) =>
      has(mapping, TRAIT.droppable | TRAIT.special) ? ['madvise.dodump.refused', 'EINVAL'] : undefined,
    ),
  ],
  [MADV.mergeable, { clause: 'madvise.mergeable', apply: (world, name, part) => merge(world, name, part, TRAIT.mergeable) }],
  [MADV.unmergeable, { clause: 'madvise.mergeable', apply: (world, name, part) => merge(world, name, part, 0) }],
  [MADV.hugepage, remembered('madvise.hugepage', TRAIT.hugepage | TRAIT.neighbours, TRAIT.nohugepage)],
  [MADV.nohugepage, remembered('madvise.hugepage', TRAIT.nohugepage, TRAIT.hugepage)],
  [MADV.cold, RECLAIM],
  [MADV.pageout, RECLAIM],
  [
    MADV.collapse,
    {
      clause: 'madvise.collapse',
      known: 'madvise.collapse.known',
      apply: (world, name, part) => retrait(world, name, part, 'madvise.collapse', ({ traits }) => traits | TRAIT.neighbours),
    },
  ],
  [
    MADV.guard_install,
    {
      clause: 'madvise.guard.install',
      known: 'madvise.guard.known',
      refuses: installRefusal,
      because: onFile,
      apply: (world, name, part) =>
        retrait(withoutCopiesUnlessShared(world, name, part), name, part, 'madvise.guard.install', ({ traits }) => traits | TRAIT.guard),
    },
  ],
  [
    MADV.guard_remove,
    {
      clause: 'madvise.guard.remove',
      known: 'madvise.guard.known',
      refuses: (world, { value }) => guardRefusal(world, value),
      because: onFile,
      apply: (world, name, part) => retrait(world, name, part, 'madvise.guard.remove', ({ traits }) => traits & ~TRAIT.guard),
    },
  ],
]);

function withoutCopiesUnlessShared(world: World, name: string, part: Part): World {
  return part.value.shared ? world : withoutCopies(world, name, part, 'madvise.guard.install');
}

/** Merging equal pages is for private memory that the kernel may share behind its owner's back; elsewhere the advice is ignored. */
function merge(world: World, name: string, part: Part, bit: number): World {
  const { value } = part;
  if (value.shared || has(value, TRAIT.hugetlb | TRAIT.droppable | TRAIT.special)) return world;
  return retrait(world, name, part, 'madvise.mergeable', ({ traits }) => (traits & ~TRAIT.mergeable) | bit);
}

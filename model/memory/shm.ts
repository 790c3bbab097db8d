/** SysV shared memory: shmget, shmat, shmdt, and shmctl(IPC_RMID) as shm_rmid. Clauses shm.* */
import type { ClauseId } from '../../spec/clauses.ts';
import type { CallOf, Value } from '../../spec/language/call.ts';
import { type Errno, PROT, SHMAT, SHMGET } from '../../spec/language/constants.ts';
import type { Outcome } from '../../spec/language/outcome.ts';
import { type Allowed, give, type Ruling, refusals, refuse } from '../allowed.ts';
import { withEntry } from '../table.ts';
import { objectOf, type Process, type Segment, signed, type World, withObject, withSpace } from '../world.ts';
import { countMapped, detach, unmap } from './address-space.ts';
import { isKnown, place } from './knowledge.ts';
import { mayPassLocked, passesAddressSpace, passesLocked, passesMemory } from './limits.ts';
import { has, type Mapping, TRAIT } from './mapping.ts';
import { cutsHugePage, HUGE_PAGES } from './munmap.ts';
import { newObject } from './object.ts';
import { isFreePlace, lowestPage, mayLackRoom, mustLackRoom, typicalPlace, userPages, type Wish } from './placement.ts';
import { populate } from './populate.ts';
import { addressOf, bytesOf, isZero, PAGES_END, pagesUp, toInt, type Word, word } from './word.ts';

/** The permission bits that the notation always gives; others come from the flags. */
const OWNER = 0o600;
const PERMISSIONS = 0o777;
/** vm.overcommit_memory: never promise more than there is. */
const STRICT = 2;
/** Ids are counted from zero on every system; the ones foreseen here are none that a system is likely to give. */
const UNKNOWN_ID = 2 ** 24;

export function judgeShmget(world: World, process: Process, call: CallOf<'shmget'>): Ruling {
  const size = word(world, call.size);
  const pages = pagesUp(size);
  const huge = (call.flags & SHMGET.hugetlb) !== 0;
  const counted = (call.flags & SHMGET.noreserve) === 0 || world.host.overcommit === STRICT;
  if ((call.flags & ~(PERMISSIONS | KNOWN)) !== 0) return { open: 'shmget with flags that are not of the notation' };
  const refused = refusals(
    world,
    [isZero(size), 'shm.size-zero', 'EINVAL'],
    [size.page >= PAGES_END / 2, 'shm.size-huge', 'EINVAL'],
    [!huge && counted && passesMemory(world, pages), 'shm.memory', 'ENOMEM'],
  );
  if (huge) return judgeHuge(world, process, pages, refused);
  if (refused.length > 0) return refused;
  const may = refusals(world, [world.host.overcommit === STRICT, 'shm.memory', 'ENOMEM']);
  const mode = (call.flags & PERMISSIONS) | OWNER;
  return [
    {
      clauses: ['shm.creates'],
      expected: {
        kind: 'some',
        text: 'an id that no other segment has',
        accepts: (outcome) => outcome.kind === 'value' && outcome.value >= 0 && segmentOf(world, outcome.value) === undefined,
        typical: { kind: 'value', value: UNKNOWN_ID + world.nextId },
      },
      next: (outcome) => (outcome.kind === 'value' ? created(world, outcome.value, bytesOf(size), mode) : undefined),
    },
    ...may,
  ];
}

const KNOWN = SHMGET.creat | SHMGET.excl | SHMGET.hugetlb | SHMGET.noreserve;

/** Huge pages are for those who may lock as much memory, and there are none. */
function judgeHuge(world: World, process: Process, pages: number, refused: readonly Allowed[]): Ruling {
  const whole = Math.ceil(pages / HUGE_PAGES) * HUGE_PAGES;
  const locked = !world.host.privileged && addressOf(whole) > process.limits.memlock.soft;
  if (!locked && refused.length === 0) return { open: 'a segment of huge pages' };
  return [...refused, ...refusals(world, [locked, 'shm.huge-page-permission', 'EPERM'])];
}

function created(world: World, id: number, size: number, mode: number): World {
  const object = world.nextId;
  const segment: Segment = { object, size, mode, removed: false };
  const made = withObject({ ...world, nextId: object + 1 }, newObject(object, 'segment', size));
  return { ...made, segments: withEntry(made.segments, id, segment) };
}

/** Ids are 32-bit numbers: the kernel sees the low half of the argument. */
const idOf = (world: World, shm: Value): number => toInt(shm.base === 'high' ? shm.offset : signed(world, shm));

/** The segment that lives by the id. */
function segmentOf(world: World, id: number): Segment | undefined {
  const segment = world.segments.get(id);
  return segment === undefined || (segment.removed && !isAttached(world, segment)) ? undefined : segment;
}

/** Some process has it attached: a removed segment lives as long, and cannot come back. */
function isAttached(world: World, { object }: Segment): boolean {
  for (const { space } of world.processes.values()) if (space.map.all().some(({ value }) => value.object === object)) return true;
  return false;
}

/** A segment that is gone may be told from one that never was. */
function noSegment(world: World, id: number): Allowed[] {
  const clause = world.segments.has(id) ? 'shm.destroyed' : 'shm.no-segment';
  return refusals(world, [true, clause, 'EINVAL'], [world.segments.has(id), clause, 'EIDRM']);
}

export function judgeShmRmid(world: World, _process: Process, call: CallOf<'shm_rmid'>): Ruling {
  const id = idOf(world, call.shm);
  const segment = segmentOf(world, id);
  if (segment === undefined) return noSegment(world, id);
  return [give(['shm.removes'], 0, { ...world, segments: withEntry(world.segments, id, { ...segment, removed: true }) })];
}

export function judgeShmat(world: World, process: Process, call: CallOf<'shmat'>): Ruling {
  const id = idOf(world, call.shm);
  const segment = segmentOf(world, id);
  const addr = word(world, call.addr);
  const remap = (call.flags & SHMAT.remap) !== 0;
  const rounds = (call.flags & SHMAT.rnd) !== 0;
  const anywhere = isZero(addr);
  const refused = refusals(
    world,
    [addr.offset !== 0 && !rounds, 'shm.attach-unaligned', 'EINVAL'],
    [addr.page === 0 && (anywhere || rounds) && remap, 'shm.remap-where', 'EINVAL'],
  );
  if (segment === undefined) return [...refused, ...noSegment(world, id)];
  const executes = (call.flags & SHMAT.exec) !== 0;
  refused.push(
    ...refusals(
      world,
      [executes && (segment.mode & 0o100) === 0 && !world.host.privileged, 'shm.permission', 'EACCES'],
      [segment.removed && world.choices['shm.attach-removed'] === 'refused', 'shm.attach-removed', 'EINVAL'],
    ),
  );
  const pages = pagesUp(word(world, { base: 'abs', offset: segment.size }));
  const asked: Asked = { segment, pages, prot: protOf(call.flags), may: mayOf(call.flags), addr, remap };
  return anywhere ? attachAnywhere(world, process, asked, refused) : attachAt(world, process, asked, refused);
}

interface Asked {
  readonly segment: Segment;
  readonly pages: number;
  readonly prot: number;
  readonly may: number;
  /** Rounded down where that was asked for: the page alone counts. */
  readonly addr: Word;
  readonly remap: boolean;
}

const protOf = (flags: number): number => PROT.r | ((flags & SHMAT.rdonly) !== 0 ? 0 : PROT.w) | ((flags & SHMAT.exec) !== 0 ? PROT.x : 0);

const mayOf = (flags: number): number => PROT.r | PROT.x | ((flags & SHMAT.rdonly) !== 0 ? 0 : PROT.w);

function attachAnywhere(world: World, process: Process, asked: Asked, refused: readonly Allowed[]): Ruling {
  const wish: Wish = { pages: asked.pages, alignment: 1, ceiling: userPages(world) };
  const must = [
    ...refused,
    ...limitRefusals(world, process, asked, 0),
    ...refusals(world, [mustLackRoom(world, wish), 'mmap.no-room', 'ENOMEM']),
  ];
  const may = refusals(world, [mayLackRoom(wish), 'mmap.no-room', 'ENOMEM']);
  if (must.length > 0) return [...must, ...unsureRefusals(world, process, asked), ...may];
  const typical = typicalPlace(world, wish);
  const placed: Allowed = {
    clauses: clausesOf(asked, 'mmap.place'),
    expected: {
      kind: 'some',
      text: 'the address of a free place that the kernel chose',
      accepts: (outcome) => isFreePlace(world, process.space, wish, outcome),
      typical: typical === undefined ? { kind: 'errno', errno: 'ENOMEM' } : { kind: 'value', value: addressOf(typical) },
    },
    next: (outcome: Outcome) => (outcome.kind === 'value' ? attached(world, process, asked, outcome.value / addressOf(1)) : undefined),
  };
  return [placed, ...unsureRefusals(world, process, asked), ...may];
}

function attachAt(world: World, process: Process, asked: Asked, refused: readonly Allowed[]): Ruling {
  const { space } = process;
  const start = asked.addr.page;
  const end = start + asked.pages;
  const { size } = asked.segment;
  const inUse = !asked.remap && space.map.overlaps(start, end);
  // Zero is no place to be checked for, only one that cannot be had.
  const wraps = !asked.remap && start > 0 && addressOf(start) + size >= addressOf(PAGES_END);
  const must = [
    ...refused,
    ...refusals(
      world,
      [wraps, 'shm.attach-wraps', 'EINVAL'],
      [end > userPages(world), 'mmap.fixed-beyond-user', 'ENOMEM'],
      [start < lowestPage(world) && !world.host.privileged && !(start === 0 && asked.remap), 'mmap.fixed-low', 'EPERM'],
      [inUse, 'shm.attach-in-use', inUseError(world)],
      [asked.remap && cutsHugePage(space, start, end), 'munmap.huge-page', 'EINVAL'],
    ),
  ];
  const known = isKnown(world, space, start, Math.min(end, userPages(world)));
  if (must.length === 0 && !known) return { open: 'attaches over memory that is not the program’s' };
  // What is not the program’s may be in the way of a vast one, too.
  if (!known && !asked.remap && !inUse) must.push(refuse('shm.attach-in-use', inUseError(world), world));
  const limits = limitRefusals(world, process, asked, countMapped(space, start, Math.min(end, userPages(world))).pages);
  // What was to be replaced has been cut off by then from what lies beside it.
  const cut = asked.remap && must.length === 0 && limits.length > 0 ? withSpace(world, process, detach(space, start, end)) : world;
  must.push(...limits.map((refusal) => ({ ...refusal, next: () => cut })));
  if (must.length > 0) return [...must, ...unsureRefusals(world, process, asked)];
  const replaces = asked.remap && space.map.overlaps(start, end);
  return [
    {
      clauses: clausesOf(asked, replaces ? 'shm.remap' : 'shm.attach-at'),
      expected: { kind: 'value', value: addressOf(start) },
      next: () => attached(world, process, asked, start),
    },
    ...unsureRefusals(world, process, asked),
  ];
}

const inUseError = (world: World): Errno => (world.choices['shm.attach-in-use'] === 'einval' ? 'EINVAL' : 'ENOMEM');

function clausesOf({ segment, prot, may }: Asked, where: ClauseId): [ClauseId, ...ClauseId[]] {
  const clauses: [ClauseId, ...ClauseId[]] = ['shm.attaches', where];
  if ((may & PROT.w) === 0) clauses.push('shm.read-only');
  if ((prot & PROT.x) !== 0) clauses.push('shm.attach-exec');
  if (segment.removed) clauses.push('shm.attach-removed');
  return clauses;
}

function limitRefusals(world: World, process: Process, { pages }: Asked, replaced: number): Allowed[] {
  return refusals(
    world,
    [passesAddressSpace(world, process, pages - replaced), 'mmap.address-space-limit', 'ENOMEM'],
    [process.space.lockFuture !== 'no' && passesLocked(world, process, pages), 'mmap.locked-limit', 'EAGAIN'],
  );
}

/** Errors that hang on how much of the memory is locked that is not the program’s. */
function unsureRefusals(world: World, process: Process, { pages }: Asked): Allowed[] {
  return refusals(world, [process.space.lockFuture !== 'no' && mayPassLocked(world, process, pages), 'mmap.locked-limit', 'EAGAIN']);
}

function attached(world: World, process: Process, { segment, pages, prot, may }: Asked, start: number): World {
  const mapping: Mapping = {
    id: world.nextId,
    prot,
    may,
    shared: true,
    object: segment.object,
    delta: -start,
    locked: process.space.lockFuture,
    traits: TRAIT.shm,
    by: 'shm.attaches',
  };
  const numbered = { ...world, nextId: world.nextId + 1 };
  const after = withSpace(numbered, process, place(numbered, process.space, start, start + pages, mapping));
  return mapping.locked === 'yes' ? populate(after, process.name, start, start + pages) : after;
}

/**
 * Takes away what is left of the attachment that was made at the address: pieces of it that lie where they were put then. What munmap or another
 * mapping took from it does not matter, and pieces that were moved away are not found.
 */
export function judgeShmdt(world: World, process: Process, call: CallOf<'shmdt'>): Ruling {
  const addr = word(world, call.addr);
  if (addr.offset !== 0) return [refuse('shm.detach-unaligned', 'EINVAL', world)];
  const pieces = piecesOf(world, process, addr.page);
  if (pieces.length === 0) return [refuse('shm.detach-nothing', 'EINVAL', world)];
  let space = process.space;
  for (const { start, end } of pieces) space = unmap(space, start, end);
  const cut = pieces.length > 1 || pieces[0]!.start !== addr.page;
  return [give(cut ? ['shm.detaches', 'shm.detach-pieces'] : ['shm.detaches'], 0, withSpace(world, process, space))];
}

/** The first piece of an attachment that was made at the page, and its others as far as it reached. */
function piecesOf(world: World, { space }: Process, page: number): readonly { readonly start: number; readonly end: number }[] {
  const pieces: { start: number; end: number; value: Mapping }[] = [];
  let limit = Number.POSITIVE_INFINITY;
  for (let run = space.map.runAt(page) ?? space.map.runFrom(page); run !== undefined; run = space.map.runFrom(run.end)) {
    if (run.end > limit) break;
    if (run.start < page || !has(run.value, TRAIT.shm) || run.value.delta !== -page) continue;
    if (pieces.length > 0 && run.value.id !== pieces[0]!.value.id) continue;
    if (pieces.length === 0) limit = page + Math.ceil(objectOf(world, run.value.object!).size / addressOf(1));
    pieces.push(run);
  }
  return pieces;
}

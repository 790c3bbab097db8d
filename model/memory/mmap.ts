/** mmap(addr, length, prot, flags, fd, offset). Clauses mmap.* */
import type { ClauseId } from '../../spec/clauses.ts';
import type { CallOf } from '../../spec/language/call.ts';
import { ERRNO, type Errno, MAP, MAP_TYPES, PAGE_SIZE, PROT } from '../../spec/language/constants.ts';
import type { Outcome } from '../../spec/language/outcome.ts';
import { type Allowed, type Ruling, refusals } from '../allowed.ts';
import { type Process, type World, withObject, withSpace } from '../world.ts';
import { countMapped, detach, unmap } from './address-space.ts';
import { isKnown, place } from './knowledge.ts';
import { mayPassLocked, passesAddressSpace, passesData, passesLocked, passesMemory } from './limits.ts';
import type { Mapping } from './mapping.ts';
import { type Backing, backing } from './mmap-backing.ts';
import { asks, hasHugeLength, hasUnknownBits, isHugePageAligned, type Request, request, traits, wish } from './mmap-request.ts';
import { cutsHugePage } from './munmap.ts';
import { newObject } from './object.ts';
import { atHint, hintedPage, isFreePlace, lowestPage, mayLackRoom, mustLackRoom, typicalPlace, userPages, type Wish } from './placement.ts';
import { populate } from './populate.ts';
import { addressOf, isZero, PAGES_END } from './word.ts';

export function judgeMmap(world: World, process: Process, call: CallOf<'mmap'>): Ruling {
  const asked = request(world, process, call);
  const behind = backing(world, process, call, asked);
  if ('open' in behind) return behind;
  const refused = [...argumentRefusals(world, process, asked), ...behind.refused];
  if (asked.fixed) {
    refused.push(...replacementRefusals(world, process, asked));
    if (refused.length === 0 && !isKnown(world, process.space, asked.addr.page, asked.addr.page + asked.pages)) {
      return { open: 'a fixed mapping over memory that is not the program’s' };
    }
  }
  const limited = limitRefusals(world, process, asked, behind);
  refused.push(...(asked.fixed && refused.length === 0 ? afterSplitting(world, process, asked, limited.must) : limited.must));
  if (refused.length > 0) return [...refused, ...limited.may, ...limited.late, ...behind.late];
  if (behind.late.length > 0) return [...afterReplacing(world, process, asked, behind.late), ...limited.may];
  return [...successes(world, process, asked, behind), ...limited.may, ...afterReplacing(world, process, asked, limited.late)];
}

/** Errors that come when the mappings that are to be replaced have been cut off from those beside them: they may not be one any longer. */
function afterSplitting(world: World, process: Process, { addr, pages }: Request, limits: readonly Allowed[]): readonly Allowed[] {
  if (limits.length === 0) return limits;
  const split = withSpace(world, process, detach(process.space, addr.page, addr.page + pages));
  return limits.map((refusal) => ({ ...refusal, next: () => split }));
}

/** Errors that come when the range has been cleared. Clause mmap.replaces-first */
function afterReplacing(world: World, process: Process, { fixed, addr, pages }: Request, late: readonly Allowed[]): readonly Allowed[] {
  if (!fixed || world.choices['mmap.replaces-first'] === 'kept') return late;
  const cleared = withSpace(world, process, unmap(process.space, addr.page, addr.page + pages));
  if (cleared === world) return late;
  return late.map((refusal) => ({ ...refusal, clauses: [...refusal.clauses, 'mmap.replaces-first'], next: () => cleared }));
}

function argumentRefusals(world: World, process: Process, asked: Request): Allowed[] {
  const { addr, pages, fixed } = asked;
  const refused = refusals(
    world,
    [isZero(asked.length), 'mmap.length-zero', 'EINVAL'],
    [hasHugeLength(world, asked), 'mmap.length-huge', 'ENOMEM'],
    [hasHugeLength(world, asked) && asked.hugetlb, 'mmap.length-huge', 'EINVAL'],
    [!fixed && mustLackRoom(world, wish(world, asked)), 'mmap.no-room', 'ENOMEM'],
    [asked.offset.offset !== 0, 'mmap.offset-unaligned', 'EINVAL'],
    [fixed && addr.offset !== 0, 'mmap.fixed-unaligned', 'EINVAL'],
    [fixed && asked.hugetlb && !isHugePageAligned(addr), 'mmap.huge-page-unaligned', 'EINVAL'],
    [fixed && addr.page + Math.sign(addr.offset) + pages > userPages(world), 'mmap.fixed-beyond-user', 'ENOMEM'],
    [fixed && addr.page < lowestPage(world), 'mmap.fixed-low', 'EPERM'],
    [asks(asked, MAP.locked) && !world.host.privileged && process.limits.memlock.soft === 0, 'mmap.locked-never', 'EPERM'],
  );
  if (fixed && addr.page === PAGES_END - 1 && addr.offset !== 0) refused.push(takenForError(world, PAGE_SIZE - addr.offset));
  return refused;
}

/** Clause mmap.fixed-last-page */
function takenForError(world: World, number: number): Allowed {
  const name = Object.keys(ERRNO).find((errno) => ERRNO[errno as keyof typeof ERRNO] === number);
  const errno = (name ?? `E${number}`) as Errno | `E${number}`;
  return {
    clauses: ['mmap.fixed-last-page'],
    expected: {
      kind: 'some',
      text: errno,
      accepts: (outcome) => outcome.kind === 'errno' && outcome.errno === errno,
      typical: { kind: 'errno', errno },
    },
    next: () => world,
  };
}

/** What the mappings that are already there refuse. */
function replacementRefusals(world: World, { space }: Process, { addr, pages, noreplace }: Request): Allowed[] {
  const inUse = world.choices['mmap.noreplace'] === 'enomem' ? 'ENOMEM' : 'EEXIST';
  return refusals(
    world,
    [noreplace && space.map.overlaps(addr.page, addr.page + pages), 'mmap.noreplace', inUse],
    [cutsHugePage(space, addr.page, addr.page + pages), 'munmap.huge-page', 'EINVAL'],
  );
}

interface Limited {
  readonly must: readonly Allowed[];
  /** Those that depend on what else the machine has promised, or on where other memory lies. */
  readonly may: readonly Allowed[];
  /** Those that a file system may think of last. */
  readonly late: readonly Allowed[];
}

/** Errors of limits and means. */
function limitRefusals(world: World, process: Process, asked: Request, behind: Backing): Limited {
  const { pages, prot, addr } = asked;
  const replaced = asked.fixed ? countMapped(process.space, addr.page, addr.page + pages) : NOTHING;
  const privateData = (prot & PROT.w) !== 0 && !behind.shared;
  const data = privateData && !asks(asked, MAP.growsdown);
  const counted = isCounted(world, asked, behind, privateData);
  const must = refusals(
    world,
    [passesAddressSpace(world, process, pages - replaced.pages), 'mmap.address-space-limit', 'ENOMEM'],
    [data && passesData(world, process, pages - replaced.pages), 'mmap.data-limit', 'ENOMEM'],
    [asked.countsLocked && passesLocked(world, process, pages), 'mmap.locked-limit', 'EAGAIN'],
    [counted && passesMemory(world, privateData ? pages - replaced.data : pages), 'mmap.memory', 'ENOMEM'],
  );
  const strict = counted && world.host.overcommit === STRICT;
  const crowded = !asked.fixed && mayLackRoom(wish(world, asked));
  const sync = asks(asked, MAP.sync) && behind.object?.kind === 'file' && world.host.fileSystem !== 'tmpfs';
  const may = refusals(
    world,
    [strict || (counted && passesMemory(world, pages)), 'mmap.memory', 'ENOMEM'],
    [asked.countsLocked && mayPassLocked(world, process, pages), 'mmap.locked-limit', 'EAGAIN'],
    [crowded, 'mmap.no-room', 'ENOMEM'],
  );
  return { must, may, late: refusals(world, [sync, 'mmap.sync', 'EOPNOTSUPP']) };
}

const NOTHING = { pages: 0, data: 0 };
/** vm.overcommit_memory: never promise more than there is. */
const STRICT = 2;

/** Whether the pages count against the machine's memory. Clause mmap.noreserve */
function isCounted(world: World, asked: Request, { object, shared }: Backing, privateData: boolean): boolean {
  if (asked.hugetlb || asked.type === MAP_TYPES.droppable) return false;
  if (asks(asked, MAP.noreserve) && world.host.overcommit !== STRICT) return false;
  return privateData || (shared && object === undefined);
}

/** Every way to succeed: at the fixed address, at the hint, or at a place that the kernel chooses. */
function successes(world: World, process: Process, asked: Request, behind: Backing): readonly Allowed[] {
  const why = clausesOf(asked, behind);
  if (asked.fixed) {
    const replaces = process.space.map.overlaps(asked.addr.page, asked.addr.page + asked.pages);
    const how: ClauseId = replaces ? 'mmap.replaces' : 'mmap.fixed';
    return [at(world, process, asked, behind, asked.addr.page, [how, ...why])];
  }
  const wanted = wish(world, asked);
  const hint = hintedPage(world, asked.addr.page);
  const state = hint === undefined ? 'taken' : hintState(world, process, wanted, hint);
  if (hint !== undefined && state === 'free' && world.choices['mmap.hint'] === 'taken') {
    const padded = isPadded(asked, behind);
    const taken = at(world, process, asked, behind, hint, padded ? ['mmap.hint', 'mmap.hint-padded', ...why] : ['mmap.hint', ...why]);
    return padded ? [taken, anywhere(world, process, asked, behind, wanted, ['mmap.hint-padded', ...why])] : [taken];
  }
  const clause: ClauseId = hint === undefined ? 'mmap.place' : 'mmap.hint-in-use';
  return [anywhere(world, process, asked, behind, wanted, [clause, ...why])];
}

function hintState(world: World, { space }: Process, wanted: Wish, hint: number): 'free' | 'taken' | undefined {
  if (wanted.alignment > 1) return undefined;
  if (hint + wanted.pages > wanted.ceiling) return 'taken';
  return atHint(world, space, hint, wanted.pages);
}

/** A kernel may look for a hole that leaves room to align a large mapping of a file, and not find it at the hint. */
const isPadded = ({ pages }: Request, { object }: Backing): boolean => object !== undefined && pages >= 512;

function at(world: World, process: Process, asked: Request, behind: Backing, page: number, clauses: [ClauseId, ...ClauseId[]]): Allowed {
  return {
    clauses,
    expected: { kind: 'value', value: addressOf(page) },
    next: () => mapped(world, process, asked, behind, page),
  };
}

function anywhere(
  world: World,
  process: Process,
  asked: Request,
  behind: Backing,
  wanted: Wish,
  clauses: [ClauseId, ...ClauseId[]],
): Allowed {
  const typical = typicalPlace(world, wanted);
  return {
    clauses,
    expected: {
      kind: 'some',
      text: 'the address of a free place that the kernel chose',
      accepts: (outcome) => isFreePlace(world, process.space, wanted, outcome),
      typical: typical === undefined ? { kind: 'errno', errno: 'ENOMEM' } : { kind: 'value', value: addressOf(typical) },
    },
    next: (outcome: Outcome) =>
      outcome.kind === 'value' ? mapped(world, process, asked, behind, outcome.value / addressOf(1)) : undefined,
  };
}

/** The clauses that a success rests on, beside the one that says where. */
function clausesOf(asked: Request, { object, shared, may, sealed }: Backing): ClauseId[] {
  const clauses: ClauseId[] = ['mmap.maps'];
  const note = (condition: boolean, clause: ClauseId): void => {
    if (condition) clauses.push(clause);
  };
  note(asked.length.offset !== 0, 'mmap.whole-pages');
  note(object !== undefined, 'mmap.file');
  note(object === undefined && !shared && !asked.hugetlb, 'mmap.anonymous');
  note(shared && object !== undefined && (may & PROT.w) === 0, sealed ? 'mmap.sealed-read-only' : 'mmap.read-only-descriptor');
  note(hasUnknownBits(asked), 'mmap.unknown-bits');
  note(object === undefined && shared && !asked.hugetlb, 'mmap.shared-anonymous');
  note(asked.type === MAP_TYPES.droppable, 'mmap.droppable');
  note(asks(asked, MAP['32bit']) && !asked.fixed, 'mmap.32bit');
  note(!asked.fixed && asked.addr.offset !== 0, 'mmap.hint-rounded');
  note(asked.noreplace, 'mmap.noreplace-free');
  note(asked.hugetlb, 'mmap.huge-page-unreserved');
  note(asks(asked, MAP.noreserve), 'mmap.noreserve');
  note(asks(asked, MAP.locked), 'mmap.locked');
  note(asks(asked, MAP.populate), 'mmap.populate');
  note(asks(asked, MAP.growsdown), 'mmap.growsdown');
  note(asks(asked, MAP.sync), 'mmap.sync');
  return clauses;
}

/** The world with the new mapping. */
function mapped(world: World, process: Process, asked: Request, behind: Backing, start: number): World {
  const { object, delta, world: made } = objectBehind(world, asked, behind, start);
  const mapping: Mapping = {
    id: made.nextId,
    prot: asked.prot,
    may: behind.may,
    shared: behind.shared,
    object,
    delta,
    locked: asked.locked,
    traits: traits(asked),
    by: 'mmap.maps',
  };
  const numbered = { ...made, nextId: made.nextId + 1 };
  const end = start + asked.pages;
  const after = withSpace(numbered, process, place(numbered, process.space, start, end, mapping));
  return asked.populates ? populate(after, process.name, start, end) : after;
}

/** What the mapping is of: a file from the offset on, or a new object where anonymous memory is to be shared. */
function objectBehind(
  world: World,
  asked: Request,
  { object, shared }: Backing,
  start: number,
): { readonly object: number | undefined; readonly delta: number; readonly world: World } {
  if (object !== undefined) return { object: object.id, delta: asked.offset.page - start, world };
  if (!shared || asked.hugetlb) return { object: undefined, delta: 0, world };
  const id = world.nextId;
  const made = withObject({ ...world, nextId: id + 1 }, newObject(id, 'anonymous', addressOf(asked.pages)));
  return { object: id, delta: -start, world: made };
}

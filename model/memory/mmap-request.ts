/** What a call of mmap asks for, before anything is looked up. */
import type { CallOf } from '../../spec/language/call.ts';
import { MAP, MAP_TYPE_MASK, MAP_TYPES, PAGE_SIZE, PROT } from '../../spec/language/constants.ts';
import type { Process, World } from '../world.ts';
import { type Mapping, TRAIT } from './mapping.ts';
import { HUGE_PAGES } from './munmap.ts';
import { LOW_PAGES, userPages, type Wish } from './placement.ts';
import { isZero, pagesUp, type Word, word } from './word.ts';

export interface Request {
  readonly addr: Word;
  readonly length: Word;
  /** The length in whole pages, or whole huge pages; 0 also for a length that wraps around when it is rounded up. */
  readonly pages: number;
  readonly offset: Word;
  /** Read, write and execute; and whether there was more. */
  readonly prot: number;
  readonly oddProt: boolean;
  /** All flags as given, and their low 32 bits, in which all that are known lie. */
  readonly given: number;
  readonly flags: number;
  readonly type: number;
  readonly anonymous: boolean;
  readonly hugetlb: boolean;
  /** MAP_FIXED or MAP_FIXED_NOREPLACE: the address is no hint. */
  readonly fixed: boolean;
  readonly noreplace: boolean;
  readonly locked: Mapping['locked'];
  /** RLIMIT_MEMLOCK is asked, also for memory that is then passed over. */
  readonly countsLocked: boolean;
  /** Pages are brought in at once. */
  readonly populates: boolean;
}

export function request(world: World, process: Process, call: CallOf<'mmap'>): Request {
  const flags = call.flags | 0;
  const asks = (bit: number): boolean => (flags & bit) !== 0;
  const length = word(world, call.length);
  const hugetlb = asks(MAP.hugetlb);
  const whole = pagesUp(length);
  const noreplace = asks(MAP.fixed_noreplace) && world.choices['mmap.noreplace'] !== 'hint';
  const isLockable = !hugetlb && (flags & MAP_TYPE_MASK) !== MAP_TYPES.droppable;
  const locked = isLockable ? lockOf(process, asks(MAP.locked)) : 'no';
  return {
    addr: word(world, call.addr),
    length,
    pages: hugetlb ? Math.ceil(whole / HUGE_PAGES) * HUGE_PAGES : whole,
    offset: word(world, call.offset),
    prot: call.prot & ACCESS,
    oddProt: call.prot < 0 || call.prot > ACCESS,
    given: call.flags,
    flags,
    type: flags & MAP_TYPE_MASK,
    anonymous: asks(MAP.anon),
    hugetlb,
    fixed: asks(MAP.fixed) || noreplace,
    noreplace,
    locked,
    countsLocked: asks(MAP.locked) || process.space.lockFuture !== 'no',
    populates: locked === 'yes' || (locked === 'no' && asks(MAP.populate) && !asks(MAP.nonblock)),
  };
}

const ACCESS = PROT.r | PROT.w | PROT.x;

/** Clauses mmap.locked, mlockall.future */
function lockOf({ space }: Process, asked: boolean): Mapping['locked'] {
  if (space.lockFuture === 'onfault') return 'onfault';
  return asked ? 'yes' : space.lockFuture;
}

export const asks = (asked: Request, bit: number): boolean => (asked.flags & bit) !== 0;

/** Hundreds of terabytes, or a length that wraps around to nothing. */
export const hasHugeLength = (world: World, { pages, length }: Request): boolean =>
  !isZero(length) && (pages === 0 || pages > userPages(world));

const NAMED = Object.values(MAP).reduce<number>((sum, bit) => sum | bit, MAP_TYPE_MASK);

/** Bits beside those that have a name, in the flags or the protection. */
export const hasUnknownBits = ({ given, flags, oddProt }: Request): boolean =>
  oddProt || given < 0 || given >= 2 ** 32 || (flags & ~NAMED) !== 0;

/** What the kernel must keep to where it chooses the place. */
export function wish(world: World, asked: Request): Wish {
  const isLow = asks(asked, MAP['32bit']) && world.choices['mmap.32bit'] === 'below-2gib';
  return {
    pages: asked.pages,
    alignment: asked.hugetlb ? HUGE_PAGES : 1,
    ceiling: isLow ? LOW_PAGES : Number.POSITIVE_INFINITY,
  };
}

/** The traits that the flags give, whatever is mapped. */
export function traits(asked: Request): number {
  let sum = 0;
  if (asks(asked, MAP.growsdown)) sum |= TRAIT.growsdown;
  if (asks(asked, MAP.noreserve)) sum |= TRAIT.noreserve;
  if (asks(asked, MAP.stack)) sum |= TRAIT.nohugepage;
  if (asked.hugetlb) sum |= TRAIT.hugetlb;
  // What may be dropped needs no reserve, and is neither copied nor dumped.
  if (asked.type === MAP_TYPES.droppable) sum |= TRAIT.droppable | TRAIT.noreserve | TRAIT.wipeonfork | TRAIT.dontdump;
  return sum;
}

/** log2 of the size of the huge pages that the upper flags ask for; 0 is the default size. */
export const hugeSize = ({ flags }: Request): number => (flags >>> 26) & 0x3f;

export const isHugePageAligned = (word: Word): boolean => word.offset === 0 && word.page % HUGE_PAGES === 0;

/** Pages of a file that a 63-bit offset in bytes can reach. */
export const FILE_PAGES = 2 ** 63 / PAGE_SIZE;

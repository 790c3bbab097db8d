/** What a call of mremap asks for, and what is wrong with that alone. Clauses mremap.* */
import type { CallOf } from '../../spec/language/call.ts';
import { MREMAP } from '../../spec/language/constants.ts';
import { type Allowed, refusals } from '../allowed.ts';
import type { World } from '../world.ts';
import { HUGE_PAGES } from './munmap.ts';
import { userPages } from './placement.ts';
import { PAGES_END, pagesUp, type Word, word } from './word.ts';

export interface Remap {
  readonly addr: Word;
  /** The first page of the range. */
  readonly start: number;
  /** In pages, whole ones; a length that wraps around when it is rounded up is 0. */
  readonly oldPages: number;
  readonly newPages: number;
  readonly target: Word;
  readonly unknownFlags: boolean;
  readonly mayMove: boolean;
  /** The new address is an order; with `keeps` alone it is a hint. */
  readonly fixed: boolean;
  /** MREMAP_DONTUNMAP: the old range stays mapped, and empty. */
  readonly keeps: boolean;
}

export function remap(world: World, call: CallOf<'mremap'>): Remap {
  const addr = word(world, call.addr);
  const has = (bit: number): boolean => (call.flags & bit) !== 0;
  return {
    addr,
    start: addr.page,
    oldPages: pagesUp(word(world, call.oldLength)),
    newPages: pagesUp(word(world, call.newLength)),
    target: word(world, call.newAddr),
    unknownFlags: call.flags < 0 || call.flags >= 2 ** 32 || (call.flags & ~KNOWN) !== 0,
    mayMove: has(MREMAP.maymove),
    fixed: has(MREMAP.fixed),
    keeps: has(MREMAP.dontunmap),
  };
}

const KNOWN = MREMAP.maymove | MREMAP.fixed | MREMAP.dontunmap;

/** What is wrong whatever is mapped. */
export function parameterRefusals(world: World, asked: Remap): Allowed[] {
  const { newPages, oldPages, target } = asked;
  const user = userPages(world);
  const placed = asked.fixed || asked.keeps;
  const huge = newPages > user;
  return refusals(
    world,
    [asked.unknownFlags, 'mremap.flags', 'EINVAL'],
    [asked.addr.offset !== 0, 'mremap.unaligned', 'EINVAL'],
    [newPages === 0, 'mremap.length-zero', 'EINVAL'],
    [huge, 'mremap.length-huge', world.choices['mremap.length-huge'] === 'einval' || placed ? 'EINVAL' : 'ENOMEM'],
    [placed && target.page + Math.sign(target.offset) + newPages > user, 'mremap.new-beyond-user', 'EINVAL'],
    [placed && target.offset !== 0, 'mremap.new-unaligned', 'EINVAL'],
    [placed && !asked.mayMove, 'mremap.needs-maymove', 'EINVAL'],
    [asked.keeps && newPages !== oldPages, 'mremap.dontunmap-resizes', 'EINVAL'],
    [asked.keeps && world.choices['mremap.dontunmap'] === 'einval', 'mremap.dontunmap', 'EINVAL'],
    [placed && !huge && overlaps(asked), 'mremap.overlap', 'EINVAL'],
  );
}

/** The old and the new range have a page in common. The end of the old one may wrap around the end of all addresses. */
function overlaps({ start, oldPages, target, newPages }: Remap): boolean {
  return (start + oldPages) % PAGES_END > target.page && target.page + newPages > start;
}

/** Huge pages are counted as wholes. */
export function inHugePages(asked: Remap): Remap {
  const whole = (pages: number): number => (Math.ceil(pages / HUGE_PAGES) * HUGE_PAGES) % PAGES_END;
  return { ...asked, oldPages: whole(asked.oldPages), newPages: whole(asked.newPages) };
}

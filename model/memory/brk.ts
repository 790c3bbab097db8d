/** brk(addr): the raw call, which gives the break that holds after it. Clauses brk.* */
import type { ClauseId } from '../../spec/clauses.ts';
import type { CallOf } from '../../spec/language/call.ts';
import { PAGE_SIZE, PROT } from '../../spec/language/constants.ts';
import { give, type Ruling } from '../allowed.ts';
import { type Process, processOf, signed, type World, withSpace } from '../world.ts';
import { isKnown, place } from './knowledge.ts';
import { lockedRoom, passesAddressSpace, passesData, passesMemory } from './limits.ts';
import { has, type Mapping, TRAIT } from './mapping.ts';
import { cutOff } from './munmap.ts';
import { userPages } from './placement.ts';
import { populate } from './populate.ts';
import { STACK_GUARD_GAP } from './stack.ts';

const pageOf = (address: number): number => Math.ceil(address / PAGE_SIZE);

export function judgeBrk(world: World, process: Process, call: CallOf<'brk'>): Ruling {
  const { brk } = process.space;
  const wanted = signed(world, call.addr);
  const stays = (clause: ClauseId): Ruling => [give([clause], brk, world)];
  // As an unsigned number, a negative one is beyond all addresses.
  if (wanted >= 0 && wanted < world.host.startBrk) return stays('brk.below-start');
  if (wanted < 0 || pageOf(wanted) > userPages(world)) return stays('brk.beyond-user');
  if (wanted - world.host.startBrk + world.host.dataSegment > process.limits.data.soft) return stays('brk.data-limit');
  if (pageOf(wanted) === pageOf(brk)) return [give(['brk.within-page'], wanted, moved(world, process, wanted))];
  return wanted < brk ? lower(world, process, wanted) : raise(world, process, wanted);
}

const moved = (world: World, process: Process, brk: number): World => withSpace(world, process, { ...process.space, brk });

/** Unmaps what lies between, whatever mapped it. */
function lower(world: World, process: Process, wanted: number): Ruling {
  const { space } = process;
  const [start, end] = [pageOf(wanted), pageOf(space.brk)];
  if (wanted < world.place.heap || !isKnown(world, space, start, end)) return { open: 'a break below that of the start' };
  if (!space.map.overlaps(start, end)) return [give(['brk.lower-hole'], space.brk, world)];
  const cut = cutOff(world, process, start, end);
  if ('open' in cut) return cut;
  if ('errno' in cut) return [give(['brk.lower-huge-page'], space.brk, world)];
  return [give(['brk.lowers'], wanted, moved(cut.world, processOf(cut.world, process.name), wanted))];
}

function raise(world: World, process: Process, wanted: number): Ruling {
  const { space } = process;
  const [start, end] = [pageOf(space.brk), pageOf(wanted)];
  const pages = end - start;
  const inTheWay = obstacle(world, process, start, end);
  const room = space.lockFuture === 'no' ? 'left' : lockedRoom(world, process, pages, 0);
  const refused: readonly (readonly [boolean, ClauseId])[] = [
    [inTheWay === 'found', 'brk.in-the-way'],
    [room === 'exceeded', 'brk.locked-limit'],
    [passesAddressSpace(world, process, pages), 'brk.address-space-limit'],
    [passesData(world, process, pages), 'brk.data-limit'],
    [passesMemory(world, pages), 'brk.memory'],
  ];
  const why = refused.find(([applies]) => applies);
  if (why !== undefined) return [give([why[1]], space.brk, world)];
  if (inTheWay === 'unknown') return { open: 'a break near memory that is not the program’s' };
  const raised = give(['brk.raises'], wanted, grown(world, process, start, end, wanted));
  return room === 'unknown' ? [raised, give(['brk.locked-limit'], space.brk, world)] : [raised];
}

/** Whether something is mapped in [start, end) or in the page behind it, or a stack so near above that the gap below it would be lost. */
function obstacle(world: World, { space }: Process, start: number, end: number): 'found' | 'none' | 'unknown' {
  const next = space.map.runAt(start) ?? space.map.runFrom(start);
  if (next !== undefined) {
    const gap = has(next.value, TRAIT.growsdown) ? STACK_GUARD_GAP : 0;
    if (end + 1 > next.start - gap) return 'found';
  }
  return isKnown(world, space, start, end + 1 + STACK_GUARD_GAP) ? 'none' : 'unknown';
}

function grown(world: World, process: Process, start: number, end: number, brk: number): World {
  const { space } = process;
  const heap: Mapping = {
    id: world.nextId,
    prot: PROT.r | PROT.w,
    may: PROT.r | PROT.w | PROT.x,
    shared: false,
    object: undefined,
    delta: 0,
    locked: space.lockFuture,
    traits: 0,
    by: 'brk.raises',
  };
  const after = withSpace({ ...world, nextId: world.nextId + 1 }, process, { ...place(world, space, start, end, heap), brk });
  return heap.locked === 'yes' ? populate(after, process.name, start, end) : after;
}

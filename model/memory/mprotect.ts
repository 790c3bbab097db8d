/** mprotect(addr, length, prot). Clauses mprotect.* */
import type { ClauseId } from '../../spec/clauses.ts';
import type { CallOf } from '../../spec/language/call.ts';
import { PROT } from '../../spec/language/constants.ts';
import { type Allowed, give, type Ruling, refusals, refuse } from '../allowed.ts';
import { type Process, processOf, type World, withSpace } from '../world.ts';
import { change, isData } from './address-space.ts';
import { isKnown } from './knowledge.ts';
import { passesAddressSpace, passesData, passesMemory } from './limits.ts';
import { alike, has, type Mapping, TRAIT } from './mapping.ts';
import { cutsHugePage } from './munmap.ts';
import { populate } from './populate.ts';
import { range } from './range.ts';
import { PAGES_END } from './word.ts';

/** PROT_SEM, which Linux takes and which means nothing. */
const SEM = 8;
const ACCESS = PROT.r | PROT.w | PROT.x;
const GROWS = PROT.growsdown | PROT.growsup;
const KNOWN = ACCESS | SEM | GROWS;

export function judgeMprotect(world: World, process: Process, call: CallOf<'mprotect'>): Ruling {
  const asked = range(world, call.addr, call.length);
  const grows = call.prot & GROWS;
  const refused = refusals(
    world,
    [!asked.aligned, 'mprotect.unaligned', 'EINVAL'],
    [call.prot < 0 || call.prot >= 2 ** 32 || (call.prot & ~KNOWN) !== 0, 'mprotect.unknown-prot', 'EINVAL'],
    [grows === GROWS, 'mprotect.grows-both', 'EINVAL'],
    [!asked.empty && (asked.end === asked.start || asked.end >= PAGES_END), 'mprotect.wraps', 'ENOMEM'],
  );
  if (asked.empty) {
    // Linux looks at the length before it looks at the protection.
    const nothing = give(['mprotect.length-zero'], 0, world);
    return asked.aligned && grows !== GROWS ? [nothing, ...refused] : refused;
  }
  if (refused.length > 0) return refused;
  if (!isKnown(world, process.space, asked.start, asked.end)) return { open: 'protects memory that is not the program’s' };
  const prot = call.prot & ACCESS;
  if (grows === 0) return protect(world, process, asked.start, asked.end, prot);
  return protectGrowing(world, process, asked.start, asked.end, prot, grows);
}

/** Clauses mprotect.grows-down, mprotect.grows-up */
function protectGrowing(world: World, process: Process, start: number, end: number, prot: number, grows: number): Ruling {
  const { map } = process.space;
  const first = map.within(start, end)[0];
  if (grows === PROT.growsup) {
    return [map.get(start) === undefined ? refuse('mprotect.unmapped', 'ENOMEM', world) : refuse('mprotect.grows-up', 'EINVAL', world)];
  }
  if (first === undefined) return [refuse('mprotect.unmapped', 'ENOMEM', world)];
  if (!has(first.value, TRAIT.growsdown)) return [refuse('mprotect.grows-down-only', 'EINVAL', world)];
  const whole = map.runAt(first.start)!;
  const below = map.get(whole.start - 1);
  if (below !== undefined && alike(below, whole.value)) return { open: 'where a stack begins that may have been joined with another' };
  return protect(world, process, whole.start, end, prot, 'mprotect.grows-down');
}

/** The call from the first mapped page on: mapping by mapping, up to a hole or to one that refuses. */
function protect(world: World, process: Process, start: number, end: number, prot: number, also?: ClauseId): Ruling {
  let after = world;
  let page = start;
  for (const part of process.space.map.within(start, end)) {
    if (part.start > page) break;
    const refused = partRefusals(after, process.name, part, end, prot);
    if (refused === 'unsure') return { open: 'a limit that depends on which mappings have been joined' };
    if (refused.length > 0) return refused;
    after = protectPart(after, process.name, part, prot);
    page = part.end;
  }
  if (page === start) return [refuse('mprotect.unmapped', 'ENOMEM', world)];
  if (page < end) return [refuse('mprotect.hole', 'ENOMEM', after)];
  return [give(also === undefined ? ['mprotect.changes'] : ['mprotect.changes', also], 0, after)];
}

interface Part {
  readonly start: number;
  readonly end: number;
  readonly value: Mapping;
}

/** Why a mapping cannot be given the protection; `unsure` where it hangs on whether it is one with its neighbours. */
function partRefusals(world: World, name: string, part: Part, end: number, prot: number): Allowed[] | 'unsure' {
  const { value: mapping } = part;
  if ((prot & ~mapping.may) !== 0) return [refuse('mprotect.not-permitted', 'EACCES', world)];
  if (prot === mapping.prot) return [];
  const process = processOf(world, name);
  const cut = has(mapping, TRAIT.hugetlb) && cutsHugePage(process.space, part.start, part.end);
  const refused = refusals(world, [cut, 'munmap.huge-page', 'EINVAL']);
  const changed = { ...mapping, prot };
  if (!isData(changed) && !counts(changed)) return refused;
  const pages = part.end - part.start;
  const alone = limitRefusals(world, process, mapping, changed, pages);
  if (cut) return [...refused, ...alone];
  const neighbours = alikePages(process, part, end);
  const joined = neighbours > pages ? limitRefusals(world, process, mapping, changed, neighbours) : alone;
  return joined.length > 0 === alone.length > 0 ? alone : 'unsure';
}

/** Limits that so many pages would pass if they became as `changed`. */
function limitRefusals(world: World, process: Process, mapping: Mapping, changed: Mapping, pages: number): Allowed[] {
  const becomesData = isData(changed) && !isData(mapping);
  return refusals(
    world,
    [becomesData && passesData(world, process, pages) && !passesAddressSpace(world, process, pages), 'mprotect.data-limit', 'ENOMEM'],
    [counts(changed) && !counts(mapping) && passesMemory(world, pages), 'mprotect.memory', 'ENOMEM'],
  );
}

/** Private and writable, and not without reserve: counted against the machine's memory. */
const counts = (mapping: Mapping): boolean =>
  (mapping.prot & PROT.w) !== 0 && !mapping.shared && !has(mapping, TRAIT.noreserve) && !has(mapping, TRAIT.hugetlb);

/** Pages from the part up to `end` that may be one mapping with it. */
function alikePages({ space }: Process, part: Part, end: number): number {
  let last = part.end;
  while (last < end) {
    const next = space.map.runAt(last);
    if (next === undefined || !alike(next.value, part.value)) break;
    last = Math.min(end, next.end);
  }
  return last - part.start;
}

function protectPart(world: World, name: string, part: Part, prot: number): World {
  const process = processOf(world, name);
  const { value: mapping } = part;
  if (prot === mapping.prot) return world;
  const after = withSpace(
    world,
    process,
    change(process.space, part.start, part.end, (old) => ({ ...old, prot, by: 'mprotect.changes' })),
  );
  const fills = mapping.locked === 'yes' && !mapping.shared && (mapping.prot & PROT.w) === 0 && (prot & PROT.w) !== 0;
  return fills ? populate(after, name, part.start, part.end) : after;
}

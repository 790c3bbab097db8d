/** madvise(addr, length, advice): says how a range will be used, or asks for something to be done with it at once. Clauses madvise.* */
import type { ClauseId } from '../../spec/clauses.ts';
import type { CallOf } from '../../spec/language/call.ts';
import { MADV } from '../../spec/language/constants.ts';
import { type Allowed, give, type Ruling, refusals, refuse } from '../allowed.ts';
import type { Process, World } from '../world.ts';
import { ADVICE, type Advice } from './advice.ts';
import { isKnown } from './knowledge.ts';
import { populateOrStop, type Stop } from './populate.ts';
import { range } from './range.ts';
import { PAGES_END } from './word.ts';

export function judgeMadvise(world: World, process: Process, call: CallOf<'madvise'>): Ruling {
  const asked = range(world, call.addr, call.length);
  const { start, end } = asked;
  const refused = refusals(
    world,
    [!asked.aligned, 'madvise.unaligned', 'EINVAL'],
    [end >= PAGES_END || (start === end && !asked.empty), 'madvise.wrap', 'EINVAL'],
  );
  // The kernel sees the low half of the argument.
  const advice = call.advice | 0;
  if (isInjection(advice)) return judgeInjection(world, asked.empty, refused);
  const unknown = unknownAdvice(world, advice);
  if (unknown !== undefined) return [refuse(unknown, 'EINVAL', world), ...refused];
  if (refused.length > 0) return refused;
  if (asked.empty) return [give(['madvise.length-zero'], 0, world)];
  const touch = POPULATES.get(advice);
  if (touch !== undefined) return judgePopulate(world, process, start, end, touch);
  if (!isKnown(world, process.space, start, end)) return { open: 'advice on memory that is not the program’s' };
  const advised = advise(world, process, start, end, ADVICE.get(advice)!);
  return advice === MADV.collapse ? orCannotCollapse(world, advised) : advised;
}

/** Errors in hardware can be simulated only by those who may harm the machine. */
const isInjection = (advice: number): boolean => advice === MADV.hwpoison || advice === MADV.soft_offline;

function judgeInjection(world: World, empty: boolean, refused: readonly Allowed[]): Ruling {
  if (world.host.privileged) return { open: 'errors injected into the machine’s memory' };
  const forbidden = [refuse('madvise.hwpoison', 'EPERM', world), refuse('madvise.hwpoison', 'EINVAL', world), ...refused];
  return empty && refused.length === 0 ? [...forbidden, give(['madvise.hwpoison', 'madvise.length-zero'], 0, world)] : forbidden;
}

const POPULATES: ReadonlyMap<number, 'read' | 'write'> = new Map([
  [MADV.populate_read, 'read'],
  [MADV.populate_write, 'write'],
]);

/** The clause that says that the system does not know the advice; undefined where it does. */
function unknownAdvice(world: World, advice: number): ClauseId | undefined {
  if (POPULATES.has(advice)) return world.choices['madvise.populate.known'] === 'known' ? undefined : 'madvise.populate.known';
  const found = ADVICE.get(advice);
  if (found === undefined || !isBuilt(world, advice)) return 'madvise.unknown';
  return found.known === undefined || world.choices[found.known] === 'known' ? undefined : found.known;
}

/** A kernel may be built without merging of equal pages, and without transparent huge pages. */
function isBuilt({ host }: World, advice: number): boolean {
  if (advice === MADV.mergeable || advice === MADV.unmergeable) return host.ksm;
  const huge = advice === MADV.hugepage || advice === MADV.nohugepage || advice === MADV.collapse;
  return !huge || host.transparentHugePages !== 'none';
}

/**
 * Advice is given mapping by mapping in ascending order: the first that refuses ends the call, and those before it have taken the advice.
 * Clauses madvise.hole, madvise.refusal-stops, madvise.whole-pages
 */
function advise(world: World, process: Process, start: number, end: number, advice: Advice): readonly Allowed[] {
  const holes = world.choices['madvise.hole'];
  let after = world;
  let page = start;
  let sawHole = false;
  const clauses: [ClauseId, ...ClauseId[]] = [advice.clause, 'madvise.whole-pages'];
  if (advice.known !== undefined) clauses.push(advice.known);
  for (const part of process.space.map.within(start, end)) {
    sawHole ||= part.start > page;
    if (sawHole && holes === 'stops-at-hole') return [refuse('madvise.hole', 'ENOMEM', after)];
    const refusal = advice.refuses?.(after, part);
    if (refusal !== undefined) return [{ ...refuse(refusal[0], refusal[1], after), clauses: [refusal[0], 'madvise.refusal-stops'] }];
    const because = advice.because?.(part);
    if (because !== undefined && !clauses.includes(because)) clauses.push(because);
    if (advice.apply !== undefined) after = advice.apply(after, process.name, part);
    page = part.end;
  }
  sawHole ||= page < end;
  if (sawHole && holes !== 'skipped') return [refuse('madvise.hole', 'ENOMEM', after)];
  return [give(sawHole ? ['madvise.hole', ...clauses] : clauses, 0, after)];
}

/** Whether huge pages can be made now hangs on much that a program cannot see; nothing else changes. */
function orCannotCollapse(world: World, advised: readonly Allowed[]): readonly Allowed[] {
  const failures = (['EINVAL', 'ENOMEM', 'EBUSY', 'EAGAIN'] as const).map((errno) => refuse('madvise.collapse', errno, world));
  return [...advised, ...failures.map((failure): Allowed => ({ ...failure, clauses: ['madvise.collapse', 'madvise.collapse.known'] }))];
}

/** Clauses madvise.populate.* */
function judgePopulate(world: World, process: Process, start: number, end: number, touch: 'read' | 'write'): Ruling {
  const hole = process.space.map.firstHole(start, end);
  if (!isKnown(world, process.space, start, Math.min(hole + 1, end))) return { open: 'brings in memory that is not the program’s' };
  const { world: after, stopped } = populateOrStop(world, process.name, start, end, touch);
  const clause = touch === 'read' ? 'madvise.populate.read' : 'madvise.populate.write';
  if (stopped === undefined) return [give([clause, 'madvise.populate.known'], 0, after)];
  const [why, errno] = STOPPED[stopped];
  return [refuse(why, errno, after)];
}

const STOPPED = {
  hole: ['madvise.populate.hole', 'ENOMEM'],
  protection: ['madvise.populate.protection', 'EINVAL'],
  'no-page': ['madvise.populate.no-page', 'EFAULT'],
} as const satisfies Record<Stop, readonly [ClauseId, string]>;

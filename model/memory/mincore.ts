/** mincore(addr, length, vec): which pages are in memory. Clauses mincore.* */
import type { ClauseId } from '../../spec/clauses.ts';
import type { CallOf, Value } from '../../spec/language/call.ts';
import { PAGE_SIZE } from '../../spec/language/constants.ts';
import type { Outcome } from '../../spec/language/outcome.ts';
import { type Allowed, give, type Open, type Ruling, refusals, refuse } from '../allowed.ts';
import type { Process, World } from '../world.ts';
import { pageCell, putCell, reach, visible } from './access.ts';
import { CONTENTS_MAX, distinct } from './cell.ts';
import { writeBytes } from './content.ts';
import { isKnown } from './knowledge.ts';
import { mayLeave } from './leave.ts';
import { has, type Mapping, TRAIT } from './mapping.ts';
import { range } from './range.ts';
import { PAGES_END, word } from './word.ts';

/** What mincore may tell of a page: 1, 0, or either. */
type Residency = 'in' | 'out' | 'either';

/** The byte strings that may be written to a place: for each, how likely nobody knows. */
type Options = readonly (readonly number[])[];

/** Pages that a target reports of in one outcome: the answer for more is a plain 0. */
const REPORTED_MAX = 1024;

export function judgeMincore(world: World, process: Process, { addr, length, vec }: CallOf<'mincore'>): Ruling {
  const { space } = process;
  const asked = range(world, addr, length);
  const { start, end } = asked;
  const pages = end - start;
  const userEnd = world.host.userEnd / PAGE_SIZE;
  const into = word(world, vec);
  const beyond = asked.addr.page >= userEnd || end > userEnd || end >= PAGES_END || asked.length.page >= userEnd;
  const vecBeyond = into.page >= userEnd || into.page + Math.ceil((into.offset + pages) / PAGE_SIZE) > userEnd;
  const refused = refusals(
    world,
    [!asked.aligned, 'mincore.unaligned', 'EINVAL'],
    [beyond && (pages > 0 || !asked.empty), 'mincore.beyond-user', 'ENOMEM'],
    [vecBeyond && pages > 0, 'mincore.bad-vec', 'EFAULT'],
  );
  if (refused.length > 0) return refused;
  if (asked.empty) return emptyRange(world, vec, beyond, vecBeyond);
  if (!isKnown(world, space, start, end)) return { open: 'asks of memory that is not the program’s' };
  if (vec.base !== 'buf') return intoMemory(world, process.name, start, end, vec);
  return space.map.covers(start, end) ? intoBuffer(world, process, start, end) : [refuse('mincore.hole', 'ENOMEM', world)];
}

/** Nothing is looked at; an address that no page can have may be refused all the same. */
function emptyRange(world: World, vec: Value, beyond: boolean, vecBeyond: boolean): Ruling {
  const nothing: Allowed = { clauses: ['mincore.length-zero'], expected: { kind: 'bytes', options: [[]] }, next: () => world };
  const allowed = [vec.base === 'buf' ? nothing : give(['mincore.length-zero'], 0, world)];
  if (beyond) allowed.push(refuse('mincore.length-zero', 'ENOMEM', world));
  if (vecBeyond) allowed.push(refuse('mincore.length-zero', 'EFAULT', world));
  return allowed;
}

/** The answer comes back with the outcome: one byte a page. */
function intoBuffer(world: World, process: Process, start: number, end: number): Ruling {
  if (end - start > REPORTED_MAX) return [give(['mincore.tells'], 0, world)];
  const told = residencies(world, process, start, end);
  const agrees = (outcome: Outcome): boolean =>
    outcome.kind === 'bytes' &&
    outcome.bytes.length === told.length &&
    outcome.bytes.every((byte, i) => (byte === 1 && told[i] !== 'out') || (byte === 0 && told[i] !== 'in'));
  return [
    {
      clauses: reasons(told),
      expected: {
        kind: 'some',
        text: `bytes ${told.map((page) => TEXT[page]).join(', ')}`,
        accepts: agrees,
        typical: { kind: 'bytes', bytes: told.map((page) => (page === 'in' ? 1 : 0)) },
      },
      next: () => world,
    },
  ];
}

const TEXT = { in: '01', out: '00', either: '00 or 01' } as const satisfies Record<Residency, string>;

function reasons(told: readonly Residency[]): [ClauseId, ...ClauseId[]] {
  const clauses: [ClauseId, ...ClauseId[]] = ['mincore.tells'];
  if (told.includes('out')) clauses.unshift('mincore.untouched');
  if (told.includes('in')) clauses.unshift('mincore.present');
  return clauses;
}

function residencies(world: World, process: Process, start: number, end: number): Residency[] {
  const told: Residency[] = [];
  for (const part of process.space.map.within(start, end)) {
    for (let page = part.start; page < part.end; page++) told.push(residency(world, process, page, part.value));
  }
  return told;
}

/** Private anonymous memory that nothing has touched since it was mapped or given up, and that no neighbour can have brought in. */
function isUntouched({ space }: Process, page: number, mapping: Mapping): boolean {
  if (mapping.object !== undefined || mapping.shared || has(mapping, TRAIT.neighbours)) return false;
  const own = space.cells.get(page);
  return own === undefined || own.absent === true;
}

/** A page that was written, or brought in by a lock, is in memory as long as the kernel has nowhere else to put it. */
function residency(world: World, process: Process, page: number, mapping: Mapping): Residency {
  if (has(mapping, TRAIT.hugetlb | TRAIT.droppable)) return 'either';
  if (isUntouched(process, page, mapping)) return world.choices['mincore.untouched'] === 'absent' ? 'out' : 'either';
  if (has(mapping, TRAIT.guard)) return 'either';
  const cell = pageCell(world, process, page, mapping);
  if (!cell.present || cell.lazy) return 'either';
  return mapping.locked === 'yes' || !mayLeave(world, cell, mapping.shared ? mapping.object : behind(process, page, mapping))
    ? 'in'
    : 'either';
}

/** The object that a private page shows; undefined where the page is the process's own. */
const behind = (process: Process, page: number, mapping: Mapping): number | undefined =>
  process.space.cells.has(page) ? undefined : mapping.object;

/**
 * The answer is written to the process's own memory, stretch by stretch up to the first hole. The writing itself can make a stack grow, and so fill
 * the hole.
 */
function intoMemory(world: World, name: string, start: number, end: number, vec: Value): Ruling {
  const succeeded = answer(world, name, start, end, vec, false);
  if ('open' in succeeded) return succeeded;
  if (succeeded.ended === 'done') return [give(succeeded.clauses, 0, succeeded.world)];
  const failed = answer(world, name, start, end, vec, true);
  if ('open' in failed) return failed;
  const hole = refuse('mincore.hole', 'ENOMEM', failed.world);
  if (failed.ended === 'hole') return [hole];
  const fault = refuse('mincore.bad-vec', 'EFAULT', failed.world);
  return failed.world.processes.get(name)!.space.map.covers(start, end) ? [fault] : [fault, hole];
}

interface Answer {
  readonly world: World;
  readonly ended: 'done' | 'hole' | 'fault';
  readonly clauses: [ClauseId, ...ClauseId[]];
}

/** @param fails  the call is known to fail, so that any beginning of the answer may have been written */
function answer(world: World, name: string, start: number, end: number, vec: Value, fails: boolean): Answer | Open {
  let after = world;
  let clauses: [ClauseId, ...ClauseId[]] = ['mincore.tells'];
  for (let page = start; page < end; ) {
    const process = after.processes.get(name)!;
    const hole = process.space.map.firstHole(page, end);
    if (hole === page) return { world: after, ended: 'hole', clauses };
    const into: Value = { base: vec.base, offset: vec.offset + (page - start) };
    const reached = reachAll(after, name, into, hole - page);
    if (reached === undefined) return { open: 'writes to memory that is not the program’s' };
    if (reached.done > REPORTED_MAX) return TOO_MANY;
    const told = asWritten(world, vec, start, end, residencies(reached.world, process, page, page + reached.done), page);
    const written = write(reached.world, name, into, told, fails);
    if (written === undefined) return TOO_MANY;
    after = written;
    clauses = reasons(told);
    if (reached.done < hole - page) return { world: after, ended: 'fault', clauses };
    page = hole;
  }
  return { world: after, ended: 'done', clauses };
}

/** Where the answer is written to pages that are asked about, it may have brought them in before they are looked at. */
function asWritten(world: World, vec: Value, start: number, end: number, told: readonly Residency[], from: number): readonly Residency[] {
  const at = word(world, vec);
  const last = at.page + Math.floor((at.offset + (end - start) - 1) / PAGE_SIZE);
  if (at.page >= end || last < start) return told;
  return told.map((residency, i) => (residency === 'out' && from + i >= at.page && from + i <= last ? 'either' : residency));
}

const TOO_MANY: Open = { open: 'more answers of mincore than can be told apart' };

/**
 * How many of `count` bytes from an address can be stored to before one cannot, and the world after the attempt, in which a stack may have grown;
 * undefined where the model does not know the memory.
 */
function reachAll(world: World, name: string, vec: Value, count: number): { readonly done: number; readonly world: World } | undefined {
  const at = word(world, vec);
  let after = world;
  for (let done = 0; done < count; ) {
    const page = at.page + Math.floor((at.offset + done) / PAGE_SIZE);
    if (!isKnown(after, after.processes.get(name)!.space, page, page + 1)) return undefined;
    const reached = reach(after, name, page, 'store');
    after = reached.world;
    if (reached.fault !== undefined) return reached.fault.foreign ? undefined : { done, world: after };
    done += PAGE_SIZE - ((at.offset + done) % PAGE_SIZE);
  }
  return { done: count, world: after };
}

/** The world with the answer in memory, or, where the call fails, with any beginning of it. @returns undefined when that is too many possibilities */
function write(world: World, name: string, vec: Value, told: readonly Residency[], fails: boolean): World | undefined {
  const at = word(world, vec);
  let after = world;
  for (let done = 0; done < told.length; ) {
    const offset = (at.offset + done) % PAGE_SIZE;
    const page = at.page + Math.floor((at.offset + done) / PAGE_SIZE);
    const piece = told.slice(done, done + PAGE_SIZE - offset);
    const options = possibleBytes(piece, fails);
    const reached = reach(after, name, page, 'store');
    if (options === undefined || reached.fault !== undefined) return undefined;
    const cell = pageCell(reached.world, reached.world.processes.get(name)!, page, reached.mapping);
    const contents = distinct(visible(cell).flatMap((content) => options.map((bytes) => writeBytes(content, offset, bytes))));
    if (contents.length > CONTENTS_MAX) return undefined;
    const lazy = has(reached.mapping, TRAIT.droppable);
    after = putCell(reached.world, name, page, reached.mapping, { contents, present: true, lazy, by: 'mincore.tells' });
    done += piece.length;
  }
  return after;
}

const BYTES = { in: [1], out: [0], either: [0, 1] } as const satisfies Record<Residency, readonly number[]>;

/** Every string of bytes that may be told of the pages; where the call fails, every beginning of one too. */
function possibleBytes(told: readonly Residency[], fails: boolean): Options | undefined {
  let strings: number[][] = [[]];
  const beginnings: number[][] = [];
  for (const page of told) {
    if (fails) beginnings.push(...strings);
    strings = strings.flatMap((string) => BYTES[page].map((byte) => [...string, byte]));
    if (strings.length + beginnings.length > 4 * CONTENTS_MAX) return undefined;
  }
  return [...strings, ...beginnings];
}

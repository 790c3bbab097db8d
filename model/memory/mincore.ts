/** mincore(addr, length, vec): which pages are in memory. Clauses mincore.* */
import type { ClauseId } from '../../spec/clauses.ts';
import type { CallOf, Value } from '../../spec/language/call.ts';
import { PAGE_SIZE } from '../../spec/language/constants.ts';
import type { Outcome } from '../../spec/language/outcome.ts';
import { type Allowed, give, type Ruling, refusals, refuse } from '../allowed.ts';
import { objectOf, type Process, type World } from '../world.ts';
import { pageCell, putCell, reach, visible } from './access.ts';
import { CONTENTS_MAX, distinct } from './cell.ts';
import { writeBytes } from './content.ts';
import { isKnown } from './knowledge.ts';
import { has, type Mapping, TRAIT } from './mapping.ts';
import { range } from './range.ts';
import { PAGES_END, word } from './word.ts';

/** What mincore may tell of a page: 1, or either. */
type Residency = 'in' | 'either';

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
  const hole = space.map.firstHole(start, end);
  if (vec.base === 'buf') return intoBuffer(world, process, start, end, hole);
  return intoMemory(world, process, start, end, hole, vec);
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
function intoBuffer(world: World, process: Process, start: number, end: number, hole: number): Ruling {
  if (hole < end) return [refuse('mincore.hole', 'ENOMEM', world)];
  if (end - start > REPORTED_MAX) return [give(['mincore.tells'], 0, world)];
  const told = residencies(world, process, start, end);
  const agrees = (outcome: Outcome): boolean =>
    outcome.kind === 'bytes' &&
    outcome.bytes.length === told.length &&
    outcome.bytes.every((byte, i) => byte === 1 || (byte === 0 && told[i] === 'either'));
  return [
    {
      clauses: reasons(told),
      expected: {
        kind: 'some',
        text: `bytes ${told.map((page) => (page === 'in' ? '01' : '00 or 01')).join(', ')}`,
        accepts: agrees,
        typical: { kind: 'bytes', bytes: told.map((page) => (page === 'in' ? 1 : 0)) },
      },
      next: () => world,
    },
  ];
}

function reasons(told: readonly Residency[]): [ClauseId, ...ClauseId[]] {
  return told.includes('in') ? ['mincore.present', 'mincore.tells'] : ['mincore.tells'];
}

function residencies(world: World, process: Process, start: number, end: number): Residency[] {
  const told: Residency[] = [];
  for (const part of process.space.map.within(start, end)) {
    for (let page = part.start; page < part.end; page++) told.push(residency(world, process, page, part.value));
  }
  return told;
}

/** A page that was written, or brought in by a lock, is in memory as long as the kernel has nowhere else to put it. */
function residency(world: World, process: Process, page: number, mapping: Mapping): Residency {
  if (has(mapping, TRAIT.guard | TRAIT.hugetlb)) return 'either';
  const cell = pageCell(world, process, page, mapping);
  if (!cell.present || cell.lazy) return 'either';
  if (mapping.locked !== 'no') return 'in';
  if (world.host.swapPages > 0) return 'either';
  const own = !mapping.shared && process.space.cells.has(page);
  if (own || mapping.object === undefined) return 'in';
  const onDisk = objectOf(world, mapping.object).kind === 'file' && world.host.fileSystem !== 'tmpfs';
  // Zeros are no loss: a page that was only read can be made again.
  return onDisk || cell.contents.some((content) => content.entries.length === 0) ? 'either' : 'in';
}

/** The answer is written to the process's own memory, stretch by stretch up to the first hole. */
function intoMemory(world: World, process: Process, start: number, end: number, hole: number, vec: Value): Ruling {
  const count = hole - start;
  const reached = reachAll(world, process.name, vec, count);
  if (reached === undefined) return { open: 'writes to memory that is not the program’s' };
  const { done } = reached;
  const told = residencies(world, process, start, Math.min(hole, start + Math.min(done, REPORTED_MAX)));
  const written = done > REPORTED_MAX ? undefined : write(reached.world, process.name, vec, told, done < end - start);
  if (written === undefined) return { open: 'more answers of mincore than can be told apart' };
  if (done < count) {
    const fault = refuse('mincore.bad-vec', 'EFAULT', written);
    return hole < end ? [fault, refuse('mincore.hole', 'ENOMEM', written)] : [fault];
  }
  if (hole < end) return [refuse('mincore.hole', 'ENOMEM', written)];
  return [give(reasons(told), 0, written)];
}

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

/** Every string of bytes that may be told of the pages; where the call fails, every beginning of one too. */
function possibleBytes(told: readonly Residency[], fails: boolean): Options | undefined {
  let strings: number[][] = [[]];
  const beginnings: number[][] = [];
  for (const page of told) {
    if (fails) beginnings.push(...strings);
    strings = strings.flatMap((string) =>
      page === 'in'
        ? [[...string, 1]]
        : [
            [...string, 0],
            [...string, 1],
          ],
    );
    if (strings.length + beginnings.length > 4 * CONTENTS_MAX) return undefined;
  }
  return [...strings, ...beginnings];
}

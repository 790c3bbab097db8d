/** load(addr, size), store(addr, value, size), exec(addr): instructions that touch memory. Clauses load.*, store.*, exec.* */
import type { ClauseId } from '../../spec/clauses.ts';
import type { CallOf, Value } from '../../spec/language/call.ts';
import { PAGE_SIZE, PROT } from '../../spec/language/constants.ts';
import { type Allowed, isOpen, type Ruling, refuse } from '../allowed.ts';
import { showing } from '../file/shown.ts';
import type { Process, World } from '../world.ts';
import { signed, WORD } from '../world.ts';
import { type AccessKind, type Fault, maybeTouched, observePage, pageCell, putCell, reach, visible, writePage } from './access.ts';
import { orElse } from './cell.ts';
import { bytesAt, writeBytes } from './content.ts';
import type { Mapping } from './mapping.ts';
import type { Assumption } from './stack.ts';
import { addressOf, word } from './word.ts';

/** The part of an access that falls in one page. */
interface Part {
  readonly page: number;
  readonly offset: number;
  readonly count: number;
  readonly mapping: Mapping;
}

const SIZES: readonly number[] = [1, 2, 4, 8];

export function judgeLoad(world: World, process: Process, call: CallOf<'load'>): Ruling {
  if (!SIZES.includes(call.size)) return [refuse('load.size', 'EINVAL', world)];
  return eitherWay((assumed) => load(world, process, call, assumed));
}

/** Where a stack may or may not grow, what follows if it does not, and if it does. */
function eitherWay(judge: (assumed: Assumption | undefined) => Ruling | 'unsure'): Ruling {
  const sure = judge(undefined);
  if (sure !== 'unsure') return sure;
  const ways = [judge('stays'), judge('grows')];
  const decided: Allowed[] = [];
  for (const way of ways) {
    if (way === 'unsure' || isOpen(way)) return way === 'unsure' ? { open: 'whether two stacks grow' } : way;
    decided.push(...way);
  }
  return decided;
}

function load(world: World, process: Process, call: CallOf<'load'>, assumed: Assumption | undefined): Ruling | 'unsure' {
  const touched = touch(world, process.name, call.addr, call.size, 'load', assumed);
  if (touched === 'unsure') return touched;
  if ('ruling' in touched) return touched.ruling;
  const { parts } = touched;
  let options: readonly (readonly number[])[] = [[]];
  const clauses: [ClauseId, ...ClauseId[]] = ['load.value', ...touched.also];
  for (const part of parts) {
    const toucher = touched.world.processes.get(process.name)!;
    const cell = pageCell(touched.world, toucher, part.page, part.mapping);
    clauses.push(cell.by);
    const shown = showing(touched.world, toucher, part.page, part.offset, part.mapping);
    if (shown !== undefined) clauses.push(shown);
    if ((part.mapping.prot & PROT.r) === 0) clauses.push('load.implied-read');
    const heads = visible(cell).map((content) => bytesAt(content, part.offset, part.count));
    options = heads.flatMap((head) => options.map((option) => [...option, ...head]));
  }
  return [
    {
      clauses,
      expected: { kind: 'bytes', options },
      next: (outcome) => (outcome.kind === 'bytes' ? observeParts(touched.world, process.name, parts, outcome.bytes) : undefined),
    },
  ];
}

function observeParts(world: World, name: string, parts: readonly Part[], bytes: readonly number[]): World | undefined {
  let from = 0;
  let after: World | undefined = world;
  for (const part of parts) {
    const start = from;
    after = observePage(after, name, part.page, part.mapping, (content) =>
      bytesAt(content, part.offset, part.count).every((byte, i) => byte === bytes[start + i]),
    );
    if (after === undefined) return undefined;
    from += part.count;
  }
  return after;
}

export function judgeStore(world: World, process: Process, call: CallOf<'store'>): Ruling {
  if (!SIZES.includes(call.size)) return [refuse('load.size', 'EINVAL', world)];
  return eitherWay((assumed) => store(world, process, call, assumed));
}

function store(world: World, process: Process, call: CallOf<'store'>, assumed: Assumption | undefined): Ruling | 'unsure' {
  const touched = touch(world, process.name, call.addr, call.size, 'store', assumed);
  if (touched === 'unsure') return touched;
  const bytes = storedBytes(world, call.value, call.size);
  if ('ruling' in touched) return touched.reached.length === 0 ? touched.ruling : acrossEdge(touched, process.name, bytes);
  return [
    {
      clauses: isPastEnd(touched.world, process, touched.parts[0]!)
        ? ['store.value', 'file_mapping.tail-zero', ...touched.also]
        : ['store.value', ...touched.also],
      expected: { kind: 'value', value: 0 },
      next: () => writeParts(touched.world, process.name, touched.parts, bytes, 'store.value'),
    },
  ];
}

/** The access begins past the end of a file, in its last page. */
function isPastEnd(world: World, process: Process, { page, offset, mapping }: Part): boolean {
  return mapping.shared && showing(world, process, page, offset, mapping) === 'file_mapping.tail-zero';
}

/** The store faults in its second page, when it has reached its first. Clause store.across */
function acrossEdge({ ruling, reached }: Faulted, name: string, bytes: readonly number[]): Ruling {
  if (isOpen(ruling)) return ruling;
  return ruling.map(
    (fault): Allowed => ({
      ...fault,
      clauses: [...fault.clauses, 'store.across'],
      next: (outcome) => {
        const after = fault.next(outcome);
        return after === undefined || after.choices['store.across'] === 'all-or-nothing'
          ? after
          : maybeWritten(after, name, reached[0]!, bytes);
      },
    }),
  );
}

function maybeWritten(world: World, name: string, { page, offset, count, mapping }: Part, bytes: readonly number[]): World {
  const cell = pageCell(world, world.processes.get(name)!, page, mapping);
  const written = writePage(world, name, page, mapping, 'store.across', (content) => writeBytes(content, offset, bytes.slice(0, count)));
  const either = orElse(pageCell(written, written.processes.get(name)!, page, mapping), 'store.across', visible(cell));
  return putCell(written, name, page, mapping, { ...either, present: cell.present, lazy: cell.lazy || either.lazy });
}

/** The bytes that a store of the value puts into memory, lowest address first. */
function storedBytes(world: World, value: Value, size: number): readonly number[] {
  if (value.base === 'code') return world.host.code.slice(0, size);
  // 2^63 plus an offset is inexact as one number: it is the offset with its highest bit turned over.
  let rest = value.base === 'high' ? value.offset : signed(world, value);
  const bytes: number[] = [];
  for (let i = 0; i < size; i++) {
    const next = Math.floor(rest / 256);
    bytes.push(rest - next * 256);
    rest = next;
  }
  if (value.base === 'high' && size === 8) bytes[7]! ^= 0x80;
  return bytes;
}

function writeParts(world: World, name: string, parts: readonly Part[], bytes: readonly number[], by: ClauseId): World {
  let from = 0;
  let after = world;
  for (const part of parts) {
    const piece = parts.length === 1 ? bytes : bytes.slice(from, from + part.count);
    after = writePage(after, name, part.page, part.mapping, by, (content) => writeBytes(content, part.offset, piece));
    from += part.count;
  }
  return after;
}

/** The world after a load that found what the law did not expect: memory holds it. */
export function observedBytes(world: World, name: string, call: CallOf<'load'>, bytes: readonly number[]): World | undefined {
  const touched = touch(world, name, call.addr, call.size, 'load', 'grows');
  return touched === 'unsure' || 'ruling' in touched ? undefined : writeParts(touched.world, name, touched.parts, bytes, 'load.value');
}

export function judgeExec(world: World, process: Process, call: CallOf<'exec'>): Ruling {
  return eitherWay((assumed) => exec(world, process, call, assumed));
}

function exec(world: World, process: Process, call: CallOf<'exec'>, assumed: Assumption | undefined): Ruling | 'unsure' {
  const touched = touch(world, process.name, call.addr, world.host.code.length, 'load', assumed);
  if (touched === 'unsure') return touched;
  const fetch = touch('ruling' in touched ? world : touched.world, process.name, call.addr, 1, 'exec', assumed);
  if (fetch === 'unsure') return fetch;
  if ('ruling' in touched) return 'ruling' in fetch ? fetch.ruling : { open: 'exec of a page that cannot be read' };
  const blocked = 'ruling' in fetch ? fetch.ruling : [];
  if (isOpen(blocked)) return blocked;
  const part = touched.parts[0]!;
  if (touched.parts.length > 1) return { open: 'code that lies across the edge of a page' };
  const code = world.host.code;
  const isCode = (bytes: readonly number[]): boolean => bytes.every((byte, i) => byte === code[i]);
  const contents = visible(pageCell(touched.world, touched.world.processes.get(process.name)!, part.page, part.mapping));
  const allowed: Allowed[] = [];
  const seen = (agrees: boolean): World | undefined =>
    observePage(touched.world, process.name, part.page, part.mapping, (c) => isCode(bytesAt(c, part.offset, code.length)) === agrees);
  if (contents.some((c) => isCode(bytesAt(c, part.offset, code.length)))) {
    for (const fault of blocked) allowed.push({ ...fault, next: () => seen(true) });
    if (blocked.length === 0) allowed.push({ clauses: ['exec.runs'], expected: { kind: 'value', value: 42 }, next: () => seen(true) });
  }
  if (!contents.every((c) => isCode(bytesAt(c, part.offset, code.length)))) {
    allowed.push({ clauses: ['exec.refused'], expected: { kind: 'stop', how: 'refused' }, next: () => seen(false) });
  }
  return allowed;
}

type Touched = { readonly world: World; readonly parts: readonly Part[]; readonly also: readonly ClauseId[] } | Faulted;

/** The fault, or nobody knows; and what the access reached before that. */
interface Faulted {
  readonly ruling: Ruling;
  readonly reached: readonly Part[];
}

const GREW: readonly ClauseId[] = ['stack.grows'];
const DID_NOT_GROW: readonly ClauseId[] = [];

/** Reaches every page of an access, or nobody can say without an assumption; the first page that faults decides, at the first byte of the access that lies in it. */
function touch(
  world: World,
  name: string,
  addr: Value,
  size: number,
  kind: AccessKind,
  assumed: Assumption | undefined,
): Touched | 'unsure' {
  const at = word(world, addr);
  const number = signed(world, addr);
  const last = world.host.userEnd / PAGE_SIZE;
  if (at.page >= last) return { ruling: [faulted(world, beyondUser(at.page), number, DID_NOT_GROW)], reached: [] };
  const parts: Part[] = [];
  let after = world;
  let also = DID_NOT_GROW;
  for (let done = 0; done < size; ) {
    const page = done === 0 ? at.page : at.page + 1;
    const offset = done === 0 ? at.offset : 0;
    const address = done === 0 ? number : addressOf(page);
    if (page >= last) return faultAfter(after, name, parts, kind, faulted(after, beyondUser(page), address, also));
    const reached = reach(after, name, page, kind, assumed);
    if (reached.grew) also = GREW;
    if (reached.fault?.foreign === 'stack') return 'unsure';
    if (reached.fault?.foreign === 'page') return { ruling: { open: 'touches memory that is not the program’s' }, reached: parts };
    if (reached.fault !== undefined)
      return faultAfter(reached.world, name, parts, kind, faulted(reached.world, reached.fault, address, also));
    after = reached.world;
    const count = Math.min(size - done, PAGE_SIZE - offset);
    parts.push({ page, offset, count, mapping: reached.mapping });
    done += count;
  }
  return { world: after, parts, also };
}

/** The fault of an access, in its second page where it has reached its first. */
function faultAfter(world: World, name: string, parts: readonly Part[], kind: AccessKind, fault: Allowed): Faulted {
  const first = parts[0];
  if (first === undefined) return { ruling: [fault], reached: parts };
  if (kind !== 'store' || world.choices['store.across-copies'] === 'stays' || !showsObject(world, name, first)) {
    const after = maybeTouched(world, name, first.page, first.mapping);
    return { ruling: [{ ...fault, next: () => after }], reached: parts };
  }
  const { contents, lazy } = pageCell(world, world.processes.get(name)!, first.page, first.mapping);
  const after = putCell(world, name, first.page, first.mapping, { contents, present: true, lazy, by: 'store.across-copies' });
  return { ruling: [{ ...fault, clauses: [...fault.clauses, 'store.across-copies'], next: () => after }], reached: parts };
}

/** The page is private and shows what its object holds: the process has no copy of it. */
function showsObject(world: World, name: string, { page, mapping }: Part): boolean {
  return mapping.object !== undefined && !mapping.shared && !world.processes.get(name)!.space.cells.has(page);
}

/** Addresses past the user's end: the kernel's half faults like an unmapped page, an address that is not canonical has no address to report. */
function beyondUser(page: number): Fault {
  const canonical = page < 2 ** 35 || page >= 2 ** 52 - 2 ** 35;
  return { signal: 'SIGSEGV', code: canonical ? 'MAPERR' : 'KERNEL', clause: canonical ? 'load.beyond-user' : 'load.non-canonical' };
}

function faulted(world: World, fault: Fault, address: number, also: readonly ClauseId[]): Allowed {
  const reported = fault.code === 'KERNEL' ? 0 : address < 0 ? address + WORD : address;
  return {
    clauses: [fault.clause, ...also],
    expected: { kind: 'fault', signal: fault.signal, code: fault.code, address: reported },
    next: () => world,
  };
}

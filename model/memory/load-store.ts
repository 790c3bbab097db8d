/** load(addr, size), store(addr, value, size), exec(addr): instructions that touch memory. Clauses load.*, store.*, exec.* */
import type { ClauseId } from '../../spec/clauses.ts';
import type { CallOf, Value } from '../../spec/language/call.ts';
import { PAGE_SIZE } from '../../spec/language/constants.ts';
import { type Allowed, type Ruling, refuse } from '../allowed.ts';
import type { Process, World } from '../world.ts';
import { signed, WORD } from '../world.ts';
import { type AccessKind, type Fault, observePage, pageCell, reach, visible, writePage } from './access.ts';
import { bytesAt, writeBytes } from './content.ts';
import type { Mapping } from './mapping.ts';
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
  const touched = touch(world, process.name, call.addr, call.size, 'load');
  if ('fault' in touched) return [touched.fault];
  const { parts } = touched;
  let options: readonly (readonly number[])[] = [[]];
  const clauses: [ClauseId, ...ClauseId[]] = ['load.value'];
  for (const part of parts) {
    const cell = pageCell(touched.world, touched.world.processes.get(process.name)!, part.page, part.mapping);
    clauses.push(cell.by);
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
  const touched = touch(world, process.name, call.addr, call.size, 'store');
  if ('fault' in touched) return [touched.fault];
  const bytes = storedBytes(world, call.value, call.size);
  return [
    {
      clauses: ['store.value'],
      expected: { kind: 'value', value: 0 },
      next: () => writeParts(touched.world, process.name, touched.parts, bytes, 'store.value'),
    },
  ];
}

/** The bytes that a store of the value puts into memory, lowest address first. */
function storedBytes(world: World, value: Value, size: number): readonly number[] {
  if (value.base === 'code') return world.host.code.slice(0, size);
  let rest = signed(world, value);
  if (rest < 0) rest += WORD;
  const bytes: number[] = [];
  for (let i = 0; i < size; i++) {
    bytes.push(rest % 256);
    rest = Math.floor(rest / 256);
  }
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
  const touched = touch(world, name, call.addr, call.size, 'load');
  return 'fault' in touched ? undefined : writeParts(touched.world, name, touched.parts, bytes, 'load.value');
}

export function judgeExec(world: World, process: Process, call: CallOf<'exec'>): Ruling {
  const at = word(world, call.addr);
  if (at.offset > PAGE_SIZE - world.host.code.length) return { open: 'exec across a page edge' };
  const touched = touch(world, process.name, call.addr, world.host.code.length, 'load');
  const fetch = touch('fault' in touched ? world : touched.world, process.name, call.addr, 1, 'exec');
  if ('fault' in touched) return 'fault' in fetch ? [fetch.fault] : { open: 'exec of a page that cannot be read' };
  const part = touched.parts[0]!;
  const code = world.host.code;
  const isCode = (bytes: readonly number[]): boolean => bytes.every((byte, i) => byte === code[i]);
  const contents = visible(pageCell(touched.world, touched.world.processes.get(process.name)!, part.page, part.mapping));
  const allowed: Allowed[] = [];
  const seen = (agrees: boolean): World | undefined =>
    observePage(touched.world, process.name, part.page, part.mapping, (c) => isCode(bytesAt(c, part.offset, code.length)) === agrees);
  if (contents.some((c) => isCode(bytesAt(c, part.offset, code.length)))) {
    if ('fault' in fetch) allowed.push({ ...fetch.fault, next: () => seen(true) });
    else allowed.push({ clauses: ['exec.runs'], expected: { kind: 'value', value: 42 }, next: () => seen(true) });
  }
  if (!contents.every((c) => isCode(bytesAt(c, part.offset, code.length)))) {
    allowed.push({ clauses: ['exec.refused'], expected: { kind: 'stop', how: 'refused' }, next: () => seen(false) });
  }
  return allowed;
}

type Touched = { readonly world: World; readonly parts: readonly Part[] } | { readonly fault: Allowed };

/** Reaches every page of an access; the first page that faults decides, at the first byte of the access that lies in it. */
function touch(world: World, name: string, addr: Value, size: number, kind: AccessKind): Touched {
  const at = word(world, addr);
  const number = signed(world, addr);
  const last = world.host.userEnd / PAGE_SIZE;
  if (at.page >= last) return { fault: faulted(world, beyondUser(at.page), number) };
  const parts: Part[] = [];
  let after = world;
  for (let done = 0; done < size; ) {
    const page = done === 0 ? at.page : at.page + 1;
    const offset = done === 0 ? at.offset : 0;
    const address = done === 0 ? number : addressOf(page);
    if (page >= last) return { fault: faulted(after, beyondUser(page), address) };
    const reached = reach(after, name, page, kind);
    if (reached.fault !== undefined) return { fault: faulted(reached.world, reached.fault, address) };
    after = reached.world;
    const count = Math.min(size - done, PAGE_SIZE - offset);
    parts.push({ page, offset, count, mapping: reached.mapping });
    done += count;
  }
  return { world: after, parts };
}

/** Addresses past the user's end: the kernel's half faults like an unmapped page, an address that is not canonical has no address to report. */
function beyondUser(page: number): Fault {
  const canonical = page < 2 ** 35 || page >= 2 ** 52 - 2 ** 35;
  return { signal: 'SIGSEGV', code: canonical ? 'MAPERR' : 'KERNEL', clause: canonical ? 'load.beyond-user' : 'load.non-canonical' };
}

function faulted(world: World, fault: Fault, address: number): Allowed {
  const reported = fault.code === 'KERNEL' ? 0 : address < 0 ? address + WORD : address;
  return {
    clauses: [fault.clause],
    expected: { kind: 'fault', signal: fault.signal, code: fault.code, address: reported },
    next: () => world,
  };
}

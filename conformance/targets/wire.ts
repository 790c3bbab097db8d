/**
 * The frames between the suite and the agent, little endian: a u32 length, then so many bytes.
 *
 *     request  u32 id · u16 timeout in ms · u16 steps · u16 audit ranges · steps · ranges
 *     step     u8 process · u8 call · u16 slot of the result (0xffff: none) · u8 arguments · arguments
 *     argument u16 slot · i64 offset; a vector is its count (an argument of slot 0) followed by that many address, length pairs
 *     range    u16 slot · i64 offset · u16 pages · u8 flags (1: try exec on every second page, 2: try everything on every page, 4: load from every page)
 *     answer   u32 id · u8 status · u16 outcomes · u8 audits · outcomes · audits
 *     outcome  u8 kind · value i64 | errno u16 | fault u8 signal, i32 code, u64 address | bytes u16 count, bytes | stop u8
 *     audit    u8 process · u16 pages · pages of: u64 address · u8 load · u8 store · u8 exec · u8 0 · u32 hash
 *
 * Slots 0 to 8 are BASES, 16 and up the program's names in order of their binding. A pipe's name takes two: its
 * read end, also `name.r`, and its write end, `name.w`. fork has one argument, the index of the new process.
 */
import { BASES, CALL_KINDS, CALLS, type Call, type CallKind, type Field, type Iovec, type Value } from '../../spec/language/call.ts';
import { ERRNO, type Errno, SIGNAL, SIGNAL_CODES, type Signal } from '../../spec/language/constants.ts';
import type { AuditPage, Outcome, Place, Probe, ProcessAudit, Stop, Trace } from '../../spec/language/outcome.ts';
import { FIRST_PROCESS, type Program } from '../../spec/language/program.ts';
import type { AuditRange } from './audit.ts';

/** Bytes of the buffer that `buf` names. */
export const BUF_BYTES = 65536;
/** Longest request that the agent reads, and longest answer that it gives. */
export const REQUEST_BYTES_MAX = 1 << 20;
export const ANSWER_BYTES_MAX = 2 << 20;
export const STEPS_MAX = 16384;
export const PROCESSES_MAX = 16;

const FIRST_NAME_SLOT = 16;
const NO_SLOT = 0xffff;
const STEP_HEAD = 5;
const ARG_BYTES = 10;
const ARGS_MAX = 255;
const RANGE_BYTES = 13;
const REQUEST_HEAD = 14; // with the length

const CALL_INDEX = Object.fromEntries(CALL_KINDS.map((kind, index) => [kind, index])) as Record<CallKind, number>;
const FIELDS: Readonly<Record<CallKind, readonly Field[]>> = CALLS;

/** A program that cannot be put on the wire: an unknown name, or more of something than fits. */
export class UnencodableProgram extends Error {
  override readonly name = 'UnencodableProgram';
}

/** Where a program's names and processes stand on the wire. */
interface Numbering {
  readonly slots: ReadonlyMap<string, number>;
  readonly processes: ReadonlyMap<string, number>;
}

const FIXED_SLOTS = BASES.map((base, slot) => [base, slot] as const);

/** The numbers of a program's names and processes, in order of their binding. */
export function numberNames(program: Program): Numbering {
  const slots = new Map<string, number>(FIXED_SLOTS);
  const processes = new Map<string, number>([[FIRST_PROCESS, 0]]);
  let next = FIRST_NAME_SLOT;
  for (const { call, result } of program.steps) {
    if (call.kind === 'fork') {
      if (result !== undefined && processes.has(result)) throw new UnencodableProgram(`there are two processes ${result}`);
      processes.set(result ?? `#${processes.size}`, processes.size);
    }
    if (result === undefined || slots.has(result)) continue;
    slots.set(result, next);
    if (call.kind === 'pipe') {
      slots.set(`${result}.r`, next);
      slots.set(`${result}.w`, next + 1);
    }
    next += call.kind === 'pipe' ? 2 : 1;
  }
  return { slots, processes };
}

/** Writes a number of up to 53 bits and its sign as an i64. */
function putInt64(view: DataView, at: number, value: number): void {
  const high = Math.floor(value / 0x1_0000_0000);
  view.setUint32(at, value - high * 0x1_0000_0000, true);
  view.setInt32(at + 4, high, true);
}

/** An i64 as a number; exact up to 53 bits. */
const getInt64 = (view: DataView, at: number): number => view.getInt32(at + 4, true) * 0x1_0000_0000 + view.getUint32(at, true);
const getUint64 = (view: DataView, at: number): number => view.getUint32(at + 4, true) * 0x1_0000_0000 + view.getUint32(at, true);

/** Collects requests into one run of bytes, to be written at once. */
export class RequestWriter {
  #bytes = new Uint8Array(1 << 16);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  /**
   * Appends the frame of a program.
   * @returns where the frame ends, in bytes from the first frame's start @throws UnencodableProgram
   */
  add(id: number, program: Program, ranges: readonly AuditRange[], timeoutMs: number): number {
    const start = this.#length;
    try {
      this.#add(id, program, ranges, timeoutMs);
    } catch (error) {
      this.#length = start;
      throw error;
    }
    return this.#length;
  }

  /** The frames so far; the writer is empty afterwards. */
  take(): Uint8Array {
    const taken = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return taken;
  }

  #reserve(bytes: number): number {
    const at = this.#length;
    this.#length += bytes;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length));
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }

  #add(id: number, program: Program, ranges: readonly AuditRange[], timeoutMs: number): void {
    if (program.steps.length > STEPS_MAX) throw new UnencodableProgram(`a program has at most ${STEPS_MAX} steps`);
    const { slots, processes } = numberNames(program);
    if (processes.size > PROCESSES_MAX) throw new UnencodableProgram(`a program has at most ${PROCESSES_MAX} processes`);
    const head = this.#reserve(REQUEST_HEAD);
    let forks = 0;
    for (const step of program.steps) {
      const { call, result } = step;
      const process = processes.get(step.process);
      if (process === undefined) throw new UnencodableProgram(`there is no process ${step.process}`);
      const at = this.#reserve(STEP_HEAD);
      if (call.kind === 'fork') this.#argument(0, ++forks);
      else this.#arguments(call, slots);
      const argc = (this.#length - at - STEP_HEAD) / ARG_BYTES;
      if (argc > ARGS_MAX) throw new UnencodableProgram(`a call has at most ${ARGS_MAX} numbers`);
      const view = this.#view;
      view.setUint8(at, process);
      view.setUint8(at + 1, CALL_INDEX[call.kind]);
      view.setUint16(at + 2, result === undefined ? NO_SLOT : slots.get(result)!, true);
      view.setUint8(at + 4, argc);
    }
    for (const range of ranges) {
      const at = this.#reserve(RANGE_BYTES);
      this.#view.setUint16(at, this.#slot(range.base, slots), true);
      putInt64(this.#view, at + 2, range.offset);
      this.#view.setUint16(at + 10, range.pages, true);
      this.#view.setUint8(at + 12, (range.exec ? 1 : 0) | (range.thorough ? 2 : 0) | (range.loads ? 4 : 0));
    }
    if (this.#length - head - 4 > REQUEST_BYTES_MAX) throw new UnencodableProgram(`a program takes at most ${REQUEST_BYTES_MAX} bytes`);
    this.#view.setUint32(head, this.#length - head - 4, true);
    this.#view.setUint32(head + 4, id, true);
    this.#view.setUint16(head + 8, timeoutMs, true);
    this.#view.setUint16(head + 10, program.steps.length, true);
    this.#view.setUint16(head + 12, ranges.length, true);
  }

  #arguments(call: Call, slots: ReadonlyMap<string, number>): void {
    const values = call as unknown as Readonly<Record<string, Value | number | readonly Iovec[]>>;
    for (const { name } of FIELDS[call.kind]) {
      const value = values[name]!;
      if (typeof value === 'number') {
        this.#argument(0, value);
      } else if ('base' in value) {
        this.#argument(this.#slot(value.base, slots), value.offset);
      } else {
        this.#argument(0, value.length);
        for (const { addr, length } of value) {
          this.#argument(this.#slot(addr.base, slots), addr.offset);
          this.#argument(this.#slot(length.base, slots), length.offset);
        }
      }
    }
  }

  #argument(slot: number, offset: number): void {
    const at = this.#reserve(ARG_BYTES);
    this.#view.setUint16(at, slot, true);
    putInt64(this.#view, at + 2, offset);
  }

  #slot(name: string, slots: ReadonlyMap<string, number>): number {
    const slot = slots.get(name);
    if (slot === undefined) throw new UnencodableProgram(`the name ${name} is not bound`);
    return slot;
  }
}

/** The frame of one program. @throws UnencodableProgram */
export function encodeProgram(program: Program, options: { id: number; ranges: readonly AuditRange[]; timeoutMs: number }): Uint8Array {
  const writer = new RequestWriter();
  writer.add(options.id, program, options.ranges, options.timeoutMs);
  return writer.take();
}

/** The agent answered what no agent answers. */
export class BadAnswer extends Error {
  override readonly name = 'BadAnswer';
}

export type Answer =
  | { readonly status: 'done'; readonly id: number; readonly trace: Trace }
  | { readonly status: 'rejected' | 'lost'; readonly id: number };

const ERRNO_NAMES = new Map<number, Errno>(
  Object.entries(ERRNO)
    .filter(([name]) => name !== 'ENOTSUP')
    .map(([name, number]) => [number, name as Errno]),
);
const SIGNAL_NAMES = new Map<number, Signal>(Object.entries(SIGNAL).map(([name, number]) => [number, name as Signal]));
const CODE_NAMES = new Map<string, ReadonlyMap<number, string>>(
  Object.entries(SIGNAL_CODES).map(([signal, codes]) => [signal, new Map(Object.entries(codes).map(([name, number]) => [number, name]))]),
);
const STOPS: readonly Stop[] = ['exited', 'blocked', 'killed', 'gone', 'refused'];
const PROBES: readonly Probe[] = ['ok', 'SIGSEGV/MAPERR', 'SIGSEGV/ACCERR', 'SIGBUS/ADRERR', 'other'];
const UNKNOWN_PROBE = 255;
const PAGE_ENTRY_BYTES = 16;

/** Reads an answer's payload; every byte must be accounted for. */
class AnswerReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(payload: Uint8Array) {
    this.#bytes = payload;
    this.#view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  }

  /** Moves on by some bytes and gives where they start. */
  skip(bytes: number): number {
    const at = this.#at;
    this.#at += bytes;
    if (this.#at > this.#bytes.length) throw new BadAnswer('an answer ends too soon');
    return at;
  }

  u8(): number {
    return this.#view.getUint8(this.skip(1));
  }

  u16(): number {
    return this.#view.getUint16(this.skip(2), true);
  }

  u32(): number {
    return this.#view.getUint32(this.skip(4), true);
  }

  outcome(): Outcome {
    const kind = this.u8();
    switch (kind) {
      case 0:
        return { kind: 'value', value: getInt64(this.#view, this.skip(8)) };
      case 1: {
        const number = this.u16();
        return { kind: 'errno', errno: ERRNO_NAMES.get(number) ?? `E${number}` };
      }
      case 2:
        return this.#fault();
      case 3: {
        const count = this.u16();
        const at = this.skip(count);
        return { kind: 'bytes', bytes: Array.from(this.#bytes.subarray(at, at + count)) };
      }
      case 4: {
        const how = STOPS[this.u8()];
        if (how === undefined) throw new BadAnswer('an answer has an unknown stop');
        return { kind: 'stop', how };
      }
      default:
        throw new BadAnswer(`an answer has an outcome of kind ${kind}`);
    }
  }

  #fault(): Outcome {
    const number = this.u8();
    const signal = SIGNAL_NAMES.get(number);
    if (signal === undefined) throw new BadAnswer(`an answer has signal ${number}`);
    const code = this.#view.getInt32(this.skip(4), true);
    return { kind: 'fault', signal, code: CODE_NAMES.get(signal)?.get(code) ?? String(code), address: getUint64(this.#view, this.skip(8)) };
  }

  audit(program: Program): ProcessAudit {
    const index = this.u8();
    const process = index === 0 ? FIRST_PROCESS : [...numberNames(program).processes.keys()][index];
    if (process === undefined) throw new BadAnswer('an answer audits a process that the program does not have');
    const count = this.u16();
    let at = this.skip(count * PAGE_ENTRY_BYTES);
    const pages: AuditPage[] = [];
    for (let i = 0; i < count; i++, at += PAGE_ENTRY_BYTES) {
      pages.push({
        address: getUint64(this.#view, at),
        load: this.#probe(at + 8),
        store: this.#probe(at + 9),
        exec: this.#probe(at + 10),
        hash: this.#view.getUint32(at + 12, true),
      });
    }
    return { process, pages };
  }

  #probe(at: number): Probe {
    const number = this.#bytes[at]!;
    if (number === UNKNOWN_PROBE) return 'unknown';
    const probe = PROBES[number];
    if (probe === undefined) throw new BadAnswer(`an answer has probe ${number}`);
    return probe;
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw new BadAnswer('an answer is longer than it says');
  }
}

/**
 * Reads the answer to a program. @param payload  a frame without its length @throws BadAnswer
 */
export function decodeAnswer(payload: Uint8Array, expected: { id: number; program: Program; place: Place }): Answer {
  const reader = new AnswerReader(payload);
  const id = reader.u32();
  const status = reader.u8();
  const outcomeCount = reader.u16();
  const auditCount = reader.u8();
  if (id !== expected.id) throw new BadAnswer(`an answer is for program ${id}, not ${expected.id}`);
  if (status > 2) throw new BadAnswer(`an answer has status ${status}`);
  if (status !== 0) {
    reader.end();
    return { status: status === 1 ? 'rejected' : 'lost', id };
  }
  const { program, place } = expected;
  if (outcomeCount !== program.steps.length)
    throw new BadAnswer(`an answer has ${outcomeCount} outcomes for ${program.steps.length} steps`);
  const outcomes: Outcome[] = [];
  for (let i = 0; i < outcomeCount; i++) outcomes.push(reader.outcome());
  const audits: ProcessAudit[] = [];
  for (let i = 0; i < auditCount; i++) audits.push(reader.audit(program));
  reader.end();
  return { status: 'done', id, trace: { place, outcomes, audits } };
}

/** Cuts a byte stream into frames. */
export class FrameReader {
  #pending: Uint8Array = new Uint8Array(0);

  /**
   * Takes more bytes and gives each frame that they complete to `onFrame`, without its length, as a view that is left alone afterwards.
   * @throws BadAnswer  when a length is beyond `bytesMax`; the frames before it have been given
   */
  push(bytes: Uint8Array, bytesMax: number, onFrame: (payload: Uint8Array) => void): void {
    let data = bytes;
    if (this.#pending.length > 0) {
      data = new Uint8Array(this.#pending.length + bytes.length);
      data.set(this.#pending);
      data.set(bytes, this.#pending.length);
    }
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    let at = 0;
    while (data.length - at >= 4) {
      const length = view.getUint32(at, true);
      if (length > bytesMax) throw new BadAnswer(`a frame of ${length} bytes`);
      if (data.length - at - 4 < length) break;
      onFrame(data.subarray(at + 4, at + 4 + length));
      at += 4 + length;
    }
    this.#pending = data.subarray(at);
  }
}

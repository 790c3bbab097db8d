/** The state of everything that a program can see, as one immutable value. */
import type { Choices } from '../spec/dialects/dialect.ts';
import type { Host } from '../spec/dialects/host.ts';
import type { Value } from '../spec/language/call.ts';
import type { Place } from '../spec/language/outcome.ts';
import { FIRST_PROCESS } from '../spec/language/program.ts';
import { type AddressSpace, emptySpace } from './memory/address-space.ts';
import type { MemoryObject } from './memory/object.ts';
import type { Slice } from './memory/slice.ts';
import { type Table, table, withEntry } from './table.ts';

export type LimitName = keyof Host['limits'];
export interface Limit {
  readonly soft: number;
  readonly hard: number;
}

/** A process, alive or not yet waited for. */
export interface Process {
  readonly name: string;
  /** Its id as fork told it; of the first process 0, since no program can learn it. */
  readonly pid: number;
  readonly parent: string | undefined;
  readonly state: 'running' | 'exited' | 'reaped';
  readonly status: number;
  readonly space: AddressSpace;
  /** Descriptor number → open file description. */
  readonly fds: Table<number>;
  readonly limits: Readonly<Record<LimitName, Limit>>;
}

/** An open file description: what descriptors made by dup and fork share. */
export interface OpenFile {
  readonly kind: 'file' | 'pipe-read' | 'pipe-write';
  /** The file's object, or the pipe. */
  readonly object: number;
  /** O_* as opened. */
  readonly flags: number;
  readonly offset: number;
}

export interface Pipe {
  /** Bytes written and not yet read, oldest first, each of at most a page. */
  readonly buffers: readonly Slice[];
}

/** A SysV shared memory segment: its object, and whether IPC_RMID was asked for. */
export interface Segment {
  readonly object: number;
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
  readonly removed: boolean;
}

interface Name {
  readonly name: string;
  readonly value: number;
  readonly older: Name | undefined;
}

export interface World {
  readonly host: Host;
  readonly choices: Choices;
  readonly place: Place;
  readonly names: Name | undefined;
  readonly processes: ReadonlyMap<string, Process>;
  readonly objects: Table<MemoryObject>;
  readonly openFiles: Table<OpenFile>;
  readonly pipes: Table<Pipe>;
  /** The private directory: file number → object. */
  readonly directory: Table<number>;
  readonly segments: Table<Segment>;
  /** Next id for a mapping, object, open file description or pipe. */
  readonly nextId: number;
}

/** The world at the start of a program: one process that has mapped nothing and opened nothing. */
export function startWorld(host: Host, choices: Choices, place: Place): World {
  const first: Process = {
    name: FIRST_PROCESS,
    pid: 0,
    parent: undefined,
    state: 'running',
    status: 0,
    space: emptySpace(place.heap),
    fds: table(),
    limits: host.limits,
  };
  return {
    host,
    choices,
    place,
    names: undefined,
    processes: new Map([[FIRST_PROCESS, first]]),
    objects: table(),
    openFiles: table(),
    pipes: table(),
    directory: table(),
    segments: table(),
    nextId: 1,
  };
}

export function lookup(world: World, name: string): number | undefined {
  for (let n = world.names; n !== undefined; n = n.older) if (n.name === name) return n.value;
  return undefined;
}

export function bind(world: World, name: string, value: number): World {
  return { ...world, names: { name, value, older: world.names } };
}

/** 2^64: an address or length is a 64-bit number, so a negative one is this much more. */
export const WORD = 2 ** 64;

/**
 * The signed number that a value stands for: negative numbers are the upper half of the 64-bit range (`-1` is 2^64 − 1), `high` plus an offset is
 * near 2^63 and inexact. A name that was never bound (its call failed) is −1.
 */
export function signed(world: World, value: Value): number {
  switch (value.base) {
    case 'abs':
      return value.offset;
    case 'arena':
      return world.place.arena + value.offset;
    case 'heap':
      return world.place.heap + value.offset;
    case 'top':
      return world.host.userEnd + value.offset;
    case 'high':
      return 2 ** 63 + value.offset;
    case 'buf':
      return world.place.buf + value.offset;
    case 'vm':
      return world.host.vm + value.offset;
    case 'vmdata':
      return world.host.vmData + value.offset;
    case 'code':
      return 0;
    default:
      return (lookup(world, value.base) ?? -1) + value.offset;
  }
}

/** The unsigned 64-bit number, as a double: exact below 2^53; above, only that it is that large matters. */
export function unsigned(world: World, value: Value): number {
  const number = signed(world, value);
  return number < 0 ? number + WORD : number;
}

export function processOf(world: World, name: string): Process {
  const process = world.processes.get(name);
  if (process === undefined) throw new Error(`the model has no process ${name}`);
  return process;
}

export function withProcess(world: World, process: Process): World {
  // A loop: the constructor of Map takes twice as long to copy another, and most steps change a process.
  const processes = new Map<string, Process>();
  for (const [name, other] of world.processes) processes.set(name, other);
  processes.set(process.name, process);
  return { ...world, processes };
}

export function withSpace(world: World, process: Process, space: AddressSpace): World {
  return space === process.space ? world : withProcess(world, { ...process, space });
}

export function objectOf(world: World, id: number): MemoryObject {
  const object = world.objects.get(id);
  if (object === undefined) throw new Error(`the model has no object ${id}`);
  return object;
}

export function withObject(world: World, object: MemoryObject): World {
  return { ...world, objects: withEntry(world.objects, object.id, object) };
}

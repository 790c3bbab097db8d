/** Descriptors: the small numbers by which a process knows its open files. */
import type { ClauseId } from '../../spec/clauses.ts';
import type { Value } from '../../spec/language/call.ts';
import { O_ACCMODE } from '../../spec/language/constants.ts';
import { type Allowed, type Ruling, refuse } from '../allowed.ts';
import type { MemoryObject } from '../memory/object.ts';
import { withEntry, withoutEntry } from '../table.ts';
import { type OpenFile, objectOf, type Process, signed, type World, withProcess } from '../world.ts';

/** What a descriptor stands for. Two descriptors that share a description (dup, fork) have the same `id`. */
export interface Descriptor {
  readonly number: number;
  /** The open file description: its key in world.openFiles. */
  readonly id: number;
  readonly openFile: OpenFile;
  /** The file behind it; undefined for an end of a pipe. */
  readonly object: MemoryObject | undefined;
}

/** Where a target may keep descriptors of its own: from here up to the highest that its limits ever allowed. */
const FOREIGN_START = 200;
const FOREIGN_END = 1024;

const UNSIGNED_INT = 2 ** 32;

/** The descriptor number that an argument gives: a kernel takes the low 32 bits, unsigned. */
export function descriptorNumber(world: World, fd: Value): number {
  // 2^63 plus an offset is inexact; its low half is not.
  const number = fd.base === 'high' ? fd.offset : signed(world, fd);
  return ((number % UNSIGNED_INT) + UNSIGNED_INT) % UNSIGNED_INT;
}

/** The open file that a descriptor of the process stands for; undefined where none is open by that number. */
export function descriptor(world: World, process: Process, fd: Value): Descriptor | undefined {
  const number = descriptorNumber(world, fd);
  const id = process.fds.get(number);
  const openFile = id === undefined ? undefined : world.openFiles.get(id);
  if (id === undefined || openFile === undefined) return undefined;
  return { number, id, openFile, object: openFile.kind === 'file' ? objectOf(world, openFile.object) : undefined };
}

/** The number is not the program's and may be open all the same: the target keeps descriptors of its own there. */
export function isForeign(world: World, process: Process, fd: Value): boolean {
  const number = descriptorNumber(world, fd);
  return number >= FOREIGN_START && number < FOREIGN_END && !process.fds.has(number);
}

/** What a call on a descriptor gives: `rule` decides where it is open; where it is not, EBADF (or what else is wrong) is the answer. */
export function onDescriptor(
  world: World,
  process: Process,
  fd: Value,
  closed: ClauseId,
  others: readonly Allowed[],
  rule: (found: Descriptor) => Ruling,
): Ruling {
  const found = descriptor(world, process, fd);
  if (found !== undefined) return rule(found);
  if (isForeign(world, process, fd)) return { open: 'a descriptor that may be the target’s own' };
  return [refuse(closed, 'EBADF', world), ...others];
}

/** The lowest number that is free in the process; it may be past its limit. */
export function lowestFd(process: Process): number {
  let number = 0;
  while (process.fds.has(number)) number++;
  return number;
}

/** No descriptor is left below the limit. @param count  how many the call needs */
export function tooMany(process: Process, count = 1): boolean {
  let left = count;
  for (let number = 0; number < process.limits.nofile.soft; number++) if (!process.fds.has(number) && --left === 0) return false;
  return true;
}

/** The world in which the lowest free descriptor of the process stands for the open file description. */
export function withDescriptor(world: World, process: Process, id: number): World {
  return withProcess(world, { ...process, fds: withEntry(process.fds, lowestFd(process), id) });
}

/** The world with a new open file description, and the lowest free descriptor of the process standing for it. */
export function withNewOpenFile(world: World, process: Process, openFile: OpenFile): World {
  const id = world.nextId;
  return withDescriptor({ ...world, openFiles: withEntry(world.openFiles, id, openFile), nextId: id + 1 }, process, id);
}

export function withoutDescriptor(world: World, process: Process, number: number): World {
  return withProcess(world, { ...process, fds: withoutEntry(process.fds, number) });
}

/** The open file description changed: through every descriptor that shares it. */
export function withOpenFile(world: World, id: number, openFile: OpenFile): World {
  return { ...world, openFiles: withEntry(world.openFiles, id, openFile) };
}

/** O_RDONLY or O_RDWR. */
export const canRead = (openFile: OpenFile): boolean => (openFile.flags & O_ACCMODE) === 0 || (openFile.flags & O_ACCMODE) === 2;

/** O_WRONLY or O_RDWR. */
export const canWrite = (openFile: OpenFile): boolean => (openFile.flags & O_ACCMODE) === 1 || (openFile.flags & O_ACCMODE) === 2;

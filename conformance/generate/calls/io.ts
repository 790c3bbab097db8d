/** Makers of the calls that move bytes: between files or pipes and memory, and between the memories of two processes. */

import { canRead, canWrite, type Descriptor, descriptor } from '../../../model/file/descriptor.ts';
import { isOpen, pipeOf } from '../../../model/file/pipe-read.ts';
import { has, TRAIT } from '../../../model/memory/mapping.ts';
import { signed } from '../../../model/world.ts';
import type { Iovec, Value } from '../../../spec/language/call.ts';
import { PAGE_SIZE, PIPE } from '../../../spec/language/constants.ts';
import type { MakerTable } from '../maker.ts';
import type { Range, Scene } from '../scene.ts';
import { absurdOffset, fileSize } from './files.ts';

type Direction = 'read' | 'write';

const bytes = (offset: number): Value => ({ base: 'abs', offset });
const shifted = ({ base, offset }: Value, by: number): Value => ({ base, offset: offset + by });

/** Bytes beside the beginning of a page, and counts: a few, about half a page, all but a few. */
const ODD = [1, 2, 7, 8, 100, 0x7ff, 0x800, 0x801, PAGE_SIZE - 8, PAGE_SIZE - 1] as const;
/** A call must not touch more than this at once, lest it takes memory from the machine. */
const PAGES_MAX = 64;
/** Buffers of a pipe from which on the next write may not fit. */
const NEARLY_FULL = 8;

/** Memory to move bytes from or to. Behind a mapping that the kernel placed lies what nobody knows: nothing reaches there. */
function buffer(scene: Scene): Range {
  const { addr, length } = anyBuffer(scene);
  if (!KERNEL_PLACED.test(addr.base)) return { addr, length };
  const start = signed(scene.world, addr);
  const run = scene.process.space.map.runAt(Math.floor(start / PAGE_SIZE));
  const left = run === undefined ? 0 : run.end * PAGE_SIZE - start;
  return { addr, length: length.base === 'abs' && length.offset >= 0 && length.offset <= left ? length : bytes(left) };
}

/** Every base but those that stand for a fixed place. */
const KERNEL_PLACED = /^(?!(abs|arena|heap|top|high)$)/;

/** Inside of pages, over page edges, out of what is mapped, none at all, or nowhere sane. */
function anyBuffer(scene: Scene): Range {
  const { dice } = scene;
  const roll = dice.int(0, 99);
  const stack = roll >= 98 ? scene.mapped((mapping) => has(mapping, TRAIT.growsdown)) : undefined;
  if (stack !== undefined)
    return { addr: shifted(stack.addr, -dice.pick([1, 8, PAGE_SIZE, 3 * PAGE_SIZE])), length: bytes(dice.pick([1, 8, 16, PAGE_SIZE])) };
  if (roll < 88) {
    const run = scene.mapped();
    if (run === undefined) return { addr: scene.arenaPage(), length: amount(scene) };
    const page = dice.int(0, Math.min(run.pages, scene.pagesMax) - 1);
    const addr = shifted(run.addr, page * PAGE_SIZE);
    if (roll < 30) return { addr: shifted(addr, dice.pick([0, 0, 8, ...ODD])), length: bytes(dice.pick([1, 2, 8, 16, 100, ...ODD])) };
    if (roll < 60) return { addr, length: amount(scene) };
    // Over the end of the run, or of the page.
    const end = shifted(addr, (roll < 75 ? 1 : Math.min(run.pages, scene.pagesMax) - page) * PAGE_SIZE);
    const before = dice.pick(ODD);
    return { addr: shifted(end, -before), length: bytes(before + dice.pick([0, 1, 8, 100, PAGE_SIZE, 2 * PAGE_SIZE])) };
  }
  if (roll < 93) return { addr: scene.address(), length: amount(scene) };
  if (roll < 96) return { addr: scene.absurdAddress(), length: bytes(dice.pick([0, 0, 1, 8, PAGE_SIZE])) };
  return hugeBuffer(scene);
}

/** Longer than any call moves: from an address behind which little is mapped. */
function hugeBuffer(scene: Scene): Range {
  const { dice } = scene;
  const addr = dice.chance(0.8) ? scene.arenaPage() : scene.mappedPage();
  const length = dice.weighted<() => Value>([
    [4, () => bytes(dice.pick([0x7fff_f000, 0x7fff_f001, 2 ** 31, 2 ** 32 + PAGE_SIZE]))],
    [2, () => bytes(2 ** 40)],
    [4, () => scene.hugeLength()],
  ])();
  return { addr, length: isLongRun(scene, addr) ? bytes(PAGE_SIZE) : length };
}

/** More is mapped from the address on than a call may touch. */
function isLongRun(scene: Scene, addr: Value): boolean {
  const page = Math.floor(signed(scene.world, addr) / PAGE_SIZE);
  return scene.process.space.map.firstHole(page, page + PAGES_MAX) >= page + PAGES_MAX;
}

function amount(scene: Scene): Value {
  const { dice } = scene;
  const roll = dice.int(0, 99);
  if (roll < 35) return bytes(dice.pick(ODD));
  if (roll < 65) return bytes(PAGE_SIZE * dice.int(1, 3));
  if (roll < 90) return bytes(PAGE_SIZE * dice.int(0, 4) + dice.pick(ODD));
  if (roll < 94) return bytes(0);
  return bytes(PAGE_SIZE * dice.int(5, 20));
}

/** Elements: a few, often short; now and then none, or some that are empty or absurd. */
function elements(scene: Scene): readonly Iovec[] {
  const { dice } = scene;
  const count = dice.weighted([
    [1, 0],
    [5, 1],
    [6, 2],
    [4, 3],
    [1, 9],
  ]);
  const list: Iovec[] = [];
  while (list.length < count) {
    const { addr, length } = count === 1 && dice.chance(0.04) ? hugeBuffer(scene) : buffer(scene);
    list.push({ addr, length: dice.chance(0.1) ? bytes(0) : length });
  }
  return list;
}

/** A descriptor to read from or to write to, rarely one that does not suit or is no descriptor at all; undefined when it is better to do something else. */
function suited(scene: Scene, direction: Direction): Value | undefined {
  const { dice, process } = scene;
  if (process.fds.size === 0 && !dice.chance(0.05)) return undefined;
  const fd = dice.chance(0.08) ? scene.fd() : (openEnd(scene, direction) ?? scene.fd());
  const found = descriptor(scene.world, process, fd);
  if (found !== undefined && waits(scene, found, direction) && !dice.chance(0.06)) return undefined;
  if (direction === 'read' && isAtEnd(found) && !dice.chance(0.3)) return undefined;
  return dice.chance(0.01) ? shifted(fd, 2 ** 32) : fd;
}

/** One of the descriptors that are open in the process and made for the direction; ends of pipes count more than files. */
function openEnd(scene: Scene, direction: Direction): Value | undefined {
  const suits = direction === 'read' ? canRead : canWrite;
  const options: Value[] = [];
  const add = (base: string, times: number): void => {
    const fd: Value = { base, offset: 0 };
    const found = descriptor(scene.world, scene.process, fd);
    if (found !== undefined && suits(found.openFile)) for (let i = 0; i < times; i++) options.push(fd);
  };
  for (const name of scene.names('fd')) add(name, 1);
  for (const name of scene.names('pipe')) add(`${name}.${direction === 'read' ? 'r' : 'w'}`, 2);
  return options.length === 0 ? undefined : scene.dice.pick(options);
}

const isAtEnd = (found: Descriptor | undefined): boolean => found?.object !== undefined && found.openFile.offset >= found.object.size;

/** The call may block: nothing to read from a pipe that somebody can still write to, or little room to write. */
function waits({ world }: Scene, { openFile }: Descriptor, direction: Direction): boolean {
  if (openFile.kind === 'file' || (openFile.flags & PIPE.nonblock) !== 0) return false;
  const { buffers } = pipeOf(world, openFile.object);
  return direction === 'read' ? buffers.length === 0 && isOpen(world, openFile.object, 'pipe-write') : buffers.length > NEARLY_FULL;
}

/** A position: near the beginning, the end or the middle of the file, rarely where no file reaches. */
function position(scene: Scene, fd: Value): Value {
  const { dice } = scene;
  const size = descriptor(scene.world, scene.process, fd)?.object?.size ?? 0;
  const roll = dice.int(0, 99);
  if (roll < 30 || size > 2 ** 30)
    return roll < 96 ? bytes(dice.int(0, 5) * PAGE_SIZE + dice.pick([0, 0, 0, ...ODD])) : absurdOffset(scene);
  if (roll < 55) return bytes(Math.max(0, size + dice.pick([0, 0, 1, -1, 8, -8, -PAGE_SIZE, PAGE_SIZE, 2 * PAGE_SIZE])));
  if (roll < 75) return bytes(0);
  if (roll < 95) return fileSize(scene);
  if (roll < 97) return { base: 'high', offset: -dice.pick([1, 8, PAGE_SIZE, 2 * PAGE_SIZE]) };
  return absurdOffset(scene);
}

/** A list of the same few pages over and over, which is how little memory fills a pipe. */
function filling(scene: Scene): readonly Iovec[] {
  const run = scene.mapped();
  if (run === undefined) return elements(scene);
  const length = bytes(Math.min(run.pages, 4) * PAGE_SIZE - (scene.dice.chance(0.3) ? scene.dice.pick(ODD) : 0));
  return new Array(scene.dice.int(3, 9)).fill({ addr: run.addr, length });
}

/**
 * The memory is a mapping of the file. Where in the file the bytes go is then known only if the call says so: a kernel may have moved the offset to where it
 * sees data or a hole, and of a page that is copied onto itself at another place the law says nothing.
 */
function isMapping(scene: Scene, fd: Value, iov: readonly Iovec[]): boolean {
  const id = descriptor(scene.world, scene.process, fd)?.object?.id;
  return id !== undefined && iov.some((element) => maps(scene, element, id));
}

function maps(scene: Scene, { addr, length }: Iovec, id: number): boolean {
  const start = signed(scene.world, addr);
  const end = start + Math.min(Math.max(0, signed(scene.world, length)), PAGES_MAX * PAGE_SIZE);
  const runs = scene.process.space.map.within(Math.floor(start / PAGE_SIZE), Math.ceil(end / PAGE_SIZE));
  return runs.some(({ value }) => value.object === id);
}

const isPipe = (scene: Scene, fd: Value): boolean => descriptor(scene.world, scene.process, fd)?.openFile.kind === 'pipe-write';

/** A process to reach into: another that is alive, oneself, one that has ended, or nobody. */
function partner(scene: Scene): { readonly pid: Value; readonly name: string } | undefined {
  const { dice, process } = scene;
  const names = scene.names('process');
  if (names.length === 0 && !dice.chance(0.1)) return undefined;
  const roll = dice.int(0, 99);
  if (names.length > 0 && roll < 92) {
    const name = dice.pick(names);
    return { pid: { base: name, offset: roll === 0 ? 2 ** 32 : 0 }, name };
  }
  return { pid: bytes(dice.pick([0, -1, -2, 0x7fff_ffff, 2 ** 22 + 1, -(2 ** 31)])), name: process.name };
}

/** Elements in another process's memory. */
function remoteElements(scene: Scene, name: string): readonly Iovec[] {
  const { process } = scene;
  const other = scene.world.processes.get(name);
  if (other !== undefined) scene.process = other;
  const list = elements(scene).map((element) => (isLongRun(scene, element.addr) ? { ...element, length: bytes(8) } : element));
  scene.process = process;
  return list;
}

function move<K extends 'process_vm_readv' | 'process_vm_writev'>(kind: K) {
  return (scene: Scene) => {
    const other = partner(scene);
    if (other === undefined) return undefined;
    const flags = scene.dice.chance(0.03) ? scene.dice.pick([1, 2, -1]) : 0;
    return { kind, pid: other.pid, local: elements(scene), remote: remoteElements(scene, other.name), flags };
  };
}

/** A call on a descriptor that suits the direction. */
function on<C>(direction: Direction, make: (fd: Value, scene: Scene) => C | undefined): (scene: Scene) => C | undefined {
  return (scene) => {
    const fd = suited(scene, direction);
    return fd && make(fd, scene);
  };
}

function vectorCall<K extends 'readv' | 'writev'>(kind: K) {
  return (fd: Value, scene: Scene) => {
    const iov = isPipe(scene, fd) && scene.dice.chance(0.4) ? filling(scene) : elements(scene);
    return isMapping(scene, fd, iov) ? undefined : { kind, fd, iov };
  };
}

function bufferCall<K extends 'read' | 'write'>(kind: K) {
  return (fd: Value, scene: Scene) => {
    const range = buffer(scene);
    return isMapping(scene, fd, [range]) ? undefined : { kind, fd, ...range };
  };
}

function positionedCall<K extends 'pread' | 'pwrite'>(kind: K) {
  return (fd: Value, scene: Scene) => ({ kind, fd, ...buffer(scene), offset: position(scene, fd) });
}

export const IO_MAKERS = {
  read: { weight: 14, make: on('read', bufferCall('read')) },
  write: { weight: 18, make: on('write', bufferCall('write')) },
  pread: { weight: 8, make: on('read', positionedCall('pread')) },
  pwrite: { weight: 12, make: on('write', positionedCall('pwrite')) },
  readv: { weight: 8, make: on('read', vectorCall('readv')) },
  writev: { weight: 8, make: on('write', vectorCall('writev')) },
  process_vm_readv: { weight: 8, make: move('process_vm_readv') },
  process_vm_writev: { weight: 8, make: move('process_vm_writev') },
} as const satisfies MakerTable;

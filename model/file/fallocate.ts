/** fallocate(fd, mode, offset, length): reserves a part of a file, or makes a hole in it. Clauses fallocate.* */
import type { CallOf } from '../../spec/language/call.ts';
import { FALLOC, PAGE_SIZE, SEAL } from '../../spec/language/constants.ts';
import { type Allowed, give, type Ruling, refusals } from '../allowed.ts';
import type { MemoryObject } from '../memory/object.ts';
import { isZero, PAGES_END, type Word } from '../memory/word.ts';
import { type Process, type World, withObject } from '../world.ts';
import { canWrite, type Descriptor, onDescriptor } from './descriptor.ts';
import { punch } from './hole.ts';
import { type FileOffset, fileOffset } from './offset.ts';
import { resize, resizing } from './resize.ts';
import { hasPages, STORABLE } from './shmem.ts';

const PUNCH = FALLOC.punch_hole | FALLOC.keep_size;

export function judgeFallocate(world: World, process: Process, call: CallOf<'fallocate'>): Ruling {
  const offset = fileOffset(world, call.offset);
  const length = fileOffset(world, call.length);
  const arguments_ = refusals(
    world,
    [offset.negative, 'fallocate.negative-offset', 'EINVAL'],
    [length.negative || isZero(length.word), 'fallocate.length', 'EINVAL'],
    [!isMode(call.mode), 'fallocate.mode', 'EOPNOTSUPP'],
  );
  return onDescriptor(world, process, call.fd, 'fallocate.bad-descriptor', arguments_, (found) =>
    judgeOpened(world, process, call.mode, found, offset, length, arguments_),
  );
}

/** Modes are values, each with or without keep_size: punching demands it, and moving what follows excludes it. Clause fallocate.mode */
function isMode(mode: number): boolean {
  switch (mode & ~FALLOC.keep_size) {
    case 0:
    case FALLOC.zero_range:
    case FALLOC.unshare_range:
      return true;
    case FALLOC.punch_hole:
      return (mode & FALLOC.keep_size) !== 0;
    case FALLOC.collapse_range:
    case FALLOC.insert_range:
      return (mode & FALLOC.keep_size) === 0;
    default:
      return false;
  }
}

function judgeOpened(
  world: World,
  process: Process,
  mode: number,
  { openFile, object }: Descriptor,
  offset: FileOffset,
  length: FileOffset,
  refused: readonly Allowed[],
): Ruling {
  const readOnly = refusals(world, [!canWrite(openFile), 'fallocate.not-writable', 'EBADF']);
  if (object === undefined) return [...refusals(world, [true, 'fallocate.pipe', 'ESPIPE']), ...refused, ...readOnly];
  const range = offset.negative || length.negative ? 0 : offset.bytes + length.bytes;
  const others = [
    ...refused,
    ...readOnly,
    ...refusals(world, [!offset.negative && !length.negative && overflows(offset.word, length.word), 'fallocate.too-large', 'EFBIG']),
  ];
  if (!isMode(mode)) return others;
  if ((mode & ~PUNCH) !== 0) return judgeOtherMode(world, object, others);
  const found = (mode & FALLOC.punch_hole) !== 0 ? punchRefusals(world, object) : reserveRefusals(world, process, object, mode, range);
  if (others.length + found.length > 0) return [...others, ...found];
  return [succeed(world, object, mode, offset.bytes, range), ...mayRefuse(world, process, object, mode, range)];
}

function succeed(world: World, object: MemoryObject, mode: number, start: number, end: number): Allowed {
  if ((mode & FALLOC.punch_hole) !== 0) {
    return give(['fallocate.punch'], 0, withObject(world, punch(object, start, end, 'fallocate.punch')));
  }
  if (mode === FALLOC.keep_size || end <= object.size) return give(['fallocate.reserves'], 0, world);
  const after = resize(world, object, end, 'fallocate.extends');
  return give(['fallocate.extends', 'fallocate.reserves', ...resizing(world, after, object)], 0, after);
}

/** The sum is past the greatest number that a signed 64-bit offset can hold; told from the words, since a double is inexact there. */
const overflows = (a: Word, b: Word): boolean => a.page + b.page + (a.offset + b.offset >= PAGE_SIZE ? 1 : 0) >= PAGES_END / 2;

/** Memory knows no blocks that could be moved or marked: it refuses. What another file system does is not said here. */
function judgeOtherMode(world: World, object: MemoryObject, others: readonly Allowed[]): Ruling {
  if (hasPages(world, object)) return [...refusals(world, [true, 'fallocate.memory-modes', 'EOPNOTSUPP']), ...others];
  return others.length > 0 ? others : { open: `this mode of fallocate on ${world.host.fileSystem}` };
}

function punchRefusals(world: World, { seals }: MemoryObject): Allowed[] {
  return refusals(
    world,
    [world.choices['fallocate.punch'] === 'unsupported', 'fallocate.punch', 'EOPNOTSUPP'],
    [(seals & (SEAL.write | SEAL.future_write)) !== 0, 'fallocate.sealed-write', 'EPERM'],
  );
}

function reserveRefusals(world: World, process: Process, object: MemoryObject, mode: number, end: number): Allowed[] {
  const grows = end > object.size;
  const limited = grows && end > process.limits.fsize.soft && (mode !== FALLOC.keep_size || hasPages(world, object));
  return refusals(
    world,
    [limited, 'fallocate.limit', 'EFBIG'],
    [grows && (object.seals & SEAL.grow) !== 0, 'fallocate.sealed-grow', 'EPERM'],
    [object.kind === 'huge', 'memfd.huge-none', 'ENOSPC'],
  );
}

/** What file systems other than those of memory do as they like: keep_size past the limit on sizes, and ranges that are not for them to store. */
function mayRefuse(world: World, process: Process, object: MemoryObject, mode: number, end: number): Allowed[] {
  if (hasPages(world, object)) return [];
  return refusals(
    world,
    [end > object.size && end > process.limits.fsize.soft && mode === FALLOC.keep_size, 'fallocate.limit', 'EFBIG'],
    [end > STORABLE, 'fallocate.too-large', 'EFBIG'],
  );
}

/** write, pwrite and writev: bytes from memory to a file or a pipe. Clauses write.*, pwrite.* */
import type { ClauseId } from '../../spec/clauses.ts';
import type { CallOf } from '../../spec/language/call.ts';
import { OPEN, PAGE_SIZE, SEAL } from '../../spec/language/constants.ts';
import { type Allowed, give, type Ruling, refusals, refuse } from '../allowed.ts';
import { visible } from '../memory/access.ts';
import { type MemoryObject, objectCell, withObjectCell } from '../memory/object.ts';
import { laid, type Slice } from '../memory/slice.ts';
import { UserCopy } from '../memory/user-copy.ts';
import { objectOf, type Process, type World, withObject } from '../world.ts';
import { canWrite, type Descriptor, onDescriptor } from './descriptor.ts';
import { fileOffset } from './offset.ts';
import { ruleOfCopy } from './partial.ts';
import { writePipe } from './pipe-write.ts';
import { endsPastOffsets, isExact, own, type Position, stated } from './position.ts';
import { moved } from './read.ts';
import { type Request, single, vector } from './request.ts';
import { resize } from './resize.ts';
import { hasPages } from './shmem.ts';

export function judgeWrite(world: World, process: Process, call: CallOf<'write'>): Ruling {
  return toDescriptor(world, process, call.fd, single(world, call.addr, call.length));
}

export function judgeWritev(world: World, process: Process, call: CallOf<'writev'>): Ruling {
  return toDescriptor(world, process, call.fd, vector(world, call.iov));
}

function toDescriptor(world: World, process: Process, fd: CallOf<'write'>['fd'], request: Request): Ruling {
  return onDescriptor(world, process, fd, 'write.bad-descriptor', request.refused, (found) => {
    const refused = [...request.refused, ...refusals(world, [!canWrite(found.openFile), 'write.bad-descriptor', 'EBADF'])];
    if (found.object !== undefined) return writeFile(world, process, found, request, own(found), refused);
    return refused.length > 0 ? refused : writePipe(world, process, found, request);
  });
}

export function judgePwrite(world: World, process: Process, call: CallOf<'pwrite'>): Ruling {
  const request = single(world, call.addr, call.length);
  const offset = fileOffset(world, call.offset);
  const others = [...request.refused, ...refusals(world, [offset.negative, 'pwrite.negative', 'EINVAL'])];
  return onDescriptor(world, process, call.fd, 'write.bad-descriptor', others, (found) => {
    const refused = [
      ...others,
      ...refusals(
        world,
        [!canWrite(found.openFile), 'write.bad-descriptor', 'EBADF'],
        [found.object === undefined, 'pwrite.pipe', 'ESPIPE'],
      ),
    ];
    if (found.object === undefined || offset.negative) return refused;
    return writeFile(world, process, found, request, stated(offset), refused);
  });
}

/** Bytes into a file from a position on, or at its end where the descriptor was opened to append. */
function writeFile(
  world: World,
  process: Process,
  opened: Descriptor,
  request: Request,
  given: Position,
  others: readonly Allowed[],
): Ruling {
  if (opened.object?.kind === 'huge') return { open: 'writing huge pages' };
  if (given.word === undefined) return { open: 'a position that doubles cannot tell' };
  const object = opened.object!;
  const past = endsPastOffsets(given.word, request.length);
  const wrong = [...others, ...refusals(world, [past, 'write.past-offsets', 'EINVAL'])];
  if (wrong.length > 0) return wrong;
  if (request.length === 0) return [give(['write.nothing', ...request.clauses], 0, world)];
  const appends = (opened.openFile.flags & OPEN.append) !== 0;
  const from = appends ? object.size : given.bytes;
  const limit = process.limits.fsize.soft;
  const length = Math.min(request.length, limit - from);
  const refused = refusals(
    world,
    [from >= limit, 'write.limit', 'EFBIG'],
    [(object.seals & (SEAL.write | SEAL.future_write)) !== 0, 'write.sealed', 'EPERM'],
    [isSealedOut(world, object, from, length), 'write.sealed-grow', 'EPERM'],
  );
  if (refused.length > 0) return [...refused, ...faultOf(world, process, request)];
  if (!isExact(from + length) || (!hasPages(world, object) && from + length > 2 ** 40)) return { open: 'a file of such a size' };

  const clauses: ClauseId[] = [given.own ? 'write.moves-offset' : 'pwrite.offset'];
  if (appends) clauses.push(given.own ? 'write.append' : 'pwrite.append');
  if (length < request.length) clauses.push('write.limit');
  const end = (object.seals & SEAL.grow) !== 0 ? object.size : Number.POSITIVE_INFINITY;
  return ruleOfCopy(world, process.name, request, length, clauses, 'write.data', (copy, countMax, maybe) => {
    const count = takeFile(copy, object.id, from, countMax, end, maybe);
    const why: ClauseId[] = [];
    const { size } = objectOf(copy.world, object.id);
    if (size > object.size) why.push(count === 0 ? 'write.fault-extends' : 'write.extends');
    if (count < countMax && !copy.faulted) why.push('write.sealed-grow');
    return { count, world: count === 0 || maybe ? copy.world : moved(copy.world, opened, { ...given, bytes: from }, count), clauses: why };
  });
}

/** A file that must not grow takes nothing at all: where its end lies in the first page of the write, or anywhere in it. */
function isSealedOut(world: World, object: MemoryObject, from: number, length: number): boolean {
  if ((object.seals & SEAL.grow) === 0) return false;
  const first = world.choices['write.sealed-grow'] === 'whole-pages' ? Math.min(length, PAGE_SIZE - (from % PAGE_SIZE)) : length;
  return from + first > object.size;
}

/** EFAULT, where the very first byte cannot be read: an answer like another where the file would refuse it as well. */
function faultOf(world: World, process: Process, { spans }: Request): Allowed[] {
  const copy = new UserCopy(world, process.name, spans);
  copy.take(1);
  return copy.faulted ? [refuse('copy.fault', 'EFAULT', copy.world)] : [];
}

/**
 * Copies piece by piece into the file, which grows as the bytes come: a page of memory that is a page of the file is read as it then is, and what could
 * not be reached may be within the file by then.
 * @param end  where a file that must not grow ends @returns how many bytes went in
 */
function takeFile(copy: UserCopy, id: number, from: number, length: number, end: number, maybe: boolean): number {
  let done = 0;
  while (done < length) {
    const at = from + done;
    const offset = at % PAGE_SIZE;
    const count = Math.min(length - done, PAGE_SIZE - offset);
    // What lies past such an end is refused by the page, however far into the page the bytes have come.
    if (at + count > end) break;
    const target = { owner: id, index: (at - offset) / PAGE_SIZE, offset };
    let slice = copy.take(count, target);
    if (slice === undefined && copy.faulted && !maybe && extendsOnFault(copy.world, id, at)) {
      copy.world = resize(copy.world, objectOf(copy.world, id), at, 'write.fault-extends');
      copy.retry();
      slice = copy.take(count, target);
    }
    if (slice === undefined) break;
    if (maybe) layMaybe(copy, id, target.index, offset, slice);
    else layInFile(copy, id, target.index, offset, slice);
    done += slice.count;
  }
  return done;
}

/** A write past the end of a file makes it longer before the first byte is known to be readable. */
function extendsOnFault(world: World, id: number, at: number): boolean {
  return at > objectOf(world, id).size && world.choices['write.fault-extends'] === 'extends';
}

function layInFile(copy: UserCopy, id: number, index: number, offset: number, slice: Slice): void {
  const end = index * PAGE_SIZE + offset + slice.count;
  const before = objectOf(copy.world, id);
  const grown = end > before.size ? resize(copy.world, before, end, 'write.extends') : copy.world;
  const object = objectOf(grown, id);
  const contents = laid(visible(objectCell(object, index)), offset, slice);
  if (contents === undefined) copy.open = 'too many possibilities';
  else copy.world = withObject(grown, withObjectCell(object, index, { contents, present: true, lazy: false, by: 'write.data' }));
}

/** The file is as long as it was, and what it held there may or may not have been written over. */
function layMaybe(copy: UserCopy, id: number, index: number, offset: number, slice: Slice): void {
  const object = objectOf(copy.world, id);
  const count = Math.min(slice.count, object.size - (index * PAGE_SIZE + offset));
  if (count <= 0) return;
  const contents = laid(visible(objectCell(object, index)), offset, { ...slice, count }, true);
  if (contents === undefined) copy.open = 'too many possibilities';
  else copy.world = withObject(copy.world, withObjectCell(object, index, { contents, present: true, lazy: false, by: 'copy.partial' }));
}

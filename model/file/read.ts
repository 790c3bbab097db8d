/** read, pread and readv: bytes from a file or a pipe into memory. Clauses read.*, pread.* */
import type { ClauseId } from '../../spec/clauses.ts';
import type { CallOf } from '../../spec/language/call.ts';
import { PAGE_SIZE } from '../../spec/language/constants.ts';
import { type Allowed, give, type Ruling, refusals } from '../allowed.ts';
import { visible } from '../memory/access.ts';
import { type MemoryObject, objectCell } from '../memory/object.ts';
import type { UserCopy } from '../memory/user-copy.ts';
import { objectOf, type Process, type World } from '../world.ts';
import { canRead, type Descriptor, onDescriptor, withOpenFile } from './descriptor.ts';
import { fileOffset } from './offset.ts';
import { ruleOfCopy } from './partial.ts';
import { readPipe } from './pipe-read.ts';
import { endsPastOffsets, isExact, own, type Position, stated } from './position.ts';
import { type Request, single, vector } from './request.ts';

export function judgeRead(world: World, process: Process, call: CallOf<'read'>): Ruling {
  return fromDescriptor(world, process, call.fd, single(world, call.addr, call.length));
}

export function judgeReadv(world: World, process: Process, call: CallOf<'readv'>): Ruling {
  return fromDescriptor(world, process, call.fd, vector(world, call.iov));
}

function fromDescriptor(world: World, process: Process, fd: CallOf<'read'>['fd'], request: Request): Ruling {
  return onDescriptor(world, process, fd, 'read.bad-descriptor', request.refused, (found) => {
    const refused = [...request.refused, ...refusals(world, [!canRead(found.openFile), 'read.bad-descriptor', 'EBADF'])];
    if (found.object !== undefined) return readFile(world, process, found, request, own(found), refused);
    return refused.length > 0 ? refused : readPipe(world, process, found, request);
  });
}

export function judgePread(world: World, process: Process, call: CallOf<'pread'>): Ruling {
  const request = single(world, call.addr, call.length);
  const offset = fileOffset(world, call.offset);
  const others = [...request.refused, ...refusals(world, [offset.negative, 'pread.negative', 'EINVAL'])];
  return onDescriptor(world, process, call.fd, 'read.bad-descriptor', others, (found) => {
    const refused = [
      ...others,
      ...refusals(world, [!canRead(found.openFile), 'read.bad-descriptor', 'EBADF'], [found.object === undefined, 'pread.pipe', 'ESPIPE']),
    ];
    if (found.object === undefined || offset.negative) return refused;
    return readFile(world, process, found, request, stated(offset), refused);
  });
}

/** Bytes of a file from a position on; at the position of the open file description itself, it moves on. */
function readFile(
  world: World,
  process: Process,
  found: Descriptor,
  request: Request,
  position: Position,
  others: readonly Allowed[],
): Ruling {
  if (found.object?.kind === 'huge') return { open: 'reading huge pages' };
  if (position.word === undefined) return { open: 'a position that doubles cannot tell' };
  const past = endsPastOffsets(position.word, request.length);
  const refused = [...others, ...refusals(world, [past, 'read.past-offsets', 'EINVAL'])];
  if (refused.length > 0) return refused;
  const object = found.object!;
  const from = position.bytes;
  const length = Math.min(request.length, Math.max(0, object.size - from));
  const clauses: ClauseId[] = [position.own ? 'read.moves-offset' : 'pread.offset', ...request.clauses];
  if (length < request.length) clauses.push('read.end');
  if (length === 0) return [give([request.length === 0 ? 'read.nothing' : 'read.end', ...clauses], 0, world)];
  if (!isExact(from + length)) return { open: 'bytes at a position that doubles cannot tell' };
  return ruleOfCopy(world, process.name, request, length, clauses, 'read.data', (copy, countMax, maybe) => {
    const count = putFile(copy, object, from, countMax, maybe);
    return { count, world: maybe ? copy.world : moved(copy.world, found, position, count) };
  });
}

/** Copies piece by piece: a page of the file that the copy itself has written to is read as it then is. Clause copy.overlap */
function putFile(copy: UserCopy, { id }: MemoryObject, from: number, length: number, maybe: boolean): number {
  let done = 0;
  while (done < length) {
    const offset = (from + done) % PAGE_SIZE;
    const index = (from + done - offset) / PAGE_SIZE;
    const count = Math.min(length - done, PAGE_SIZE - offset);
    const contents = visible(objectCell(objectOf(copy.world, id), index));
    const put = copy.put({ contents, from: offset, count }, 'read.data', { owner: id, index }, maybe);
    if (put === 0) break;
    done += put;
  }
  return done;
}

/** The open file description is past the bytes that were moved, where it was its position that counted. */
export function moved(world: World, { id, openFile }: Descriptor, position: Position, count: number): World {
  return position.own ? withOpenFile(world, id, { ...openFile, offset: position.bytes + count }) : world;
}

/** Writing to a pipe. Clauses write.pipe-* */
import type { ClauseId } from '../../spec/clauses.ts';
import { PAGE_SIZE, PIPE } from '../../spec/language/constants.ts';
import { because, give, type Ruling, refuse } from '../allowed.ts';
import { append, EMPTY, type Slice } from '../memory/slice.ts';
import { UserCopy } from '../memory/user-copy.ts';
import { blocks } from '../process/blocked.ts';
import type { Process, World } from '../world.ts';
import type { Descriptor } from './descriptor.ts';
import { isOpen, pipeOf, withPipe } from './pipe-read.ts';
import type { Request } from './request.ts';

/** A pipe holds so many buffers, each of a page. Clause write.pipe-capacity */
const BUFFERS_MAX = 16;

export function writePipe(world: World, process: Process, { openFile }: Descriptor, request: Request): Ruling {
  if (request.length === 0) return [give(['write.nothing', ...request.clauses], 0, world)];
  const id = openFile.object;
  if (!isOpen(world, id, 'pipe-read')) return [refuse('write.pipe-closed', 'EPIPE', world)];
  const copy = new UserCopy(world, process.name, request.spans);
  const buffers = [...pipeOf(world, id).buffers];
  const count = fill(copy, buffers, request.length, world.choices['write.pipe-fault'] === 'leaves-buffer');
  if (copy.open !== undefined) return { open: copy.open };
  const after = withPipe(copy.world, id, { buffers });
  if (count < request.length && !copy.faulted && (openFile.flags & PIPE.nonblock) === 0) return [blocks('write.pipe-blocks', world)];
  if (count === 0 && copy.faulted) return [because(refuse('copy.fault', 'EFAULT', after), ...copy.met)];
  if (count === 0) return [refuse('write.pipe-full', 'EAGAIN', after)];
  const why: readonly ClauseId[] = count === request.length ? [] : [copy.faulted ? 'write.pipe-fault' : 'write.pipe-full'];
  return [give(['write.pipe-data', 'write.pipe-capacity', ...why, ...request.clauses, ...copy.met], count, after)];
}

/**
 * Puts bytes into the pipe: what is more than whole pages goes behind the last bytes if there is room in their buffer, everything else into buffers
 * of its own. Of the bytes meant for one buffer all go in, or none. @returns how many went in
 */
function fill(copy: UserCopy, buffers: Slice[], length: number, leavesBuffer: boolean): number {
  let count = 0;
  const odd = length % PAGE_SIZE;
  const last = buffers.at(-1);
  if (odd > 0 && last !== undefined && last.from + last.count + odd <= PAGE_SIZE) {
    const slice = takeAll(copy, odd, last.count === 0 ? undefined : last);
    if (slice === undefined) return 0;
    buffers[buffers.length - 1] = slice;
    count = odd;
  }
  while (count < length && buffers.length < BUFFERS_MAX) {
    const wanted = Math.min(PAGE_SIZE, length - count);
    const slice = takeAll(copy, wanted);
    if (slice === undefined) {
      if (leavesBuffer) buffers.push(EMPTY);
      break;
    }
    buffers.push(slice);
    count += wanted;
  }
  return count;
}

/** So many bytes, behind what is there already; undefined when not all of them can be read. */
function takeAll(copy: UserCopy, count: number, behind: Slice = EMPTY): Slice | undefined {
  let slice: Slice | undefined = behind;
  for (let left = count; left > 0; ) {
    const piece = copy.take(left);
    if (piece === undefined) return undefined;
    slice = append(slice, piece);
    if (slice === undefined) {
      copy.open = 'too many possibilities';
      return undefined;
    }
    left -= piece.count;
  }
  return slice;
}

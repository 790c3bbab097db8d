/** Reading from a pipe. Clauses read.pipe-* */
import type { ClauseId } from '../../spec/clauses.ts';
import { PIPE } from '../../spec/language/constants.ts';
import { because, give, type Ruling, refuse } from '../allowed.ts';
import type { Slice } from '../memory/slice.ts';
import { UserCopy } from '../memory/user-copy.ts';
import { blocks } from '../process/blocked.ts';
import { withEntry } from '../table.ts';
import type { OpenFile, Pipe, Process, World } from '../world.ts';
import type { Descriptor } from './descriptor.ts';
import type { Request } from './request.ts';

export function readPipe(world: World, process: Process, { openFile }: Descriptor, request: Request): Ruling {
  if (request.length === 0) return [give(['read.nothing', ...request.clauses], 0, world)];
  const id = openFile.object;
  const copy = new UserCopy(world, process.name, request.spans);
  const { count, left } = drain(copy, pipeOf(world, id), request.length);
  if (copy.open !== undefined) return { open: copy.open };
  const after = withPipe(copy.world, id, left);
  if (count > 0)
    return [
      give(['read.pipe-data', ...(copy.faulted ? (['read.pipe-fault'] as const) : []), ...request.clauses, ...copy.met], count, after),
    ];
  if (copy.faulted) return [because(refuse('copy.fault', 'EFAULT', after), ...copy.met)];
  if (!isOpen(world, id, 'pipe-write')) return [give(['read.pipe-end', ...request.clauses], 0, after)];
  if ((openFile.flags & PIPE.nonblock) !== 0) return [refuse('read.pipe-empty', 'EAGAIN', after)];
  return [blocks('read.pipe-blocks', world)];
}

/** Takes what the pipe holds, buffer by buffer; a buffer whose bytes cannot all be put where they are to go stays. Clause read.pipe-fault */
function drain(copy: UserCopy, { buffers }: Pipe, length: number): { readonly count: number; readonly left: Pipe } {
  let count = 0;
  let taken = 0;
  for (const buffer of buffers) {
    if (count === length && count > 0) break;
    const wanted = Math.min(buffer.count, length - count);
    const before = copy.position;
    if (!putAll(copy, { ...buffer, count: wanted }, 'read.pipe-data', false)) {
      copy.rewind(before);
      putAll(copy, { ...buffer, count: wanted }, 'read.pipe-fault', true);
      break;
    }
    count += wanted;
    if (wanted < buffer.count) {
      const rest = { ...buffer, from: buffer.from + wanted, count: buffer.count - wanted };
      return { count, left: { buffers: [rest, ...buffers.slice(taken + 1)] } };
    }
    taken++;
  }
  return { count, left: { buffers: buffers.slice(taken) } };
}

/** @param maybe  memory may also keep what it held @returns false when not all of the bytes could be put */
function putAll(copy: UserCopy, { contents, from, count }: Slice, by: ClauseId, maybe: boolean): boolean {
  let done = 0;
  while (done < count) {
    const put = copy.put({ contents, from: from + done, count: count - done }, by, undefined, maybe);
    if (put === 0) return false;
    done += put;
  }
  return true;
}

export function pipeOf(world: World, id: number): Pipe {
  const pipe = world.pipes.get(id);
  if (pipe === undefined) throw new Error(`the model has no pipe ${id}`);
  return pipe;
}

export const withPipe = (world: World, id: number, pipe: Pipe): World => ({ ...world, pipes: withEntry(world.pipes, id, pipe) });

/** Some process that is alive has a descriptor of this end of the pipe. */
export function isOpen(world: World, pipe: number, end: OpenFile['kind']): boolean {
  for (const { fds } of world.processes.values()) {
    for (const id of fds.values()) {
      const openFile = world.openFiles.get(id);
      if (openFile?.kind === end && openFile.object === pipe) return true;
    }
  }
  return false;
}

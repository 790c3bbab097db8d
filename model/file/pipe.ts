/** pipe(flags): a pipe and the descriptors of its two ends. Clauses pipe.* */
import type { CallOf } from '../../spec/language/call.ts';
import { PIPE } from '../../spec/language/constants.ts';
import { give, type Ruling, refusals } from '../allowed.ts';
import { withEntry } from '../table.ts';
import { type Process, processOf, type World } from '../world.ts';
import { lowestFd, tooMany, withNewOpenFile } from './descriptor.ts';

const CLOEXEC = 0x8_0000;
/** Packets, and notifications of the kernel's: other things than a pipe, asked for by flags of open. */
const OTHER_PIPES = 0x4000 | 0x80;
/** How the two descriptors travel in one result. */
const WRITE_END = 65536;

export function judgePipe(world: World, process: Process, { flags }: CallOf<'pipe'>): Ruling {
  const refused = refusals(
    world,
    [(flags & ~(PIPE.nonblock | CLOEXEC | OTHER_PIPES)) !== 0, 'pipe.flags', 'EINVAL'],
    [tooMany(process, 2), 'pipe.too-many', 'EMFILE'],
  );
  if ((flags & OTHER_PIPES) !== 0) return { open: 'a pipe of another kind' };
  if (refused.length > 0) return refused;
  const pipe = world.nextId;
  const made: World = { ...world, pipes: withEntry(world.pipes, pipe, { buffers: [] }), nextId: pipe + 1 };
  const nonblock = flags & PIPE.nonblock;
  const reading = withNewOpenFile(made, process, { kind: 'pipe-read', object: pipe, flags: nonblock, offset: 0 });
  const reader = processOf(reading, process.name);
  const both = withNewOpenFile(reading, reader, { kind: 'pipe-write', object: pipe, flags: nonblock | 1, offset: 0 });
  return [give(['pipe.creates'], lowestFd(process) + WRITE_END * lowestFd(reader), both)];
}

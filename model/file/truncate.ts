/** ftruncate(fd, length): sets the size of a file. Clauses ftruncate.* */
import type { ClauseId } from '../../spec/clauses.ts';
import type { CallOf } from '../../spec/language/call.ts';
import { SEAL } from '../../spec/language/constants.ts';
import { give, type Ruling, refusals } from '../allowed.ts';
import type { Process, World } from '../world.ts';
import { canWrite, onDescriptor } from './descriptor.ts';
import { fileOffset } from './offset.ts';
import { resize, resizing } from './resize.ts';
import { hasPages, STORABLE } from './shmem.ts';

const HUGE_PAGE = 2 ** 21;

export function judgeFtruncate(world: World, process: Process, call: CallOf<'ftruncate'>): Ruling {
  const size = fileOffset(world, call.length);
  const negative = refusals(world, [size.negative, 'ftruncate.negative', 'EINVAL']);
  return onDescriptor(world, process, call.fd, 'ftruncate.bad-descriptor', negative, ({ openFile, object }) => {
    if (object === undefined) return refusals(world, [true, 'ftruncate.not-a-file', 'EINVAL']);
    const grows = size.bytes > object.size;
    const refused = refusals(
      world,
      [size.negative, 'ftruncate.negative', 'EINVAL'],
      [!canWrite(openFile), 'ftruncate.not-writable', 'EINVAL'],
      [object.kind === 'huge' && size.bytes % HUGE_PAGE !== 0, 'memfd.huge-pages', 'EINVAL'],
      [grows && size.bytes > process.limits.fsize.soft, 'ftruncate.limit', 'EFBIG'],
      [grows && (object.seals & SEAL.grow) !== 0, 'ftruncate.sealed-grow', 'EPERM'],
      [!size.negative && size.bytes < object.size && (object.seals & SEAL.shrink) !== 0, 'ftruncate.sealed-shrink', 'EPERM'],
    );
    if (refused.length > 0) return refused;
    if (size.bytes > STORABLE && !hasPages(world, object)) return { open: 'a size that the file system may not be able to store' };
    const by = grows ? 'ftruncate.grows' : 'ftruncate.shrinks';
    const after = resize(world, object, size.bytes, by);
    const clauses: [ClauseId, ...ClauseId[]] = [by, ...resizing(world, after, object)];
    if (openFile.offset > size.bytes) clauses.push('ftruncate.offset');
    return [give(clauses, 0, after)];
  });
}

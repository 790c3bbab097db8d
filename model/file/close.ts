/** close(fd) and dup(fd). Clauses close.*, dup.* */
import type { ClauseId } from '../../spec/clauses.ts';
import type { CallOf } from '../../spec/language/call.ts';
import { give, type Ruling, refusals } from '../allowed.ts';
import { type Process, signed, type World } from '../world.ts';
import { lowestFd, onDescriptor, tooMany, withDescriptor, withoutDescriptor } from './descriptor.ts';

export function judgeClose(world: World, process: Process, call: CallOf<'close'>): Ruling {
  return onDescriptor(world, process, call.fd, 'close.bad-descriptor', [], ({ number }) => {
    const clauses: readonly [ClauseId, ...ClauseId[]] =
      signed(world, call.fd) === number ? ['close.frees'] : ['close.frees', 'close.low-half'];
    return [give(clauses, 0, withoutDescriptor(world, process, number))];
  });
}

export function judgeDup(world: World, process: Process, call: CallOf<'dup'>): Ruling {
  const refused = refusals(world, [tooMany(process), 'dup.too-many', 'EMFILE']);
  return onDescriptor(world, process, call.fd, 'dup.bad-descriptor', refused, ({ id }) =>
    refused.length > 0 ? refused : [give(['dup.lowest', 'dup.shares'], lowestFd(process), withDescriptor(world, process, id))],
  );
}

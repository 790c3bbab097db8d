/** memfd_create(flags): a file without a name. Clauses memfd.* */
import type { ClauseId } from '../../spec/clauses.ts';
import type { CallOf } from '../../spec/language/call.ts';
import { MEMFD, SEAL } from '../../spec/language/constants.ts';
import { give, type Ruling, refusals } from '../allowed.ts';
import { newObject } from '../memory/object.ts';
import { type Process, type World, withObject } from '../world.ts';
import { lowestFd, tooMany, withNewOpenFile } from './descriptor.ts';

const ALWAYS_KNOWN = MEMFD.cloexec | MEMFD.allow_sealing;
const EXEC = MEMFD.noexec_seal | MEMFD.exec;
const RDWR = 2;

export function judgeMemfdCreate(world: World, process: Process, { flags }: CallOf<'memfd_create'>): Ruling {
  const has = (bit: number): boolean => (flags & bit) !== 0;
  if (has(MEMFD.hugetlb)) return { open: 'a file of huge pages' };
  const refused = refusals(
    world,
    [(flags & ~(ALWAYS_KNOWN | EXEC)) !== 0, 'memfd.flags', 'EINVAL'],
    [(flags & EXEC) !== 0 && world.choices['memfd.exec-flags'] === 'einval', 'memfd.exec-flags', 'EINVAL'],
    [has(MEMFD.exec) && has(MEMFD.noexec_seal), 'memfd.exec-or-noexec', 'EINVAL'],
    [tooMany(process), 'memfd.too-many', 'EMFILE'],
  );
  if (refused.length > 0) return refused;
  const id = world.nextId;
  const object = { ...newObject(id, 'memfd', 0), seals: initialSeals(flags) };
  const made = withObject({ ...world, nextId: id + 1 }, object);
  const after = withNewOpenFile(made, process, { kind: 'file', object: id, flags: RDWR, offset: 0 });
  const clauses: [ClauseId, ...ClauseId[]] = [
    'memfd.creates',
    'open.lowest',
    has(MEMFD.noexec_seal) ? 'memfd.noexec-seal' : 'memfd.sealing',
  ];
  if ((flags & EXEC) !== 0) clauses.push('memfd.exec-flags');
  return [give(clauses, lowestFd(process), after)];
}

function initialSeals(flags: number): number {
  if ((flags & MEMFD.noexec_seal) !== 0) return SEAL.exec;
  return (flags & MEMFD.allow_sealing) !== 0 ? 0 : SEAL.seal;
}

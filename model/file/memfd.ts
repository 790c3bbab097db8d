/** memfd_create(flags): a file without a name. Clauses memfd.* */
import type { ClauseId } from '../../spec/clauses.ts';
import type { CallOf } from '../../spec/language/call.ts';
import { MEMFD, SEAL } from '../../spec/language/constants.ts';
import { give, type Ruling, refusals } from '../allowed.ts';
import { newObject } from '../memory/object.ts';
import { type Process, type World, withObject } from '../world.ts';
import { lowestFd, tooMany, withNewOpenFile } from './descriptor.ts';

const EXEC = MEMFD.noexec_seal | MEMFD.exec;
const KNOWN = MEMFD.cloexec | MEMFD.allow_sealing | MEMFD.hugetlb | EXEC;
/** Binary logarithm of the size of huge pages, in the upper bits; 0 asks for the default size. */
const SIZE_SHIFT = 26;
const DEFAULT_SIZE = 21;
const GIGANTIC = 30;
const RDWR = 2;

export function judgeMemfdCreate(world: World, process: Process, { flags }: CallOf<'memfd_create'>): Ruling {
  const has = (bit: number): boolean => (flags & bit) !== 0;
  const huge = has(MEMFD.hugetlb);
  const size = flags >>> SIZE_SHIFT;
  if (huge && (size === GIGANTIC || world.host.hugePages > 0)) return { open: 'huge pages that the target may have' };
  const meaningful = huge ? flags % 2 ** SIZE_SHIFT : flags;
  const refused = refusals(
    world,
    [(meaningful & ~KNOWN) !== 0, 'memfd.flags', 'EINVAL'],
    [has(EXEC) && world.choices['memfd.exec-flags'] === 'einval', 'memfd.exec-flags', 'EINVAL'],
    [has(MEMFD.exec) && has(MEMFD.noexec_seal), 'memfd.exec-or-noexec', 'EINVAL'],
    [huge && size !== 0 && size !== DEFAULT_SIZE, 'memfd.huge-size', 'ENODEV'],
    [tooMany(process), 'memfd.too-many', 'EMFILE'],
  );
  if (refused.length > 0) return refused;
  const id = world.nextId;
  const object = { ...newObject(id, huge ? 'huge' : 'memfd', 0), seals: initialSeals(flags) };
  const made = withObject({ ...world, nextId: id + 1 }, object);
  const after = withNewOpenFile(made, process, { kind: 'file', object: id, flags: RDWR, offset: 0 });
  const clauses: [ClauseId, ...ClauseId[]] = [
    'memfd.creates',
    'open.lowest',
    has(MEMFD.noexec_seal) ? 'memfd.noexec-seal' : 'memfd.sealing',
  ];
  if (has(EXEC)) clauses.push('memfd.exec-flags');
  if (huge) clauses.push('memfd.huge-pages');
  return [give(clauses, lowestFd(process), after)];
}

function initialSeals(flags: number): number {
  if ((flags & MEMFD.noexec_seal) !== 0) return SEAL.exec;
  return (flags & MEMFD.allow_sealing) !== 0 ? 0 : SEAL.seal;
}

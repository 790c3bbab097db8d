/** add_seals(fd, seals) and get_seals(fd): what may no longer be done to a memfd. Clauses seals.* */
import type { ClauseId } from '../../spec/clauses.ts';
import type { CallOf } from '../../spec/language/call.ts';
import { PROT, SEAL } from '../../spec/language/constants.ts';
import { firstRefusal, give, type Ruling, refusals } from '../allowed.ts';
import type { MemoryObject } from '../memory/object.ts';
import { type Process, type World, withObject } from '../world.ts';
import { canWrite, onDescriptor } from './descriptor.ts';

const BEFORE_EXEC = SEAL.seal | SEAL.shrink | SEAL.grow | SEAL.write | SEAL.future_write;
/** What the exec seal brings with it for a file that can be executed. */
const IMPLIED = SEAL.shrink | SEAL.grow | SEAL.write | SEAL.future_write;

export function judgeAddSeals(world: World, process: Process, call: CallOf<'add_seals'>): Ruling {
  const known = BEFORE_EXEC | (world.choices['seals.exec'] === 'known' ? SEAL.exec : 0);
  const unknown = refusals(world, [(call.seals & ~known) !== 0, 'seals.unknown', 'EINVAL']);
  return onDescriptor(world, process, call.fd, 'seals.bad-descriptor', unknown, ({ openFile, object }): Ruling => {
    const others = [...unknown, ...refusals(world, [!canWrite(openFile), 'seals.not-writable', 'EPERM'])];
    if (object === undefined || !canBeSealed(world, object)) return [...refusals(world, [true, 'seals.not-a-memfd', 'EINVAL']), ...others];
    const refused = [
      ...others,
      ...refusals(
        world,
        [(sealsOf(object) & SEAL.seal) !== 0, 'seals.sealed', 'EPERM'],
        [adds(object, call.seals, SEAL.write) && isMappedWritable(world, object), 'seals.busy', 'EBUSY'],
      ),
    ];
    if (refused.length > 0) return refused;
    const seals = withImplied(object, call.seals);
    const clauses: [ClauseId, ...ClauseId[]] = ['seals.adds'];
    if (seals !== call.seals) clauses.push('seals.exec-implies');
    if ((call.seals & SEAL.exec) !== 0) clauses.push('seals.exec');
    return [give(clauses, 0, withObject(world, { ...object, seals: object.seals | seals }))];
  });
}

export function judgeGetSeals(world: World, process: Process, call: CallOf<'get_seals'>): Ruling {
  return onDescriptor(world, process, call.fd, 'seals.bad-descriptor', [], ({ object }) =>
    object === undefined || !canBeSealed(world, object)
      ? firstRefusal(world, [true, 'seals.not-a-memfd', 'EINVAL'])
      : [give(isMemfd(object) ? ['seals.tells'] : ['seals.tells', 'seals.tmpfs'], sealsOf(object), world)],
  );
}

/** A file of tmpfs has seals like a memfd: the one that forbids more. */
function canBeSealed(world: World, object: MemoryObject): boolean {
  return isMemfd(object) || (world.host.fileSystem === 'tmpfs' && world.choices['seals.tmpfs'] === 'sealed');
}

const isMemfd = ({ kind }: MemoryObject): boolean => kind === 'memfd' || kind === 'huge';

const sealsOf = (object: MemoryObject): number => (isMemfd(object) ? object.seals : SEAL.seal);

/** A memfd that came without the exec seal is executable, and there is no other way to take that from it. */
function withImplied(object: MemoryObject, seals: number): number {
  return (seals & ~object.seals & SEAL.exec) !== 0 ? seals | IMPLIED : seals;
}

const adds = (object: MemoryObject, seals: number, seal: number): boolean => (withImplied(object, seals) & ~object.seals & seal) !== 0;

/** Some process has a shared mapping of the file that is, or by mprotect may become, writable. */
function isMappedWritable(world: World, { id }: MemoryObject): boolean {
  for (const { space } of world.processes.values()) {
    if (space.map.all().some(({ value }) => value.object === id && value.shared && (value.may & PROT.w) !== 0)) return true;
  }
  return false;
}

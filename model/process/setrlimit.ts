/** setrlimit(resource, soft, hard): in bytes, or a count of descriptors. Clauses setrlimit.* */
import type { CallOf, Value } from '../../spec/language/call.ts';
import { RLIMIT } from '../../spec/language/constants.ts';
import { type Allowed, give, type Ruling, refusals } from '../allowed.ts';
import { type LimitName, type Process, signed, unsigned, type World, withProcess } from '../world.ts';

/** Resources that Linux numbers: those of the notation are among them. */
const RESOURCES = 16;
/** fs.nr_open at its least: no higher limit on descriptors is sure to be taken. */
const DESCRIPTORS_MAX = 1024;

const NAMES = new Map(Object.entries(RLIMIT).map(([name, resource]) => [resource as number, name as LimitName]));

export function judgeSetrlimit(world: World, process: Process, call: CallOf<'setrlimit'>): Ruling {
  // A kernel takes the low 32 bits, unsigned.
  const resource = ((call.resource % 2 ** 32) + 2 ** 32) % 2 ** 32;
  const name = NAMES.get(resource);
  if (name === undefined && resource < RESOURCES) return { open: 'a limit that is not about memory' };
  const current = name === undefined ? undefined : process.limits[name];
  const raises = current !== undefined && limitOf(world, call.hard) > current.hard && !world.host.privileged;
  const refused = refusals(
    world,
    [name === undefined, 'setrlimit.resource', 'EINVAL'],
    [isBelow(world, call.hard, call.soft), 'setrlimit.soft-above-hard', 'EINVAL'],
    [raises, 'setrlimit.raises-hard', 'EPERM'],
  );
  if (refused.length > 0 || name === undefined) return refused;
  const limit = { soft: limitOf(world, call.soft), hard: limitOf(world, call.hard) };
  const set = give(['setrlimit.sets'], 0, withProcess(world, { ...process, limits: { ...process.limits, [name]: limit } }));
  return [set, ...tooManyDescriptors(world, name, limit.hard)];
}

/** What a process with the privilege to raise its limits may still be refused. */
function tooManyDescriptors(world: World, name: LimitName, hard: number): Allowed[] {
  return refusals(world, [name === 'nofile' && hard > DESCRIPTORS_MAX, 'setrlimit.descriptors', 'EPERM']);
}

/** −1 is no limit. */
function limitOf(world: World, value: Value): number {
  const number = unsigned(world, value);
  return signed(world, value) === -1 ? Number.POSITIVE_INFINITY : number;
}

/** a < b as unsigned 64-bit numbers, also where both are too large to be exact. */
function isBelow(world: World, a: Value, b: Value): boolean {
  const [left, right] = [signed(world, a), signed(world, b)];
  return left < 0 === right < 0 ? left < right : right < 0;
}

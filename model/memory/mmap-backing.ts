/** What stands behind a new mapping: nothing, a new shared object, a file, or huge pages; and what it refuses. Clauses mmap.* */
import type { CallOf } from '../../spec/language/call.ts';
import { MAP, MAP_TYPES, PROT, SEAL } from '../../spec/language/constants.ts';
import { type Allowed, type Open, refusals, refuse } from '../allowed.ts';
import { canRead, canWrite, type Descriptor, descriptor, isForeign } from '../file/descriptor.ts';
import type { Process, World } from '../world.ts';
import { asks, FILE_PAGES, hugeSize, isHugePageAligned, type Request } from './mmap-request.ts';
import type { MemoryObject } from './object.ts';

export interface Backing {
  /** Errors that what is behind the mapping calls for. */
  readonly refused: readonly Allowed[];
  /** Errors found last, when what was mapped in the range may be gone already. Clause mmap.replaces-first */
  readonly late: readonly Allowed[];
  readonly shared: boolean;
  readonly may: number;
  /** It is the seals of the file that forbid writing. */
  readonly sealed: boolean;
  /** The file behind it; undefined for anonymous memory, private or shared. */
  readonly object: MemoryObject | undefined;
}

const ALL = PROT.r | PROT.w | PROT.x;

export function backing(world: World, process: Process, call: CallOf<'mmap'>, asked: Request): Backing | Open {
  if (asked.anonymous && asked.hugetlb) return hugePages(world, asked);
  if (asked.anonymous) return anonymous(world, asked);
  const found = descriptor(world, process, call.fd);
  if (found === undefined && isForeign(world, process, call.fd)) return { open: 'a descriptor that may be the target’s own' };
  if (found?.object?.kind === 'huge') return { open: 'a mapping of a file of huge pages' };
  return found === undefined
    ? { refused: [refuse('mmap.bad-descriptor', 'EBADF', world)], late: [], shared: false, may: ALL, sealed: false, object: undefined }
    : file(world, asked, found);
}

function anonymous(world: World, asked: Request): Backing {
  const { type } = asked;
  const shared = type === MAP_TYPES.shared;
  const droppable = type === MAP_TYPES.droppable && world.choices['mmap.droppable'] === 'supported';
  const refused = refusals(
    world,
    [type === MAP_TYPES.shared_validate, 'mmap.validate-anonymous', 'EINVAL'],
    [!shared && !droppable && type !== MAP_TYPES.private && type !== MAP_TYPES.shared_validate, 'mmap.type', 'EINVAL'],
    [shared && asks(asked, MAP.growsdown), 'mmap.growsdown-private', 'EINVAL'],
    [droppable && (asks(asked, MAP.growsdown) || asks(asked, MAP.locked)), 'mmap.droppable-alone', 'EINVAL'],
  );
  return { refused, late: [], shared, may: ALL, sealed: false, object: undefined };
}

/** Every type of mapping of something that is not anonymous; MAP_DROPPABLE is not among them. */
const isFileType = (type: number): boolean => type === MAP_TYPES.shared || type === MAP_TYPES.private || type === MAP_TYPES.shared_validate;

/** Huge pages are a file to the kernel, of a file system of their own: what holds for files holds for them. */
function hugePages(world: World, asked: Request): Backing | Open {
  const size = hugeSize(asked);
  if (size === GIGANTIC || world.host.hugePages > 0) return { open: 'huge pages that the target may have' };
  const refused = [
    ...fileRefusals(world, asked),
    ...refusals(world, [size !== 0 && size !== DEFAULT_SIZE, 'mmap.huge-page-size', 'EINVAL']),
  ];
  const late = refusals(
    world,
    [!isHugePageAligned(asked.offset), 'mmap.huge-page-offset', 'EINVAL'],
    [!asks(asked, MAP.noreserve), 'mmap.huge-page-pool', 'ENOMEM'],
  );
  return { refused, late, shared: asked.type !== MAP_TYPES.private, may: ALL, sealed: false, object: undefined };
}

const DEFAULT_SIZE = 21;
const GIGANTIC = 30;

function fileRefusals(world: World, asked: Request): Allowed[] {
  return refusals(
    world,
    [!isFileType(asked.type), 'mmap.type', 'EINVAL'],
    [asks(asked, MAP.growsdown), 'mmap.growsdown-private', 'EINVAL'],
    [asked.type === MAP_TYPES.shared_validate && !isValid(asked), 'mmap.validate-flags', 'EOPNOTSUPP'],
    [asked.offset.page + asked.pages >= FILE_PAGES, 'mmap.offset-overflow', 'EOVERFLOW'],
  );
}

/** MAP_ABOVE4G, which x86-64 knows. */
const ABOVE_4G = 0x80;
/** What MAP_SHARED_VALIDATE lets through: the flags that are older than itself, and the sizes 2 MiB and 1 GiB of huge pages. */
const VALID =
  0xf |
  MAP.fixed |
  MAP.anon |
  MAP['32bit'] |
  ABOVE_4G |
  MAP.growsdown |
  MAP.denywrite |
  MAP.executable |
  MAP.locked |
  MAP.noreserve |
  MAP.populate |
  MAP.nonblock |
  MAP.stack |
  MAP.hugetlb |
  MAP.uninitialized |
  (DEFAULT_SIZE << 26) |
  (GIGANTIC << 26);

const isValid = ({ given, flags }: Request): boolean => given >= 0 && given < 2 ** 32 && (flags & ~VALID) === 0;

function file(world: World, asked: Request, { openFile, object }: Descriptor): Backing {
  const shared = asked.type !== MAP_TYPES.private;
  const writes = (asked.prot & PROT.w) !== 0;
  const sealed = shared && ((object?.seals ?? 0) & (SEAL.write | SEAL.future_write)) !== 0;
  const refused = [
    ...fileRefusals(world, asked),
    ...refusals(
      world,
      [asked.hugetlb, 'mmap.huge-page-file', 'EINVAL'],
      [object === undefined, 'mmap.not-mappable', 'ENODEV'],
      // A pipe lies on a file system of its own, from which nothing is executed.
      [object === undefined && (asked.prot & PROT.x) !== 0, 'mmap.not-mappable', 'EPERM'],
      [!canRead(openFile), 'mmap.unreadable', 'EACCES'],
      [shared && writes && !canWrite(openFile), 'mmap.shared-write', 'EACCES'],
      [sealed && writes && canWrite(openFile), 'mmap.sealed', 'EPERM'],
    ),
  ];
  return { refused, late: [], shared, may: shared && (sealed || !canWrite(openFile)) ? ALL & ~PROT.w : ALL, sealed, object };
}

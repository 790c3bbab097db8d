/** open(file, flags) and unlink(file): names in the program's private directory. Clauses open.*, unlink.* */
import type { ClauseId } from '../../spec/clauses.ts';
import type { CallOf } from '../../spec/language/call.ts';
import { O_ACCMODE, OPEN } from '../../spec/language/constants.ts';
import { firstRefusal, give, type Ruling, refusals } from '../allowed.ts';
import { newObject } from '../memory/object.ts';
import { withEntry, withoutEntry } from '../table.ts';
import { objectOf, type Process, processOf, type World, withObject } from '../world.ts';
import { lowestFd, tooMany, withNewOpenFile } from './descriptor.ts';
import { resize, resizing } from './resize.ts';

/** Bits that mean nothing in open; every other one beside those of the notation asks for something else. */
const MEANINGLESS = 0x0000_0004 | 0x0000_0008 | 0x0000_0010 | 0x0000_0020 | 0x0080_0000;
const KNOWN = O_ACCMODE | OPEN.creat | OPEN.excl | OPEN.trunc | OPEN.append;

export function judgeOpen(world: World, process: Process, call: CallOf<'open'>): Ruling {
  const { flags } = call;
  if ((flags & ~(KNOWN | MEANINGLESS)) !== 0) return { open: 'open with flags that are not of the notation' };
  const object = world.directory.get(call.file);
  const creates = (flags & OPEN.creat) !== 0;
  const modeThree = (flags & O_ACCMODE) === O_ACCMODE;
  const refused = refusals(
    world,
    [tooMany(process), 'open.too-many', 'EMFILE'],
    [modeThree && world.choices['open.mode-three'] === 'einval', 'open.mode-three', 'EINVAL'],
    [object !== undefined && creates && (flags & OPEN.excl) !== 0, 'open.exclusive', 'EEXIST'],
    [object === undefined && !creates, 'open.no-entry', 'ENOENT'],
  );
  if (refused.length > 0) return refused;
  const truncates = object !== undefined && (flags & OPEN.trunc) !== 0;
  const clauses: [ClauseId, ...ClauseId[]] = [object === undefined ? 'open.creates' : 'open.existing', 'open.lowest'];
  if (modeThree) clauses.push('open.mode-three');
  if ((flags & MEANINGLESS) !== 0) clauses.push('open.meaningless-flags');
  const after = truncates ? resize(world, objectOf(world, object), 0, 'open.truncate') : world;
  if (truncates) clauses.push('open.truncate', ...resizing(world, after, objectOf(world, object)));
  return [give(clauses, lowestFd(process), opened(after, processOf(after, process.name), call))];
}

/** The world with the file there, made if it was not, and open. */
function opened(world: World, process: Process, { file, flags }: CallOf<'open'>): World {
  const found = world.directory.get(file);
  if (found !== undefined) return withNewOpenFile(world, process, { kind: 'file', object: found, flags, offset: 0 });
  const id = world.nextId;
  const named: World = { ...world, directory: withEntry(world.directory, file, id), nextId: id + 1 };
  return withNewOpenFile(withObject(named, newObject(id, 'file', 0)), process, { kind: 'file', object: id, flags, offset: 0 });
}

export function judgeUnlink(world: World, _process: Process, call: CallOf<'unlink'>): Ruling {
  const id = world.directory.get(call.file);
  if (id === undefined) return firstRefusal(world, [true, 'unlink.no-entry', 'ENOENT']);
  const nameless = withObject(world, { ...objectOf(world, id), linked: false });
  return [give(['unlink.removes-name'], 0, { ...nameless, directory: withoutEntry(world.directory, call.file) })];
}

/** open(file, flags) and unlink(file): names in the program's private directory. Clauses open.*, unlink.* */
import type { CallOf } from '../../spec/language/call.ts';
import { O_ACCMODE, OPEN } from '../../spec/language/constants.ts';
import { firstRefusal, give, type Ruling, refusals } from '../allowed.ts';
import { newObject } from '../memory/object.ts';
import { withEntry, withoutEntry } from '../table.ts';
import { objectOf, type Process, type World, withObject } from '../world.ts';
import { lowestFd, tooMany, withNewOpenFile } from './descriptor.ts';
import { resize } from './resize.ts';

/** Bits that Linux gives no meaning in open; every other one beside those of the notation asks for something else. */
const MEANINGLESS = 0x0000_0004 | 0x0000_0008 | 0x0000_0010 | 0x0000_0020 | 0x0080_0000;
const KNOWN = O_ACCMODE | OPEN.creat | OPEN.excl | OPEN.trunc | OPEN.append | MEANINGLESS;

export function judgeOpen(world: World, process: Process, call: CallOf<'open'>): Ruling {
  const { flags } = call;
  if ((flags & ~KNOWN) !== 0) return { open: 'open with flags that are not of the notation' };
  const object = world.directory.get(call.file);
  const creates = (flags & OPEN.creat) !== 0;
  const refused = refusals(
    world,
    [tooMany(process), 'open.too-many', 'EMFILE'],
    [object !== undefined && creates && (flags & OPEN.excl) !== 0, 'open.exclusive', 'EEXIST'],
    [object === undefined && !creates, 'open.no-entry', 'ENOENT'],
  );
  if (refused.length > 0) return refused;
  const fd = lowestFd(process);
  if (object === undefined) return [give(['open.creates', 'open.lowest'], fd, created(world, process, call))];
  const truncates = (flags & OPEN.trunc) !== 0 && ((flags & O_ACCMODE) !== 0 || world.choices['open.truncate-read-only'] === 'truncates');
  const opened = withNewOpenFile(world, process, { kind: 'file', object, flags, offset: 0 });
  if (!truncates) return [give(['open.existing', 'open.lowest'], fd, opened)];
  return [give(['open.truncate', 'open.lowest'], fd, resize(opened, objectOf(world, object), 0, 'open.truncate'))];
}

function created(world: World, process: Process, call: CallOf<'open'>): World {
  const id = world.nextId;
  const named: World = { ...world, directory: withEntry(world.directory, call.file, id), nextId: id + 1 };
  return withNewOpenFile(withObject(named, newObject(id, 'file', 0)), process, { kind: 'file', object: id, flags: call.flags, offset: 0 });
}

export function judgeUnlink(world: World, _process: Process, call: CallOf<'unlink'>): Ruling {
  const id = world.directory.get(call.file);
  if (id === undefined) return firstRefusal(world, [true, 'unlink.no-entry', 'ENOENT']);
  const nameless = withObject(world, { ...objectOf(world, id), linked: false });
  return [give(['unlink.removes-name'], 0, { ...nameless, directory: withoutEntry(world.directory, call.file) })];
}

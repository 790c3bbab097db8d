/** lseek(fd, offset, whence) and fsize(fd). Clauses lseek.*, fsize.* */
import type { ClauseId } from '../../spec/clauses.ts';
import type { CallOf } from '../../spec/language/call.ts';
import { PAGE_SIZE, SEEK } from '../../spec/language/constants.ts';
import type { Outcome } from '../../spec/language/outcome.ts';
import { type Allowed, give, type Ruling, refusals, refuse } from '../allowed.ts';
import type { MemoryObject } from '../memory/object.ts';
import { PAGES_END } from '../memory/word.ts';
import type { Process, World } from '../world.ts';
import { type Descriptor, onDescriptor, withOpenFile } from './descriptor.ts';
import { type FileOffset, fileOffset } from './offset.ts';
import { hasPages, STORABLE } from './shmem.ts';

export function judgeLseek(world: World, process: Process, call: CallOf<'lseek'>): Ruling {
  const { whence } = call;
  const distance = fileOffset(world, call.offset);
  const unknown = refusals(world, [whence < SEEK.set || whence > SEEK.hole, 'lseek.whence', 'EINVAL']);
  return onDescriptor(world, process, call.fd, 'lseek.bad-descriptor', unknown, (found): Ruling => {
    const { object } = found;
    if (object === undefined) return [...refusals(world, [true, 'lseek.pipe', 'ESPIPE']), ...unknown];
    if (unknown.length > 0) return unknown;
    switch (whence) {
      case SEEK.set:
        return move(world, found, 0, distance);
      case SEEK.cur:
        return move(world, found, found.openFile.offset, distance);
      case SEEK.end:
        return move(world, found, object.size, distance);
      case SEEK.data:
        return seekData(world, found, object, distance);
      default:
        return seekHole(world, found, object, distance);
    }
  });
}

/** To a distance from somewhere; past the end of the file is fine. */
function move(world: World, found: Descriptor, from: number, distance: FileOffset): Ruling {
  const position = from + distance.bytes;
  if (position < 0) return [refuse('lseek.negative', 'EINVAL', world)];
  if (overflows(from, distance)) {
    return [refuse('lseek.overflow', world.choices['lseek.overflow'] === 'eoverflow' ? 'EOVERFLOW' : 'EINVAL', world)];
  }
  if (found.object!.kind === 'file' && !hasPages(world, found.object!) && position > STORABLE) {
    return { open: 'a position past what the file system may be able to store' };
  }
  if (!isExact(from, distance)) return { open: 'arithmetic on a position past 2^53 that is no whole number of pages' };
  return [give(['lseek.moves'], position, at(world, found, position))];
}

/** The sum cannot be held by a signed 64-bit number; told page by page, since doubles are far apart there. */
function overflows(from: number, { word, negative }: FileOffset): boolean {
  if (negative) return false;
  const carry = (from % PAGE_SIZE) + word.offset >= PAGE_SIZE ? 1 : 0;
  return Math.floor(from / PAGE_SIZE) + word.page + carry >= PAGES_END / 2;
}

/** Above 2^53 whole pages are exact, and what is only taken over. */
function isExact(from: number, { bytes }: FileOffset): boolean {
  return from === 0 || bytes === 0 || from + bytes <= Number.MAX_SAFE_INTEGER || (from % PAGE_SIZE === 0 && bytes % PAGE_SIZE === 0);
}

function at(world: World, { id, openFile }: Descriptor, position: number): World {
  return position === openFile.offset ? world : withOpenFile(world, id, { ...openFile, offset: position });
}

/** Any place may be told from which on there is data, as long as nothing but zeros is passed over; none where zeros are all there is. */
function seekData(world: World, found: Descriptor, object: MemoryObject, from: FileOffset): Ruling {
  const nowhere = refuse('lseek.data-past-end', 'ENXIO', world);
  if (from.negative && object.kind === 'huge') return { open: 'what lies before the beginning of a file of huge pages' };
  if (from.negative || from.bytes >= object.size) return [nowhere];
  const start = from.bytes;
  const latest = firstData(object, start);
  const data: Allowed = {
    clauses: withGranularity(world, object, 'lseek.data'),
    expected: {
      kind: 'some',
      text: latest === undefined ? `${start}, or a later place where data begins` : `from ${start} to ${latest}, where data begins`,
      accepts: (outcome) =>
        outcome.kind === 'value' && begins(world, object, outcome.value, start) && outcome.value <= (latest ?? object.size - 1),
      typical: { kind: 'value', value: latest ?? start },
    },
    next: moved(world, found),
  };
  return latest === undefined ? [refuse('lseek.no-data', 'ENXIO', world), data] : [data];
}

/** A hole begins where zeros do, and after the last byte; holes need not be told, and what is told lies not before the data that was passed. */
function seekHole(world: World, found: Descriptor, object: MemoryObject, from: FileOffset): Ruling {
  if (from.negative && object.kind === 'huge') return { open: 'what lies before the beginning of a file of huge pages' };
  if (from.negative || from.bytes >= object.size) return [refuse('lseek.data-past-end', 'ENXIO', world)];
  const start = from.bytes;
  const { size } = object;
  return [
    {
      clauses: withGranularity(world, object, 'lseek.hole'),
      expected: {
        kind: 'some',
        text: `${size}, or an earlier place from ${start} on where a hole begins`,
        accepts: (outcome) =>
          outcome.kind === 'value' &&
          (outcome.value === size ||
            (begins(world, object, outcome.value, start) &&
              outcome.value < size &&
              !isData(object, Math.floor(outcome.value / PAGE_SIZE)))),
        typical: { kind: 'value', value: isData(object, Math.floor(start / PAGE_SIZE)) ? size : start },
      },
      next: moved(world, found),
    },
  ];
}

const moved =
  (world: World, found: Descriptor) =>
  (outcome: Outcome): World | undefined =>
    outcome.kind === 'value' ? at(world, found, outcome.value) : undefined;

/** Memory’s data and holes are whole pages, but for the one in which the search starts. */
function begins(world: World, object: MemoryObject, position: number, start: number): boolean {
  return position === start || (position > start && (position % PAGE_SIZE === 0 || !hasPages(world, object)));
}

const withGranularity = (world: World, object: MemoryObject, clause: ClauseId): [ClauseId, ...ClauseId[]] =>
  hasPages(world, object) ? [clause, 'lseek.granularity'] : [clause];

/** The page was written, and no hole was made of it since: it cannot be passed over. Whether other pages are data, the file system knows. */
function isData(object: MemoryObject, index: number): boolean {
  return object.cells.get(index)?.present === true;
}

/** The first byte from `start` on that lies in a page of data, below the end of the file. */
function firstData(object: MemoryObject, start: number): number | undefined {
  const page = Math.floor(start / PAGE_SIZE);
  const first = isData(object, page) ? page : nextData(object, page + 1);
  if (first === undefined || first * PAGE_SIZE >= object.size) return undefined;
  return Math.max(start, first * PAGE_SIZE);
}

function nextData(object: MemoryObject, from: number): number | undefined {
  for (let pair = object.cells.getPairOrNextHigher(from); pair !== undefined; pair = object.cells.nextHigherPair(pair[0])) {
    if (pair[1].present) return pair[0];
  }
  return undefined;
}

export function judgeFsize(world: World, process: Process, call: CallOf<'fsize'>): Ruling {
  return onDescriptor(world, process, call.fd, 'fsize.bad-descriptor', [], ({ object }) =>
    object === undefined ? [give(['fsize.pipe'], 0, world)] : [give(['fsize.size'], object.size, world)],
  );
}

/** What a call that moves bytes asks for: the memory, and how many bytes. Clauses copy.beyond-user, iovec.* */
import type { ClauseId } from '../../spec/clauses.ts';
import type { Iovec, Value } from '../../spec/language/call.ts';
import { type Allowed, refusals, refuse } from '../allowed.ts';
import type { Span } from '../memory/user-copy.ts';
import { bytesOf, isZero, PAGES_END, type Word, word } from '../memory/word.ts';
import type { World } from '../world.ts';

export interface Request {
  /** What is wrong with it, as answers; the rest means nothing where there is any. */
  readonly refused: readonly Allowed[];
  readonly spans: readonly Span[];
  /** Bytes in all. */
  readonly length: number;
  /** Clauses that shaped it. */
  readonly clauses: readonly ClauseId[];
}

/** No call moves more bytes than this at once: 2^31 less a page. */
const LENGTH_MAX = 0x7fff_f000;
/** Elements of a vector. */
const ELEMENTS_MAX = 1024;

/** A single buffer. */
export function single(world: World, addr: Value, length: Value): Request {
  const start = word(world, addr);
  const asked = word(world, length);
  if (beyondUser(world, start, asked))
    return refusedRequest([refuse(isZero(asked) ? 'copy.zero-length' : 'copy.beyond-user', 'EFAULT', world)]);
  return request([{ start: bytesOf(start), length: bytesOf(asked) }]);
}

/** The elements of a vector. A single one counts as no longer than a call can move before its end is looked at. */
export function vector(world: World, iov: readonly Iovec[]): Request {
  const elements = iov.map(({ addr, length }) => ({ start: word(world, addr), length: word(world, length) }));
  const cut = elements.length === 1 && world.choices['iovec.single-huge'] === 'cut-first';
  const refused = refusals(
    world,
    [elements.length === 0 && world.choices['iovec.none'] === 'einval', 'iovec.none', 'EINVAL'],
    [elements.length > ELEMENTS_MAX, 'iovec.count', 'EINVAL'],
    [elements.some(({ length }) => isNegative(length)), 'iovec.negative-length', 'EINVAL'],
    [elements.some(({ start, length }) => beyondUser(world, start, cut ? shortened(length) : length)), 'copy.beyond-user', 'EFAULT'],
  );
  if (refused.length > 0) return refusedRequest(refused);
  const asked = request(elements.map(({ start, length }) => ({ start: bytesOf(start), length: bytesOf(length) })));
  const clauses: ClauseId[] = [...asked.clauses, 'iovec.order'];
  if (elements.length === 0) clauses.push('iovec.none');
  if (elements.length === 1 && elements[0]!.length.page > LENGTH_MAX / 4096) clauses.push('iovec.single-huge');
  return { ...asked, clauses };
}

/** Where bytes are in another process: a place that need not be one of its addresses at all. */
export interface Stretch {
  readonly start: Word;
  readonly length: number;
}

/** The elements of a vector that speaks of another process, or what is wrong with it. */
export function remoteVector(world: World, iov: readonly Iovec[]): readonly Stretch[] | { readonly refused: readonly Allowed[] } {
  const elements = iov.map(({ addr, length }) => ({ start: word(world, addr), length: word(world, length) }));
  const refused = refusals(
    world,
    [elements.length > ELEMENTS_MAX, 'iovec.count', 'EINVAL'],
    [elements.some(({ length }) => isNegative(length)), 'iovec.negative-length', 'EINVAL'],
  );
  return refused.length > 0 ? { refused } : elements.map(({ start, length }) => ({ start, length: bytesOf(length) }));
}

const isNegative = (length: Word): boolean => length.page >= PAGES_END / 2;

const refusedRequest = (refused: readonly Allowed[]): Request => ({ refused, spans: [], length: 0, clauses: [] });

function request(elements: readonly Span[]): Request {
  let length = 0;
  const spans: Span[] = [];
  let clauses: readonly ClauseId[] = [];
  for (const { start, length: asked } of elements) {
    const left = Math.min(asked, LENGTH_MAX - length);
    if (left < asked) clauses = ['copy.length-max'];
    length += left;
    spans.push({ start, length: left });
  }
  return { refused: [], spans, length, clauses };
}

const shortened = (length: Word): Word => (bytesOf(length) > LENGTH_MAX ? { page: LENGTH_MAX / 4096, offset: 0 } : length);

/** The range does not end within the user address space, or wraps around. */
function beyondUser(world: World, start: Word, length: Word): boolean {
  if (isZero(length) && world.choices['copy.zero-length'] === 'unchecked') return false;
  return bytesOf({ page: start.page + length.page, offset: start.offset + length.offset }) > world.host.userEnd;
}

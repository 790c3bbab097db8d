/**
 * Kernel access to user memory on behalf of a call: the bytes that read and write move. A copy goes through its elements in order, page by page, and
 * every page is met by the rules of a load or a store; it stops at the first byte that such an access could not reach. Clauses copy.*
 */
import type { ClauseId } from '../../spec/clauses.ts';
import { PAGE_SIZE } from '../../spec/language/constants.ts';
import { processOf, type World } from '../world.ts';
import { observePage, pageCell, putCell, reach, visible } from './access.ts';
import { isKnown } from './knowledge.ts';
import { has, type Mapping, type ObjectId, TRAIT } from './mapping.ts';
import { laid, type Slice } from './slice.ts';

/** A stretch of user addresses, in bytes. */
export interface Span {
  readonly start: number;
  readonly length: number;
}

/** Which page of memory: one of an object, or one that is a process's own. */
export interface Frame {
  readonly owner: ObjectId | string;
  readonly index: number;
}

/** How far a copy has come. */
interface Position {
  readonly world: World;
  readonly span: number;
  readonly offset: number;
}

/** A copy between the kernel and the elements of a process's memory, in progress. */
export class UserCopy {
  /** The world as the accesses so far have left it. */
  world: World;
  /** A byte was met that the access cannot reach. */
  faulted = false;
  /** Why the law cannot say what the copy does; undefined as long as it can. */
  open: string | undefined;
  /** The clauses that had a say in it, such as that of the fault. */
  readonly met: ClauseId[] = [];
  readonly #name: string;
  readonly #spans: readonly Span[];
  #span = 0;
  #offset = 0;

  constructor(world: World, name: string, spans: readonly Span[]) {
    this.world = world;
    this.#name = name;
    this.#spans = spans;
  }

  get position(): Position {
    return { world: this.world, span: this.#span, offset: this.#offset };
  }

  /** Goes back to an earlier position, as if nothing had been done since. */
  rewind({ world, span, offset }: Position): void {
    this.world = world;
    this.#span = span;
    this.#offset = offset;
    this.faulted = false;
  }

  /** Tries again where the copy faulted. */
  retry(): void {
    this.faulted = false;
  }

  /**
   * Takes the next bytes from user memory: up to `countMax`, no more than lie in one page.
   * @param target  where they go, if that is a page that user memory may be as well
   * @returns undefined where there are none, the first cannot be read, or the law cannot say what comes out
   */
  take(countMax: number, target?: Frame & { readonly offset: number }): Slice | undefined {
    const part = this.#next(countMax, 'load');
    if (part === undefined) return undefined;
    const { page, offset, count, mapping } = part;
    if (target !== undefined && this.#collides(frameOf(this.world, this.#name, page, mapping), target, offset, target.offset, count)) {
      return undefined;
    }
    const contents = visible(pageCell(this.world, processOf(this.world, this.#name), page, mapping));
    this.world = observePage(this.world, this.#name, page, mapping, () => true) ?? this.world;
    this.#offset += count;
    return { contents, from: offset, count };
  }

  /**
   * Puts bytes into user memory: up to the slice's, no more than lie in one page.
   * @param by  the clause that moves them @param source  where they come from, if that is a page that user memory may be as well
   * @param maybe  memory may also keep what it held
   * @returns how many were put; 0 as `take` returns undefined
   */
  put(slice: Slice, by: ClauseId, source?: Frame, maybe = false): number {
    const part = this.#next(slice.count, 'store');
    if (part === undefined) return 0;
    const { page, offset, count, mapping } = part;
    // A private page becomes the process's own before anything is put into it.
    const frame = mapping.shared ? frameOf(this.world, this.#name, page, mapping) : { owner: this.#name, index: page };
    if (source !== undefined && this.#collides(frame, source, offset, slice.from, count)) return 0;
    this.#write(page, mapping, offset, { ...slice, count }, by, maybe);
    this.#offset += count;
    return count;
  }

  /** The next bytes in one page that the access reaches; undefined at the end of the elements or at a fault. */
  #next(countMax: number, kind: 'load' | 'store'): { page: number; offset: number; count: number; mapping: Mapping } | undefined {
    if (this.open !== undefined || this.faulted) return undefined;
    while (this.#span < this.#spans.length && this.#offset === this.#spans[this.#span]!.length) {
      this.#span++;
      this.#offset = 0;
    }
    const span = this.#spans[this.#span];
    if (span === undefined) return undefined;
    const address = span.start + this.#offset;
    const offset = address % PAGE_SIZE;
    const page = (address - offset) / PAGE_SIZE;
    const { space } = processOf(this.world, this.#name);
    if (!isKnown(this.world, space, page, page + 1)) {
      this.open = 'memory that is not the program’s';
      return undefined;
    }
    const reached = reach(this.world, this.#name, page, kind);
    if (reached.world !== this.world) this.met.push('copy.grows-stack');
    this.world = reached.world;
    if (reached.fault?.foreign !== undefined) {
      this.open = 'whether a stack grows';
      return undefined;
    }
    if (reached.fault !== undefined) {
      this.faulted = true;
      this.met.push(reached.fault.clause);
      return undefined;
    }
    return { page, offset, count: Math.min(countMax, span.length - this.#offset, PAGE_SIZE - offset), mapping: reached.mapping };
  }

  /** The same page is source and target, at different places that overlap: what it then holds depends on how bytes are copied. */
  #collides(a: Frame, b: Frame, aOffset: number, bOffset: number, count: number): boolean {
    if (a.owner === b.owner && typeof a.owner === 'number') this.met.push('copy.overlap');
    if (a.owner !== b.owner || a.index !== b.index || aOffset === bOffset || Math.abs(aOffset - bOffset) >= count) return false;
    this.open = 'a page copied onto itself';
    return true;
  }

  #write(page: number, mapping: Mapping, offset: number, slice: Slice, by: ClauseId, maybe: boolean): void {
    const before = visible(pageCell(this.world, processOf(this.world, this.#name), page, mapping));
    const contents = laid(before, offset, slice, maybe);
    if (contents === undefined) {
      this.open = 'too many possibilities';
      return;
    }
    const cell = { contents, present: true, lazy: has(mapping, TRAIT.droppable), by };
    this.world = putCell(this.world, this.#name, page, mapping, cell);
  }
}

/** The page of memory that a load from a page of a process reads. */
export function frameOf(world: World, name: string, page: number, mapping: Mapping): Frame {
  if (mapping.object === undefined) return { owner: name, index: page };
  if (!mapping.shared && processOf(world, name).space.cells.has(page)) return { owner: name, index: page };
  return { owner: mapping.object, index: page + mapping.delta };
}

/**
 * What the maker of a call sees: the world as the model foresees it after the steps so far, and helpers that choose arguments where kernels go
 * wrong: at the edges of what is mapped, at zero, at the user limit, unaligned, or absurd.
 */

import type { Mapping } from '../../model/memory/mapping.ts';
import { lookup, type Process, type World } from '../../model/world.ts';
import { type Iovec, RESULTS, type ResultType, type Value } from '../../spec/language/call.ts';
import { PAGE_SIZE } from '../../spec/language/constants.ts';
import type { Step } from '../../spec/language/program.ts';
import { symbolic } from '../check/symbols.ts';
import type { Dice } from './dice.ts';

export interface Range {
  readonly addr: Value;
  readonly length: Value;
}

/** A run of pages with one mapping, and how a program writes the address of its first page. */
export interface MappedRun {
  readonly start: number;
  readonly pages: number;
  readonly mapping: Mapping;
  readonly addr: Value;
}

/** Pages of the arena in which most programs play: few, so that calls meet. */
export const WINDOW_PAGES = 20;

const LETTERS = 'abcdeghijklmnouvwxyz';
const PREFIX: Readonly<Record<ResultType, string>> = {
  address: '',
  fd: 'f',
  pipe: 'q',
  process: 'p',
  shm: 's',
  count: '',
  data: '',
  none: '',
};

export class Scene {
  dice: Dice;
  world: World;
  process: Process;
  /** How large a length may be that is to be touched, in pages. */
  readonly pagesMax = 12;
  readonly #names = new Map<ResultType, string[]>();
  readonly #pipeEnds: string[] = [];
  readonly #counts = new Map<ResultType, number>();

  constructor(dice: Dice, world: World, process: Process) {
    this.dice = dice;
    this.world = world;
    this.process = process;
  }

  /** A name for the result of the call, not used before. */
  freshName(kind: Step['call']['kind']): string | undefined {
    const type = RESULTS[kind];
    if (type === 'count' || type === 'data' || type === 'none' || kind === 'brk') return undefined;
    const n = this.#counts.get(type) ?? 0;
    this.#counts.set(type, n + 1);
    if (type !== 'address') return `${PREFIX[type]}${n + 1}`;
    return n < LETTERS.length ? LETTERS[n]! : `${LETTERS[n % LETTERS.length]}${Math.floor(n / LETTERS.length)}`;
  }

  /** Notes that a step gave a name to a result. */
  named(step: Step): void {
    if (step.result === undefined) return;
    const type = RESULTS[step.call.kind];
    const names = this.#names.get(type);
    if (names === undefined) this.#names.set(type, [step.result]);
    else names.push(step.result);
    if (type === 'pipe') this.#pipeEnds.push(`${step.result}.r`, `${step.result}.w`);
  }

  /** Names of results of a type, oldest first, whether their calls succeeded or not. */
  names(type: ResultType): readonly string[] {
    return this.#names.get(type) ?? [];
  }

  value(offset: number, base = 'abs'): Value {
    return { base, offset };
  }

  /** How a program writes an address of the model. */
  symbolic(address: number): Value {
    return symbolic(this.world, address);
  }

  /** A run of mapped pages that passes the filter; undefined when a few tries find none. */
  mapped(filter?: (mapping: Mapping) => boolean): MappedRun | undefined {
    const { map } = this.process.space;
    for (let tries = 0; tries < 4; tries++) {
      const from = this.#somewhere();
      const run = map.runAt(from) ?? map.runFrom(from) ?? map.runFrom(0);
      if (run === undefined) return undefined;
      if (filter !== undefined && !filter(run.value)) continue;
      const addr = this.symbolic(run.start * PAGE_SIZE);
      if (addr.base === 'abs') continue;
      return { start: run.start, pages: run.end - run.start, mapping: run.value, addr };
    }
    return undefined;
  }

  /** A page in the window of the arena, of a named mapping, or of the heap. It is asked for with almost every argument. */
  #somewhere(): number {
    const roll = this.dice.int(0, 11);
    if (roll < 8) return this.world.place.arena / PAGE_SIZE + this.dice.int(-2, WINDOW_PAGES);
    return roll < 11 ? this.#namedPage() : this.world.place.heap / PAGE_SIZE;
  }

  #namedPage(): number {
    const names = this.names('address');
    if (names.length === 0) return 0;
    const name = this.dice.pick(names);
    return Math.floor((lookup(this.world, name) ?? 0) / PAGE_SIZE);
  }

  /** A page-aligned address in the window of the arena. */
  arenaPage(): Value {
    return { base: 'arena', offset: this.dice.int(0, WINDOW_PAGES - 1) * PAGE_SIZE };
  }

  /** An aligned address of a mapped page, or near one; in the arena when nothing is mapped. */
  mappedPage(filter?: (mapping: Mapping) => boolean): Value {
    const run = this.mapped(filter);
    if (run === undefined) return this.arenaPage();
    return { base: run.addr.base, offset: run.addr.offset + this.dice.int(0, Math.min(run.pages, this.pagesMax) - 1) * PAGE_SIZE };
  }

  /** An address that seeks boundaries: mostly a page that is mapped or beside one, sometimes unaligned, rarely absurd. */
  address(): Value {
    const { dice } = this;
    const roll = dice.int(0, 99);
    if (roll < 55) return this.mappedPage();
    if (roll < 80) return this.arenaPage();
    if (roll < 85) return this.pageEdge();
    if (roll < 90) {
      const page = this.mappedPage();
      return { base: page.base, offset: page.offset + dice.pick([1, 2048, PAGE_SIZE - 1, 8, 16]) };
    }
    if (roll < 92) return { base: 'heap', offset: dice.int(0, 6) * PAGE_SIZE };
    return this.absurdAddress();
  }

  /** The first page after a mapped run of the arena, or the last before it. */
  pageEdge(): Value {
    const run = this.mapped();
    if (run === undefined || run.addr.base !== 'arena') return this.arenaPage();
    return { base: 'arena', offset: run.addr.offset + (this.dice.chance(0.5) ? run.pages : -1) * PAGE_SIZE };
  }

  /** Nothing sane: zero, the lowest page, the user limit, kernel addresses, the end of the 64-bit range. Nothing of the program is there. */
  absurdAddress(): Value {
    const { dice } = this;
    return dice.weighted<() => Value>([
      [3, () => ({ base: 'abs', offset: 0 })],
      [1, () => ({ base: 'abs', offset: dice.pick([1, 8, PAGE_SIZE - 1]) })],
      [3, () => ({ base: 'top', offset: 0 })],
      [2, () => ({ base: 'top', offset: dice.pick([1, 8, PAGE_SIZE, 16 * PAGE_SIZE]) })],
      [2, () => ({ base: 'high', offset: dice.pick([0, PAGE_SIZE, -PAGE_SIZE]) })],
      [3, () => ({ base: 'abs', offset: -dice.pick([1, 8, PAGE_SIZE, 2 * PAGE_SIZE, PAGE_SIZE + 1, 2 ** 40]) })],
    ])();
  }

  /** A length in bytes: mostly a few pages, often not a multiple, sometimes zero. Never large: see hugeLength. */
  length(): Value {
    const { dice } = this;
    const roll = dice.int(0, 99);
    if (roll < 30) return { base: 'abs', offset: PAGE_SIZE };
    if (roll < 75) return { base: 'abs', offset: dice.int(1, 5) * PAGE_SIZE };
    if (roll < 85) return { base: 'abs', offset: dice.int(1, this.pagesMax) * PAGE_SIZE };
    if (roll < 94) return { base: 'abs', offset: Math.max(0, dice.int(0, 4) * PAGE_SIZE + dice.pick([1, -1, 8, 2048])) };
    return { base: 'abs', offset: 0 };
  }

  /** A length that no sane program uses: beyond memory, beyond the user limit, wrapping around. */
  hugeLength(): Value {
    return this.dice.weighted<Value>([
      [2, { base: 'abs', offset: -1 }],
      [2, { base: 'abs', offset: -PAGE_SIZE }],
      [1, { base: 'abs', offset: 1 - PAGE_SIZE }],
      [2, { base: 'top', offset: 0 }],
      [1, { base: 'top', offset: PAGE_SIZE }],
      [1, { base: 'high', offset: 0 }],
      [1, { base: 'high', offset: -PAGE_SIZE }],
      [2, { base: 'abs', offset: 2 ** 47 }],
    ]);
  }

  /** A range that mostly lies in mapped memory, or begins, ends or passes over a hole. */
  range(filter?: (mapping: Mapping) => boolean): Range {
    const { dice } = this;
    const roll = dice.int(0, 99);
    const run = roll < 70 ? this.mapped(filter) : undefined;
    if (run === undefined || run.pages > 4096) return { addr: this.address(), length: this.length() };
    const first = roll < 30 ? 0 : dice.int(0, Math.min(run.pages, this.pagesMax) - 1);
    const left = Math.min(run.pages - first, this.pagesMax);
    const pages = roll < 15 ? left : roll < 60 ? dice.int(1, left) : left + dice.int(0, 2);
    const addr = { base: run.addr.base, offset: run.addr.offset + first * PAGE_SIZE };
    // Beyond a mapping that the kernel placed lies what nobody knows.
    const known = run.addr.base === 'arena' || run.addr.base === 'heap' ? pages : Math.min(pages, left);
    return { addr, length: { base: 'abs', offset: known * PAGE_SIZE - (dice.chance(0.06) ? dice.pick([1, 100, PAGE_SIZE - 1]) : 0) } };
  }

  /** A descriptor argument: mostly one that the program opened, sometimes closed, never opened, or absurd. */
  fd(type: 'fd' | 'pipe' | 'any' = 'any'): Value {
    const { dice } = this;
    const files = type === 'pipe' ? [] : this.names('fd');
    const ends = type === 'fd' ? [] : this.#pipeEnds;
    if (files.length + ends.length > 0 && !dice.chance(0.04)) {
      return { base: dice.chance(0.06) ? this.#either(files, ends) : this.#open(files, ends), offset: 0 };
    }
    return {
      base: 'abs',
      offset: dice.weighted([
        [4, -1],
        [3, dice.int(0, 6)],
        [1, 100],
        [1, 0x7fff_ffff],
        [1, -2],
      ]),
    };
  }

  /** A descriptor that is open in the process, where a few tries find one. */
  #open(files: readonly string[], ends: readonly string[]): string {
    let name = this.#either(files, ends);
    for (let tries = 0; tries < 4; tries++) {
      const number = lookup(this.world, name);
      if (number !== undefined && this.process.fds.has(number)) break;
      name = this.#either(files, ends);
    }
    return name;
  }

  #either(some: readonly string[], others: readonly string[]): string {
    const n = this.dice.int(0, some.length + others.length - 1);
    return n < some.length ? some[n]! : others[n - some.length]!;
  }

  /** An iovec list over memory ranges. */
  iov(elementsMax = 4): readonly Iovec[] {
    const list: Iovec[] = [];
    for (let n = this.dice.int(0, elementsMax); n > 0; n--) {
      const { addr, length } = this.range();
      list.push({ addr, length });
    }
    return list;
  }
}

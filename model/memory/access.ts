/**
 * Access to memory, one page at a time: which accesses go through and which fault, what can be read, and what a write leaves.
 * Clauses load.*, store.*, exec.*, stack.*
 */
import type { ClauseId } from '../../spec/clauses.ts';
import type { Signal } from '../../spec/language/constants.ts';
import type { SignalCode } from '../../spec/language/outcome.ts';
import { shownCell } from '../file/shmem.ts';
import { objectOf, type Process, type World, withObject, withSpace } from '../world.ts';
import { withCell } from './address-space.ts';
import { type Cell, distinct, mapContents } from './cell.ts';
import { type Content, ZEROS } from './content.ts';
import { has, type Mapping, TRAIT } from './mapping.ts';
import { beyondEnd, HOLE, withObjectCell } from './object.ts';
import { type Assumption, growStack } from './stack.ts';

export type AccessKind = 'load' | 'store' | 'exec';

export interface Fault {
  readonly signal: Signal;
  readonly code: SignalCode;
  readonly clause: ClauseId;
  /** Nobody knows whether the page can be reached after all: it is not the program's, or a stack may or may not grow to it. */
  readonly foreign?: 'page' | 'stack';
}

/** What an access meets at a page: the mapping through which it goes, or the fault. A stack that the access made grow has grown in `world`. */
export type Reach = { readonly world: World; readonly grew: boolean } & (
  | { readonly mapping: Mapping; readonly fault: undefined }
  | { readonly mapping: undefined; readonly fault: Fault }
);

/**
 * Makes the access that an instruction of the process (or the kernel on its behalf, by the same rules) makes to one page.
 * @param assumed  what a stack does that may or may not grow
 */
export function reach(world: World, name: string, page: number, kind: AccessKind, assumed?: Assumption): Reach {
  const space = processSpace(world, name);
  const mapping = space.map.get(page);
  if (mapping !== undefined) return through(world, false, space.cells.has(page), mapping, page, kind);
  const grown = growStack(world, name, page, assumed);
  if (grown === 'hole') return { world, grew: false, mapping: undefined, fault: UNMAPPED };
  if (grown === 'foreign') return { world, grew: false, mapping: undefined, fault: FOREIGN };
  if (grown === 'unsure') return { world, grew: false, mapping: undefined, fault: UNSURE };
  if (typeof grown === 'string') return { world, grew: false, mapping: undefined, fault: { ...UNMAPPED, clause: grown } };
  return through(grown, true, false, processSpace(grown, name).map.get(page)!, page, kind);
}

const UNMAPPED: Fault = { signal: 'SIGSEGV', code: 'MAPERR', clause: 'load.unmapped' };
const FOREIGN: Fault = { ...UNMAPPED, foreign: 'page' };
const UNSURE: Fault = { ...UNMAPPED, foreign: 'stack' };

function through(world: World, grew: boolean, own: boolean, mapping: Mapping, page: number, kind: AccessKind): Reach {
  const fault = faultOn(world, own, mapping, page, kind);
  return fault === undefined ? { world, grew, mapping, fault } : { world, grew, mapping: undefined, fault };
}

const processSpace = (world: World, name: string) => world.processes.get(name)!.space;

const PROTECTION = { load: 'load.protection', store: 'store.protection', exec: 'exec.protection' } as const;

function faultOn(world: World, own: boolean, mapping: Mapping, page: number, kind: AccessKind): Fault | undefined {
  const forbidden = !permits(world, mapping.prot, kind);
  const bringsIn = kind === 'exec' && mapping.prot !== 0 && world.choices['exec.protection-last'] === 'page-first';
  if (forbidden && !bringsIn) return { signal: 'SIGSEGV', code: 'ACCERR', clause: PROTECTION[kind] };
  if (has(mapping, TRAIT.guard)) return { signal: 'SIGSEGV', code: 'MAPERR', clause: forbidden ? 'exec.protection-last' : 'load.guard' };
  if (has(mapping, TRAIT.hugetlb))
    return { signal: 'SIGBUS', code: 'ADRERR', clause: forbidden ? 'exec.protection-last' : 'load.no-huge-page' };
  if (mapping.object !== undefined && (mapping.shared || !own) && beyondEnd(objectOf(world, mapping.object), page + mapping.delta)) {
    return { signal: 'SIGBUS', code: 'ADRERR', clause: forbidden ? 'exec.protection-last' : 'load.beyond-end' };
  }
  return forbidden ? { signal: 'SIGSEGV', code: 'ACCERR', clause: PROTECTION[kind] } : undefined;
}

/** The protection allows the access; hardware that cannot forbid reading alone lets loads through where a store or fetch may go. */
export function permits(world: World, prot: number, kind: AccessKind): boolean {
  switch (kind) {
    case 'load':
      return (prot & 1) !== 0 || impliesRead(world, prot);
    case 'store':
      return (prot & 2) !== 0;
    case 'exec':
      return (prot & 4) !== 0;
  }
}

function impliesRead(world: World, prot: number): boolean {
  switch (world.choices['load.implied-read']) {
    case 'any-access':
      return prot !== 0;
    case 'write-only':
      return (prot & 2) !== 0;
    case 'exact':
      return false;
  }
}

/** What a page that can be reached holds now. Its contents are all that a load may find; a lazily freed page may read as zeros too. */
export function pageCell(world: World, process: Process, page: number, mapping: Mapping): Cell {
  if (!mapping.shared) {
    const own = process.space.cells.get(page);
    if (own !== undefined) return own;
  }
  if (mapping.object === undefined) return HOLE;
  return shownCell(world, objectOf(world, mapping.object), page + mapping.delta);
}

/** All that a load from the cell may find. */
export function visible(cell: Cell): readonly Content[] {
  return cell.lazy ? distinct([...cell.contents, ZEROS]) : cell.contents;
}

/** The world in which the page's memory is this cell: the process's own page, or the shared object's. */
export function putCell(world: World, name: string, page: number, mapping: Mapping, cell: Cell): World {
  const process = world.processes.get(name)!;
  if (mapping.shared && mapping.object !== undefined) {
    return withObject(world, withObjectCell(objectOf(world, mapping.object), page + mapping.delta, cell));
  }
  return withSpace(world, process, withCell(process.space, page, cell));
}

/** Writes to a page that a store can reach: a private page becomes the process's own. */
export function writePage(
  world: World,
  name: string,
  page: number,
  mapping: Mapping,
  by: ClauseId,
  change: (c: Content) => Content,
): World {
  const cell = pageCell(world, world.processes.get(name)!, page, mapping);
  const before = cell.lazy ? { ...cell, contents: visible(cell) } : cell;
  const written = mapContents(before, by, change);
  return putCell(world, name, page, mapping, has(mapping, TRAIT.droppable) ? { ...written, lazy: true } : written);
}

/** The world in which it is not known whether a page that an access reached was touched: the access faulted in its next page. */
export function maybeTouched(world: World, name: string, page: number, mapping: Mapping): World {
  if (mapping.object !== undefined || mapping.shared) return world;
  const process = world.processes.get(name)!;
  const cell = process.space.cells.get(page) ?? UNTOUCHED;
  if (!cell.absent) return world;
  const { contents, present, lazy, by } = cell;
  return withSpace(world, process, withCell(process.space, page, { contents, present, lazy, by }));
}

const UNTOUCHED: Cell = { ...HOLE, absent: true };

/**
 * The world after a load from a page that it can reach found what `agrees` tells: other possibilities are gone, and a private anonymous page
 * that was never touched is present. @returns undefined when no possibility agrees
 */
export function observePage(
  world: World,
  name: string,
  page: number,
  mapping: Mapping,
  agrees: (c: Content) => boolean,
): World | undefined {
  const process = world.processes.get(name)!;
  const cell = pageCell(world, process, page, mapping);
  const agreeing = visible(cell).filter(agrees);
  if (agreeing.length === 0) return undefined;
  const untouched = mapping.object === undefined && !cell.present && !cell.lazy;
  // A lazy page seen to be zero has been dropped, unless zeros is what it held: then it stays as it was.
  const dropped = cell.lazy && agreeing.length === 1 && !cell.contents.some(agrees);
  if (!untouched && !dropped && agreeing.length >= cell.contents.length) return world;
  const own = !mapping.shared && process.space.cells.has(page);
  const left: Cell = dropped
    ? { ...cell, contents: agreeing, lazy: has(mapping, TRAIT.droppable) }
    : {
        contents: cell.lazy ? cell.contents.filter(agrees) : agreeing,
        present: cell.present || untouched,
        lazy: cell.lazy,
        by: cell.by,
      };
  if (mapping.object !== undefined && !mapping.shared && !own) {
    return withObject(world, withObjectCell(objectOf(world, mapping.object), page + mapping.delta, left));
  }
  return putCell(world, name, page, mapping, left);
}

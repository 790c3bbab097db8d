/**
 * Pages of another process, held while bytes are moved. A page is held as it is when it is looked up: what its address stands for may become another
 * page before the bytes are moved, when the process copies into its own memory. Clauses process_vm.pages, process_vm.protection
 */
import type { ClauseId } from '../../spec/clauses.ts';
import { PAGE_SIZE } from '../../spec/language/constants.ts';
import { observePage, pageCell, putCell, reach, visible } from '../memory/access.ts';
import { distinct } from '../memory/cell.ts';
import { type Content, ZEROS } from '../memory/content.ts';
import { isKnown } from '../memory/knowledge.ts';
import { has, type Mapping, TRAIT } from '../memory/mapping.ts';
import { HOLE, objectCell } from '../memory/object.ts';
import { laid, type Slice } from '../memory/slice.ts';
import { growStack } from '../memory/stack.ts';
import { type Frame, frameOf } from '../memory/user-copy.ts';
import { objectOf, processOf, type World } from '../world.ts';

export interface Pin {
  readonly process: string;
  readonly page: number;
  readonly mapping: Mapping;
  readonly frame: Frame;
  /** The page was only zeros that nobody owns, or may have been: it stays so, whatever is written at its address later. */
  readonly zeros: 'surely' | 'perhaps' | 'no';
}

export type Pinned = { readonly world: World; readonly pin: Pin } | { readonly fault: ClauseId } | 'open';

/** Looks up a page of a process to load from it or to store to it; one that is stored to becomes the process's own, or the object's, at once. */
export function pin(world: World, name: string, page: number, kind: 'load' | 'store'): Pinned {
  const { space } = processOf(world, name);
  if (page < world.host.userEnd / PAGE_SIZE && !isKnown(world, space, page, page + 1)) return 'open';
  const mapping = space.map.get(page);
  if (mapping === undefined && world.choices['process_vm.stack'] === 'stays') {
    return { fault: growStack(world, name, page) === undefined ? 'load.unmapped' : 'process_vm.stack' };
  }
  if (mapping !== undefined && (mapping.prot & (kind === 'load' ? 1 : 2)) === 0) return { fault: 'process_vm.protection' };
  const reached = reach(world, name, page, kind);
  if (reached.fault !== undefined) return { fault: reached.fault.clause };
  const cell = pageCell(reached.world, processOf(reached.world, name), page, reached.mapping);
  if (kind === 'store') {
    const own = { contents: visible(cell), present: true, lazy: has(reached.mapping, TRAIT.droppable), by: cell.by };
    const after = putCell(reached.world, name, page, reached.mapping, own);
    return {
      world: after,
      pin: { process: name, page, mapping: reached.mapping, frame: frameOf(after, name, page, reached.mapping), zeros: 'no' },
    };
  }
  const isZeros = cell.contents.length === 1 && cell.contents[0]!.entries.length === 0;
  const zeros = reached.mapping.object !== undefined || !isZeros ? 'no' : cell === HOLE ? 'surely' : 'perhaps';
  const frame = frameOf(reached.world, name, page, reached.mapping);
  const after = observePage(reached.world, name, page, reached.mapping, () => true) ?? reached.world;
  return { world: after, pin: { process: name, page, mapping: reached.mapping, frame, zeros } };
}

/** What the page holds now. */
export function pinnedContents(world: World, { process, page, mapping, frame, zeros }: Pin): readonly Content[] {
  if (zeros === 'surely') return [ZEROS];
  const cell =
    typeof frame.owner === 'number'
      ? objectCell(objectOf(world, frame.owner), frame.index)
      : pageCell(world, processOf(world, process), page, mapping);
  return zeros === 'perhaps' ? distinct([...visible(cell), ZEROS]) : visible(cell);
}

/** The world in which a slice has been laid over a page that was looked up to store to it; undefined when that leaves too many possibilities. */
export function putPinned(world: World, held: Pin, offset: number, slice: Slice): World | undefined {
  const { process, page, mapping } = held;
  const contents = laid(pinnedContents(world, held), offset, slice);
  if (contents === undefined) return undefined;
  const cell = { contents, present: true, lazy: has(mapping, TRAIT.droppable), by: 'process_vm.data' } as const;
  return putCell(world, process, page, mapping, cell);
}

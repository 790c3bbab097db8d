/** fork(): a second process that starts as a copy of the first. Clauses fork.* */
import type { ClauseId } from '../../spec/clauses.ts';
import type { CallOf } from '../../spec/language/call.ts';
import { PROT } from '../../spec/language/constants.ts';
import { type Allowed, type Ruling, refuse } from '../allowed.ts';
import { type AddressSpace, change, dropCells, unmap } from '../memory/address-space.ts';
import type { Cell } from '../memory/cell.ts';
import { passesMemory } from '../memory/limits.ts';
import { has, type Mapping, TRAIT } from '../memory/mapping.ts';
import { joined } from '../memory/move.ts';
import type { Table } from '../table.ts';
import { type Process, type World, withProcess } from '../world.ts';

/** Where a process id has to be foreseen: a high one that a system can give. */
const FORESEEN_PID = 2 ** 21;

export function judgeFork(world: World, process: Process, _call: CallOf<'fork'>, result: string | undefined): Ruling {
  if (result === undefined) return { open: 'a forked process without a name' };
  const refused = refuse('fork.memory', 'ENOMEM', world);
  const beyond = beyondMemory(world, process.space);
  if (beyond === 'surely') return [refused];
  const allowed: Allowed = {
    clauses: clausesOf(process),
    expected: {
      kind: 'some',
      text: 'the id of the new process',
      accepts: (outcome) => outcome.kind === 'value' && Number.isInteger(outcome.value) && outcome.value > 0,
      typical: { kind: 'value', value: FORESEEN_PID + world.nextId },
    },
    next: (outcome) => (outcome.kind === 'value' ? forked(world, process, result, outcome.value) : undefined),
  };
  return beyond === 'perhaps' ? [allowed, refused] : [allowed];
}

/** Some mapping that is to be copied counts for more memory than the machine has: one that may have been joined of several, perhaps. */
function beyondMemory(world: World, space: AddressSpace): 'surely' | 'perhaps' | 'no' {
  if (!passesMemory(world, space.pages)) return 'no';
  let found: 'perhaps' | 'no' = 'no';
  for (const { start, end, value } of space.map.all()) {
    if (value.shared || has(value, TRAIT.noreserve | TRAIT.dontfork | TRAIT.hugetlb)) continue;
    if (passesMemory(world, end - start) && (value.prot & PROT.w) !== 0) return 'surely';
    const whole = joined(space, start, end);
    if (passesMemory(world, whole.end - whole.start)) found = 'perhaps';
  }
  return found;
}

/** What decides of the child beside the copying itself. */
function clausesOf({ fds, space }: Process): [ClauseId, ...ClauseId[]] {
  const clauses: [ClauseId, ...ClauseId[]] = ['fork.copies'];
  if (fds.size > 0) clauses.push('fork.descriptors');
  const mappings = space.map.all().map(({ value }) => value);
  if (mappings.some((mapping) => has(mapping, TRAIT.dontfork))) clauses.push('fork.dontfork');
  if (mappings.some(isWiped)) clauses.push('fork.wipeonfork');
  if (space.lockFuture !== 'no' || mappings.some(({ locked }) => locked !== 'no')) clauses.push('fork.locks');
  return clauses;
}

/** The world in which the process has a child: descriptors stand for the same open files, limits are the same, memory is a copy. */
function forked(world: World, process: Process, name: string, pid: number): World {
  const child: Process = { ...process, name, pid, parent: process.name, space: childSpace(process.space) };
  return withProcess({ ...world, nextId: world.nextId + 1 }, child);
}

/** The copy of an address space that a child starts with. */
export function childSpace(space: AddressSpace): AddressSpace {
  let child: AddressSpace = { ...space, cells: childCells(space.cells), lockFuture: 'no', foreignLocked: false };
  for (const { start, end, value } of space.map.all()) {
    if (has(value, TRAIT.dontfork)) child = unmap(child, start, end);
    else if (isWiped(value)) child = { ...change(child, start, end, wipe), cells: dropCells(child.cells, start, end) };
    else if (value.locked !== 'no') child = change(child, start, end, unlock);
  }
  // The count starts afresh, also where the parent's has come to differ from what is locked there.
  return { ...child, lockedPages: 0 };
}

const isWiped = (mapping: Mapping): boolean => has(mapping, TRAIT.wipeonfork | TRAIT.droppable);

const unlock = (mapping: Mapping): Mapping => ({ ...mapping, locked: 'no', by: 'fork.locks' });

/** A wiped page is as after mmap: what was written there is gone, and so is a guard. */
function wipe(mapping: Mapping): Mapping {
  return { ...mapping, locked: 'no', traits: mapping.traits & ~TRAIT.guard, by: 'fork.wipeonfork' };
}

/** A page that is all zeros may be one that was only read: a kernel need not copy the entry of such a page. */
function childCells(cells: Table<Cell>): Table<Cell> {
  let copy: Table<Cell> | undefined;
  cells.forEachPair((page, cell) => {
    if (!cell.present || cell.contents.some((content) => content.entries.length > 0)) return;
    copy ??= cells.clone();
    copy.set(page, { ...cell, present: false, by: 'fork.residency' });
  });
  return copy ?? cells;
}

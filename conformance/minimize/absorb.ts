/**
 * Steps that an earlier or later mapping can take up: a change of protection, a growth, an unmapping, a neighbour, the heap. The mapping is made so
 * at once.
 */
import type { Call, CallOf, Value } from '../../spec/language/call.ts';
import { MAP } from '../../spec/language/constants.ts';
import type { Program } from '../../spec/language/program.ts';
import { without } from './remove.ts';
import { substituteIn } from './substitute.ts';
import { mapStep, withSteps } from './walk.ts';

/** The program with another call at one place, and without the step at another. */
function takenUp(program: Program, by: number, call: Call, gone: number): Program {
  return without(withSteps(program, program.steps.with(by, { ...program.steps[by]!, call })), new Set([gone]));
}

/** The mappings made before a step in which an address may lie, the last first; each with the address relative to it. */
function* mappingsBelow(
  program: Program,
  before: number,
  addr: Value,
): Generator<{ readonly index: number; readonly call: CallOf<'mmap'>; readonly offset: number }> {
  for (let index = before - 1; index >= 0; index--) {
    const { call, result } = program.steps[index]!;
    if (call.kind !== 'mmap') continue;
    if (addr.base === result) yield { index, call, offset: addr.offset };
    else if (addr.base === call.addr.base && addr.base !== 'abs') yield { index, call, offset: addr.offset - call.addr.offset };
  }
}

/** One mprotect less: the mapping is made with its protection. */
export function* absorbedProtections(program: Program): Generator<Program> {
  for (const [i, { call }] of program.steps.entries()) {
    if (call.kind !== 'mprotect') continue;
    const [below] = mappingsBelow(program, i, call.addr);
    if (below !== undefined) yield takenUp(program, below.index, { ...below.call, prot: call.prot }, i);
  }
}

/** One replacing mmap less: what it replaces gets its protection, from the mmap or mprotect that gave it one. */
export function* absorbedReplacements(program: Program): Generator<Program> {
  for (const [i, { call }] of program.steps.entries()) {
    if (call.kind !== 'mmap' || call.addr.base === 'abs') continue;
    const { addr, prot } = call;
    for (let j = i - 1; j >= 0; j--) {
      const { call: other, result } = program.steps[j]!;
      if (other.kind !== 'mmap' && other.kind !== 'mprotect') continue;
      if (other.prot === prot || (other.addr.base !== addr.base && result !== addr.base)) continue;
      yield takenUp(program, j, { ...other, prot }, i);
      break;
    }
  }
}

/** One mremap less: the mapping is as long as it becomes. */
export function* absorbedGrowths(program: Program): Generator<Program> {
  for (const [i, { call, result }] of program.steps.entries()) {
    if (call.kind !== 'mremap' || call.newLength.base !== 'abs') continue;
    const [below] = mappingsBelow(program, i, call.addr);
    if (below === undefined || below.offset < 0) continue;
    const steps =
      result === undefined ? program.steps : program.steps.map((step) => mapStep(step, (used) => substituteIn(used, result, call.addr)));
    const length = { base: 'abs', offset: below.offset + call.newLength.offset };
    yield takenUp(withSteps(program, steps), below.index, { ...below.call, length }, i);
  }
}

/** One munmap, or mremap that makes shorter, less: the mapping that is made there later replaces what is there. */
export function* absorbedUnmappings(program: Program): Generator<Program> {
  for (const [i, { call }] of program.steps.entries()) {
    if (call.kind !== 'munmap' && call.kind !== 'mremap') continue;
    const later = program.steps.findIndex((step, j) => j > i && step.call.kind === 'mmap' && step.call.addr.base === call.addr.base);
    const mapping = program.steps[later]?.call;
    if (mapping?.kind !== 'mmap' || mapping.flags < 0 || (mapping.flags & MAP.fixed) !== 0) continue;
    yield takenUp(program, later, { ...mapping, flags: mapping.flags + MAP.fixed }, i);
  }
}

/** How many mappings are tried in place of the heap. */
const HEAPS_MAX = 3;

/** No heap: a mapping stands in for it. */
export function* withoutHeap(program: Program): Generator<Program> {
  const breaks = new Set(program.steps.flatMap(({ call }, i) => (call.kind === 'brk' ? [i] : [])));
  if (breaks.size === 0) return;
  let tried = 0;
  for (const { call, result } of program.steps) {
    if (call.kind !== 'mmap' || tried++ === HEAPS_MAX) continue;
    const place = result === undefined ? call.addr : { base: result, offset: 0 };
    if (place.base === 'abs' || place.base === 'heap') continue;
    const steps = program.steps.map((step) =>
      mapStep(step, (used) => (used.base === 'heap' ? { base: place.base, offset: place.offset + used.offset } : used)),
    );
    yield without(withSteps(program, steps), breaks);
  }
}

/** Two mappings that lie side by side, or over each other, made as one: the way the first is. */
export function* joinedMappings(program: Program): Generator<Program> {
  for (const [i, { call }] of program.steps.entries()) {
    if (call.kind !== 'mmap' || call.addr.base === 'abs' || call.length.base !== 'abs') continue;
    for (const [j, { call: other, result }] of program.steps.entries()) {
      if (j === i || other.kind !== 'mmap' || other.addr.base !== call.addr.base || other.length.base !== 'abs') continue;
      const start = Math.min(call.addr.offset, other.addr.offset);
      const end = Math.max(call.addr.offset + call.length.offset, other.addr.offset + other.length.offset);
      if (end - start > Math.max(0, call.length.offset) + Math.max(0, other.length.offset)) continue;
      const joined: Call = { ...call, addr: { base: call.addr.base, offset: start }, length: { base: 'abs', offset: end - start } };
      const place = { base: other.addr.base, offset: other.addr.offset };
      const steps = program.steps.with(i, { ...program.steps[i]!, call: joined });
      const renamed = result === undefined ? steps : steps.map((step) => mapStep(step, (used) => substituteIn(used, result, place)));
      yield without(withSteps(program, renamed), new Set([j]));
    }
  }
}

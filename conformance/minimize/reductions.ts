/**
 * Reductions: for a program the simpler ones next to it, from the boldest to the least. What depends on a step goes with it; what only goes
 * together goes in pairs.
 */
import type { Program } from '../../spec/language/program.ts';
import { absorbedGrowths, absorbedProtections, absorbedReplacements, absorbedUnmappings, joinedMappings, withoutHeap } from './absorb.ts';
import { compareWeights, weigh } from './cost.ts';
import { foreseeAll, type Stage } from './foresight.ts';
import { compressed, cutPages, pageCuts } from './geometry.ts';
import { plainerCalls, plainerMappings, withoutUnlinks } from './plainer.ts';
import { without } from './remove.ts';
import { namedMappings, renumberedFiles, renumberedValues } from './rename.ts';
import { simplerCalls } from './simplify.ts';
import { inheritedMappings, mergedProcesses, namedDescriptors, substitutedNames } from './substitute.ts';
import { isSound, withSteps } from './walk.ts';

/** The program without one step, the last first. */
export function* removals(program: Program): Generator<Program> {
  for (let i = program.steps.length - 1; i >= 0; i--) yield without(program, new Set([i]));
}

/** Beyond this many steps pairs are too many to be tried. */
const PAIRED_STEPS_MAX = 24;

/** The program without two steps, those that stand close together first. */
export function* pairRemovals(program: Program): Generator<Program> {
  const count = program.steps.length;
  if (count > PAIRED_STEPS_MAX) return;
  for (let distance = 1; distance < count; distance++) {
    for (let i = count - 1 - distance; i >= 0; i--) yield without(program, new Set([i, i + distance]));
  }
}

/** Changes of several steps at once that take a step or a whole process out, or make the way to a step plainer. */
export function* restructured(program: Program, stage: Stage): Generator<Program> {
  for (const candidate of rearranged(program, stage)) if (isSound(candidate)) yield candidate;
}

function* rearranged(program: Program, stage: Stage): Generator<Program> {
  yield* mergedProcesses(program);
  yield* absorbedProtections(program);
  yield* absorbedReplacements(program);
  yield* absorbedGrowths(program);
  yield* absorbedUnmappings(program);
  yield* joinedMappings(program);
  yield* withoutHeap(program);
  yield* substitutedNames(program);
  yield* inheritedMappings(program);
  yield* namedDescriptors(program);
  yield* withoutUnlinks(program);
  yield* plainerCalls(program);
  yield* plainerMappings(program, foreseeAll(stage, program));
}

/** The same steps elsewhere, or under plainer numbers. */
export function* redrawn(program: Program): Generator<Program> {
  const whole = [compressed(program), renumberedValues(program), renumberedFiles(program)];
  for (const candidate of whole) if (candidate !== undefined) yield candidate;
  yield* namedMappings(program);
  for (const cut of pageCuts(program)) {
    const candidate = cutPages(program, [cut]);
    if (candidate !== undefined) yield candidate;
  }
}

/** One call simpler in one argument. */
export function* simplified(program: Program): Generator<Program> {
  for (const [i, step] of program.steps.entries()) {
    for (const call of simplerCalls(step.call)) yield withSteps(program, program.steps.with(i, { ...step, call }));
  }
}

/** All reductions of a program, each simpler than it is: see cost.ts. Made one by one, as they are asked for. */
export function* reductions(program: Program, stage: Stage): Generator<Program> {
  const weight = weigh(program);
  for (const candidate of allCandidates(program, stage)) {
    if (compareWeights(weigh(candidate), weight) < 0) yield candidate;
  }
}

function* allCandidates(program: Program, stage: Stage): Generator<Program> {
  yield* removals(program);
  yield* restructured(program, stage);
  yield* redrawn(program);
  yield* simplified(program);
  yield* pairRemovals(program);
}

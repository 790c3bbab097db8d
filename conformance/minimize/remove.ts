/** Removing steps: what uses the result of a removed step goes with it. */
import type { Program, Step } from '../../spec/language/program.ts';
import { forEachUse, withSteps } from './walk.ts';

/**
 * The program without these steps and without all that depend on their results: values computed from a name, iov elements, and every step of
 * a process whose fork is gone.
 */
export function without(program: Program, removed: ReadonlySet<number>): Program {
  const gone = new Set<string>();
  const kept: Step[] = [];
  for (const [i, step] of program.steps.entries()) {
    if (removed.has(i) || dependsOn(step, gone)) {
      if (step.result !== undefined) gone.add(step.result);
    } else kept.push(step);
  }
  return kept.length === program.steps.length ? program : withSteps(program, kept);
}

/** The program of these steps alone, and of those whose results they need. */
export function only(program: Program, kept: ReadonlySet<number>): Program {
  const needed = new Set<string>();
  const steps: Step[] = [];
  for (let i = program.steps.length - 1; i >= 0; i--) {
    const step = program.steps[i]!;
    if (!kept.has(i) && !(step.result !== undefined && needed.has(step.result))) continue;
    forEachUse(step, (name) => needed.add(name));
    steps.push(step);
  }
  return withSteps(program, steps.reverse());
}

function dependsOn(step: Step, gone: ReadonlySet<string>): boolean {
  if (gone.size === 0) return false;
  let depends = false;
  forEachUse(step, (name) => {
    depends ||= gone.has(name);
  });
  return depends;
}

/** Shrinking in the imagination: the smallest programs that look the same to the model at the place of the finding. Nothing is run. */
import type { Program } from '../../spec/language/program.ts';
import { compareWeights, weigh } from './cost.ts';
import { redrawn, removals, restructured, simplified } from './reductions.ts';
import type { Screen } from './screen.ts';

type Candidates = (program: Program) => Iterable<Program>;

/** The program after all reductions of these kinds that leave the model's view of the finding as it is, made one after the other. */
function descend(screen: Screen, program: Program, kinds: readonly Candidates[]): Program {
  const key = screen.key(program);
  if (key === undefined) return program;
  let best = program;
  let weight = weigh(best);
  for (let changed = true; changed; ) {
    changed = false;
    for (const kind of kinds) {
      for (let index = 0, again = true; again; ) {
        again = false;
        let at = 0;
        for (const candidate of kind(best)) {
          if (at++ < index) continue;
          const lighter = weigh(candidate);
          if (compareWeights(lighter, weight) >= 0 || screen.key(candidate) !== key) continue;
          best = candidate;
          weight = lighter;
          changed = true;
          again = true;
          // What was refused before will most likely be refused again: go on from here.
          index = at - 1;
          break;
        }
      }
    }
  }
  return best;
}

/** The steps that the model needs to say the same of the finding. */
export function slice(screen: Screen, program: Program): Program {
  return descend(screen, program, [removals]);
}

/** The simplest program that the model finds to say the same. */
export function imaginedMinimum(screen: Screen, program: Program): Program {
  return descend(screen, program, [removals, (p) => restructured(p, screen.stage), redrawn, simplified]);
}

/** The same steps with the simplest arguments of which the model says the same. */
export function imaginedArguments(screen: Screen, program: Program): Program {
  return descend(screen, program, [redrawn, simplified]);
}

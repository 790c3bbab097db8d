/** What the model foresees of a program, step by step, without running it anywhere. */

import type { Ruling } from '../../model/allowed.ts';
import { allow, foreseen } from '../../model/judge.ts';
import { startWorld, type World } from '../../model/world.ts';
import type { Choices } from '../../spec/dialects/dialect.ts';
import type { Host } from '../../spec/dialects/host.ts';
import type { Outcome, Place } from '../../spec/language/outcome.ts';
import type { Program } from '../../spec/language/program.ts';

/** The law, and the place in which the program is imagined to run. */
export interface Stage {
  readonly host: Host;
  readonly choices: Choices;
  readonly place: Place;
}

/** What is foreseen of a program: shorter than it where the law is open, since what follows such a step is not known. */
export interface Foresight {
  /** The world before each step and, last, the one after all of them. */
  readonly worlds: readonly World[];
  readonly outcomes: readonly Outcome[];
}

export function foreseeAll({ host, choices, place }: Stage, program: Program): Foresight {
  const outcomes: Outcome[] = [];
  const worlds = [startWorld(host, choices, place)];
  for (const step of program.steps) {
    const next = foreseen(worlds[worlds.length - 1]!, step);
    if (next === undefined) break;
    outcomes.push(next.outcome);
    worlds.push(next.world);
  }
  return { worlds, outcomes };
}

/** What the law allows as the outcome of the last step; undefined where it is open before that. */
export function lastRuling(stage: Stage, program: Program, choices: Choices = stage.choices): Ruling | undefined {
  const last = program.steps[program.steps.length - 1];
  if (last === undefined) return undefined;
  let world = startWorld(stage.host, stage.choices, stage.place);
  for (let i = 0; i < program.steps.length - 1; i++) {
    const next = foreseen(world, program.steps[i]!);
    if (next === undefined) return undefined;
    world = next.world;
  }
  return allow(choices === stage.choices ? world : { ...world, choices }, last);
}

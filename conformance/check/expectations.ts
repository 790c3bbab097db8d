/** Expectations that a program writes down (`-> EINVAL`), held against a trace. */

import { judge } from '../../model/judge.ts';
import type { World } from '../../model/world.ts';
import { startWorld, unsigned } from '../../model/world.ts';
import type { Expectation, Outcome, Program, Trace } from '../../spec/language/index.ts';
import { formatExpectation } from '../../spec/language/index.ts';
import type { Law } from './check-trace.ts';

/** The steps whose outcome is none of those that the program expects, by index, with the expectation in words. */
export function unmetExpectations(law: Law, program: Program, trace: Trace): ReadonlyMap<number, string> {
  const unmet = new Map<number, string>();
  let world: World | undefined = startWorld(law.host, law.choices, trace.place);
  for (const [index, step] of program.steps.entries()) {
    const outcome = trace.outcomes[index];
    if (outcome === undefined || world === undefined) break;
    const after: World | undefined = judge(world, step, outcome).world;
    // Expected addresses may speak of the step's own result.
    const known = after ?? world;
    if (step.expect !== undefined && !step.expect.some((expectation) => meets(known, expectation, outcome))) {
      unmet.set(index, step.expect.map((expectation) => formatExpectation(expectation, step.call.kind)).join(' | '));
    }
    world = after;
  }
  return unmet;
}

function meets(world: World, expectation: Expectation, outcome: Outcome): boolean {
  switch (expectation.kind) {
    case 'ok':
      return outcome.kind === 'value' || outcome.kind === 'bytes';
    case 'number': {
      const number = unsigned(world, expectation);
      if (outcome.kind === 'bytes') return outcome.bytes.reduceRight((sum, byte) => sum * 256 + byte, 0) === number;
      return outcome.kind === 'value' && (outcome.value === number || outcome.value === expectation.offset);
    }
    case 'errno':
      return outcome.kind === 'errno' && outcome.errno === expectation.errno;
    case 'bytes':
      return (
        outcome.kind === 'bytes' &&
        outcome.bytes.length === expectation.bytes.length &&
        outcome.bytes.every((byte, i) => byte === expectation.bytes[i])
      );
    case 'stop':
      return outcome.kind === 'stop' && outcome.how === expectation.how;
    case 'fault':
      return (
        outcome.kind === 'fault' &&
        outcome.signal === expectation.signal &&
        outcome.code === expectation.code &&
        outcome.address === unsigned(world, expectation)
      );
  }
}

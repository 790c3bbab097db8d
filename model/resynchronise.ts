/** Going on after a divergence: the world that the observed outcome suggests. */
import type { Outcome } from '../spec/language/outcome.ts';
import type { Step } from '../spec/language/program.ts';
import { type Allowed, foresee } from './allowed.ts';
import { observedBytes } from './memory/load-store.ts';
import type { World } from './world.ts';

/**
 * A step that failed where it was to succeed changed nothing; one that succeeded in another way is taken to have done what the law
 * foresaw; memory that reads differently holds what was read. @returns undefined where the world can no longer be known
 */
export function resynchronise(world: World, step: Step, outcome: Outcome, expected: readonly Allowed[]): World | undefined {
  switch (outcome.kind) {
    case 'errno':
    case 'fault':
      return world;
    case 'bytes':
      return step.call.kind === 'load' ? observedBytes(world, step.process, step.call, outcome.bytes) : world;
    case 'value': {
      const success = expected.find((allowed) => allowed.expected.kind === 'value');
      return success?.next(foresee(success.expected));
    }
    case 'stop':
    case 'lost':
      return undefined;
  }
}

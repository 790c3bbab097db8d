/** Judging: what the law says of an outcome, and the world that follows. */
import type { ChoiceId, ClauseId } from '../spec/clauses.ts';
import { CLAUSES } from '../spec/clauses.ts';
import type { Choices } from '../spec/dialects/dialect.ts';
import type { Call } from '../spec/language/call.ts';
import type { Outcome } from '../spec/language/outcome.ts';
import type { Step } from '../spec/language/program.ts';
import { type Allowed, fits, foresee, isOpen, type Ruling } from './allowed.ts';
import { resynchronise } from './resynchronise.ts';
import { RULES } from './rules.ts';
import { bind, type Process, type World } from './world.ts';

/** A clause id always comes with a verdict; there is no other way to make one. */
export type Verdict =
  | { readonly kind: 'conforms'; readonly clauses: readonly [ClauseId, ...ClauseId[]]; readonly world: World }
  /** The outcome fits another variant of a choice; the world goes on under that variant. */
  | {
      readonly kind: 'variant';
      readonly clauses: readonly [ClauseId, ...ClauseId[]];
      readonly choice: ChoiceId;
      readonly variant: string;
      readonly expected: readonly Allowed[];
      readonly world: World;
    }
  /** Nothing allows the outcome. `world` is undefined where no later step can be judged. */
  | {
      readonly kind: 'diverges';
      readonly clauses: readonly [ClauseId, ...ClauseId[]];
      readonly expected: readonly Allowed[];
      readonly world: World | undefined;
    }
  /** The law is open here, or the possibilities passed their bound. */
  | { readonly kind: 'undecided'; readonly why: string; readonly world: undefined };

/** What the law allows as the outcome of a step. */
export function allow(world: World, step: Step): Ruling {
  const process = world.processes.get(step.process);
  if (process === undefined || process.state !== 'running') {
    return [{ clauses: ['process.gone'], expected: { kind: 'stop', how: 'gone' }, next: () => world }];
  }
  return ruleOf(step.call)(world, process, step.call, step.result);
}

type AnyRule = (world: World, process: Process, call: Call, result: string | undefined) => Ruling;

/** RULES pairs each kind with the rule of that kind, which TypeScript cannot follow through a lookup. */
function ruleOf(call: Call): AnyRule {
  return RULES[call.kind] as AnyRule;
}

export function judge(world: World, step: Step, outcome: Outcome): Verdict {
  if (outcome.kind === 'lost') return { kind: 'undecided', why: `lost: ${outcome.why}`, world: undefined };
  const ruling = allow(world, step);
  if (isOpen(ruling)) return { kind: 'undecided', why: ruling.open, world: undefined };
  const taken = take(ruling, step, outcome);
  if (taken !== undefined) return { kind: 'conforms', clauses: taken.clauses, world: taken.world };
  const other = otherVariant(world, step, outcome);
  if (other !== undefined) return { kind: 'variant', ...other, expected: ruling };
  return {
    kind: 'diverges',
    clauses: ruling[0]!.clauses,
    expected: ruling,
    world: bound(resynchronise(world, step, outcome, ruling), step, outcome),
  };
}

/** The world that the likeliest allowed outcome of a step leads to, for those who plan ahead; undefined where the law is open. */
export function foreseen(world: World, step: Step): { readonly outcome: Outcome; readonly world: World } | undefined {
  const ruling = allow(world, step);
  if (isOpen(ruling)) return undefined;
  for (const allowed of ruling) {
    const outcome = foresee(allowed.expected);
    const next = bound(allowed.next(outcome), step, outcome);
    if (next !== undefined) return { outcome, world: next };
  }
  return undefined;
}

interface Taken {
  readonly clauses: readonly [ClauseId, ...ClauseId[]];
  readonly world: World;
}

function take(ruling: readonly Allowed[], step: Step, outcome: Outcome): Taken | undefined {
  for (const allowed of ruling) {
    if (!fits(allowed.expected, outcome)) continue;
    const next = bound(allowed.next(outcome), step, outcome);
    if (next !== undefined) return { clauses: allowed.clauses, world: next };
  }
  return undefined;
}

/** A success is known by the step's name from then on. */
function bound(world: World | undefined, step: Step, outcome: Outcome): World | undefined {
  if (world === undefined || step.result === undefined || outcome.kind !== 'value') return world;
  if (step.call.kind !== 'pipe') return bind(world, step.result, outcome.value);
  return bind(bind(world, `${step.result}.r`, outcome.value % 65536), `${step.result}.w`, Math.floor(outcome.value / 65536));
}

/** The one choice whose other variant explains the outcome, of those that the rule looked at. */
function otherVariant(world: World, step: Step, outcome: Outcome): (Taken & { choice: ChoiceId; variant: string }) | undefined {
  const consulted = new Set<ChoiceId>();
  const choices = new Proxy(world.choices, {
    get(target, choice) {
      consulted.add(choice as ChoiceId);
      return target[choice as ChoiceId];
    },
  });
  allow({ ...world, choices }, step);
  for (const choice of consulted) {
    for (const variant of Object.keys(CLAUSES[choice]?.variants ?? {})) {
      if (variant === world.choices[choice]) continue;
      const ruling = allow({ ...world, choices: { ...world.choices, [choice]: variant } as Choices }, step);
      if (isOpen(ruling)) continue;
      const taken = take(ruling, step, outcome);
      if (taken !== undefined) return { ...taken, choice, variant };
    }
  }
  return undefined;
}

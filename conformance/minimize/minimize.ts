/**
 * Minimisation: from a program with a finding to one in which no step can be left out and no argument simplified without losing it. What counts is
 * the number of runs on the target. So the model goes first: it says which steps the finding rests on, and only if the target disagrees is
 * the program taken apart by halves.
 */
import type { Program } from '../../spec/language/program.ts';
import { type Finding, type Law, signature as signatureOf } from '../check/check-trace.ts';
import { TargetUnavailable } from '../targets/target.ts';
import { canonical } from './canonical.ts';
import { criterionOf, isAudit } from './criterion.ts';
import { boldestEdits, withEdits } from './edits.ts';
import { foreseeAll, type Stage } from './foresight.ts';
import { cutPages, stretches } from './geometry.ts';
import { imaginedArguments, imaginedMinimum, slice } from './imagined.ts';
import { reductions, restructured } from './reductions.ts';
import { related } from './related.ts';
import { without } from './remove.ts';
import { Screen } from './screen.ts';
import { Search } from './search.ts';
import { type Budget, type FurtherFinding, type Runner, type Shown, Trials } from './trials.ts';
import { withFirst, withoutExpectations, withSteps } from './walk.ts';

export type { Budget, FurtherFinding, Runner } from './trials.ts';

export interface MinimizeOptions {
  readonly program: Program;
  /** As signature() of conformance/check gives it: which of the program's findings is to be kept. */
  readonly signature: string;
  readonly target: Runner;
  readonly law: Law;
  readonly budget: Budget;
  /** Told of every program that is simpler than all before. */
  readonly onBest?: (program: Program) => void;
  /** Milliseconds, from any start; for tests. */
  readonly clock?: () => number;
}

/** Why minimisation ended: nothing is left to try, or the budget, or the finding did not show again, or the target was lost. */
export type Ending = 'minimal' | 'budget' | 'unreproducible' | 'target lost';

export interface Minimized {
  /** The simplest program that showed the finding; the original, without expectations, where it did not show again. */
  readonly program: Program;
  /** What the program showed; undefined where nothing did. */
  readonly finding: Finding | undefined;
  readonly ending: Ending;
  /** No single reduction, and no removal of two steps, is left that keeps the finding. */
  readonly complete: boolean;
  /** How many of the first runs of the original showed the finding. */
  readonly deterministic: { readonly hits: number; readonly of: number };
  readonly executions: number;
  readonly batches: number;
  /** Candidates that were not run since the model ruled them out. */
  readonly screened: number;
  readonly seconds: number;
  /** Findings under other signatures that were met on the way, each once. */
  readonly further: readonly FurtherFinding[];
}

/** Runs of the original before anything is left out, and when none of them shows the finding. */
const RERUNS = 5;
const RERUNS_MAX = 20;
/** A flaky candidate is repeated until a finding would have been missed with no more than this probability. */
const MISS_PROBABILITY = 0.05;

/** Shrinks a program. Never rejects for the target's fault: what was reached before the target was lost is what comes back. */
export async function minimize(options: MinimizeOptions): Promise<Minimized> {
  const clock = options.clock ?? (() => performance.now());
  const start = clock();
  const elapsed = (): number => (clock() - start) / 1000;
  const trials = new Trials({ target: options.target, law: options.law, budget: options.budget, elapsed });
  const original = withoutExpectations(options.program);
  const state: State = { program: original, finding: undefined, hits: 0, of: 0 };
  let ending: Ending;
  try {
    ending = await shrink(options, trials, state);
  } catch (error) {
    if (!(error instanceof TargetUnavailable)) throw error;
    ending = 'target lost';
  }
  return {
    program: state.program,
    finding: state.finding,
    ending,
    complete: ending === 'minimal',
    deterministic: { hits: state.hits, of: state.of },
    executions: trials.executions,
    batches: trials.batches,
    screened: trials.screened,
    seconds: elapsed(),
    further: [...trials.further.values()],
  };
}

/** What is known so far, kept where it outlives a target that is lost. */
interface State {
  program: Program;
  finding: Finding | undefined;
  hits: number;
  of: number;
}

async function shrink(options: MinimizeOptions, trials: Trials, state: State): Promise<Ending> {
  const stage = await reproduce(options, trials, state);
  if (stage === undefined) return trials.over ? 'budget' : 'unreproducible';
  const { finding } = state;
  const criterion = criterionOf(finding!);
  trials.criterion = criterion;
  const rate = state.hits / state.of;
  trials.repeats = rate === 1 ? 1 : Math.ceil(Math.log(MISS_PROBABILITY) / Math.log(1 - rate));
  const cut = isAudit(finding!) ? state.program : withFirst(state.program, finding!.at.step + 1);
  const program = canonical(cut, criterion.where === 'step');
  const screen = new Screen(stage, finding!, program);
  // Where the model does not foresee the finding's place even in the original, its foresight is no guide.
  if (screen.admits(program)) trials.screen = screen;
  const keep = (best: Shown): void => {
    state.program = best.program;
    state.finding = best.finding;
    options.onBest?.(best.program);
  };
  if (cut !== state.program) keep({ program: cut, finding: finding! });
  const search = new Search(trials, { program: cut, finding: finding! }, keep);
  await search.first([program]);
  await dropSteps(search, screen);
  await search.first(restructured(search.best.program, stage));
  await simplifyArguments(search, screen);
  return (await search.exhaust((best) => reductions(best, stage))) ? 'minimal' : 'budget';
}

/** Runs the original on fresh processes. @returns where it ran, once the finding was seen */
async function reproduce({ signature, law }: MinimizeOptions, trials: Trials, state: State): Promise<Stage | undefined> {
  let stage: Stage | undefined;
  while (state.of < RERUNS || (state.hits === 0 && state.of < RERUNS_MAX)) {
    const results = await trials.execute(new Array(RERUNS).fill(state.program));
    for (const { trace, findings } of results) {
      state.of++;
      const found = findings.find((finding) => signatureOf(finding) === signature);
      if (found === undefined) continue;
      state.hits++;
      state.finding ??= found;
      stage ??= { ...law, place: trace.place };
    }
    if (results.length < RERUNS) break;
  }
  return stage;
}

/** Below this number of steps each is tried by itself at once. */
const FEW_STEPS = 8;

/** Leaves out steps: first all that the model does not need, then in halves. */
async function dropSteps(search: Search, screen: Screen): Promise<void> {
  const { stage } = screen;
  const { program, finding } = search.best;
  const needed = slice(screen, program);
  const near = related(program, foreseeAll(stage, program).worlds, isAudit(finding) ? finding.at.address : undefined);
  const both = withSteps(
    program,
    program.steps.filter((step) => needed.steps.includes(step) || near.steps.includes(step)),
  );
  await search.first([imaginedMinimum(screen, needed), needed, near, both]);
  const rest = search.best.program;
  const indexes = [...rest.steps.keys()];
  const isNeeded = (index: number): boolean => needed.steps.includes(rest.steps[index]!);
  const groups =
    indexes.length <= FEW_STEPS
      ? indexes.map((index) => [index])
      : [indexes.filter((index) => !isNeeded(index)), indexes.filter((index) => isNeeded(index))];
  await search.together(groups, (removed) => without(rest, new Set(removed)));
}

/** Makes arguments simple: first all that the model does not care for, then in halves. */
async function simplifyArguments(search: Search, screen: Screen): Promise<void> {
  if (await search.first([imaginedArguments(screen, search.best.program)])) return;
  const drawn = search.best.program;
  await search.together([stretches(drawn)], (cuts) => cutPages(drawn, cuts));
  const plain = search.best.program;
  await search.together([boldestEdits(plain)], (edits) => withEdits(plain, edits));
}

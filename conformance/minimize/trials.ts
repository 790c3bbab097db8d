/** Running candidates: in batches, none twice, none that the model rules out, as far as the budget goes. */

import type { Trace } from '../../spec/language/outcome.ts';
import type { Program } from '../../spec/language/program.ts';
import { checkTrace, type Finding, type Law, signature } from '../check/check-trace.ts';
import type { Target } from '../targets/target.ts';
import { canonical } from './canonical.ts';
import { type Criterion, isAudit, meets } from './criterion.ts';
import { KnownPrograms, linesOf } from './known.ts';
import type { Screen } from './screen.ts';
import { withFirst } from './walk.ts';

export interface Budget {
  readonly seconds: number;
  /** Runs of a program, repeated ones counted each. */
  readonly executions: number;
}

/** A program that showed the finding, cut off after it. */
export interface Shown {
  readonly program: Program;
  readonly finding: Finding;
}

/** A finding that is not the one looked for, in the first program that showed it. */
export interface FurtherFinding {
  readonly signature: string;
  readonly finding: Finding;
  readonly program: Program;
}

/** A candidate that is worth a run. */
export interface Asked {
  readonly program: Program;
  /** The same for programs that differ in names alone. */
  readonly key: string;
  readonly lines: readonly string[];
}

/** What is needed of a target here. */
export type Runner = Pick<Target, 'run'>;

export interface TrialsOptions {
  readonly target: Runner;
  readonly law: Law;
  readonly budget: Budget;
  /** Seconds since the start. */
  readonly elapsed: () => number;
}

/** The one that a search asks whether programs show a finding. */
export class Trials {
  executions = 0;
  batches = 0;
  /** Candidates that the model ruled out. */
  screened = 0;
  /** How often a candidate is run before it is taken to not show the finding: more than once where the finding is flaky. */
  repeats = 1;
  criterion: Criterion | undefined;
  screen: Screen | undefined;
  readonly further = new Map<string, FurtherFinding>();
  readonly #options: TrialsOptions;
  readonly #known = new KnownPrograms();
  readonly #shown = new Map<string, Shown>();

  constructor(options: TrialsOptions) {
    this.#options = options;
  }

  /** The budget is used up. */
  get over(): boolean {
    const { budget, elapsed } = this.#options;
    return this.executions >= budget.executions || elapsed() >= budget.seconds;
  }

  /** The finding shows at a step, so that what is unused and what comes later does not matter. */
  get #atSteps(): boolean {
    return this.criterion?.where !== 'audit';
  }

  /** Runs programs as they are, as many as the budget allows; one entry each in the same order, shorter where the budget ended. */
  async execute(programs: readonly Program[]): Promise<readonly { readonly trace: Trace; readonly findings: readonly Finding[] }[]> {
    const left = Math.max(0, this.#options.budget.executions - this.executions);
    const allowed = this.over ? [] : programs.slice(0, left);
    if (allowed.length === 0) return [];
    this.executions += allowed.length;
    this.batches++;
    const traces = await this.#options.target.run(allowed);
    return allowed.map((program, i) => ({
      trace: traces[i]!,
      findings: checkTrace(this.#options.law, program, traces[i]!, () => {}).findings,
    }));
  }

  /**
   * The candidate in its canonical form; undefined where it need not be run, since it did not show the finding before or the model says that it
   * cannot.
   */
  ask(candidate: Program): Asked | undefined {
    const program = canonical(candidate, this.#atSteps);
    const lines = linesOf(program);
    const asked = { key: lines.join('\n'), lines, program };
    if (this.#shown.has(asked.key)) return asked;
    if (this.#known.has(lines)) return undefined;
    if (this.screen === undefined || this.screen.admits(program)) return asked;
    this.#known.add(lines, lines.length, false);
    this.screened++;
    return undefined;
  }

  /** Runs candidates. For each the finding that it showed, or undefined: it did not, or was not run since the budget ended. */
  async show(candidates: readonly Asked[]): Promise<readonly (Shown | undefined)[]> {
    const distinct = new Map(candidates.map((asked) => [asked.key, asked]));
    let open = [...distinct.values()].filter(({ key }) => !this.#shown.has(key));
    for (let round = 0; round < this.repeats && open.length > 0; round++) {
      const results = await this.execute(open.map(({ program }) => program));
      const missed: Asked[] = [];
      for (const [i, result] of results.entries()) if (!this.#note(open[i]!, result.findings)) missed.push(open[i]!);
      if (results.length < open.length) break;
      if (round === this.repeats - 1) for (const { lines } of missed) this.#known.add(lines, lines.length, this.#atSteps);
      open = missed;
    }
    return candidates.map(({ key }) => this.#shown.get(key));
  }

  /** @returns whether the finding was there */
  #note({ key, lines, program }: Asked, findings: readonly Finding[]): boolean {
    const criterion = this.criterion!;
    const found = findings.find((finding) => meets(criterion, finding));
    for (const finding of findings) {
      if (finding === found || finding.afterResync || meets(criterion, finding)) continue;
      const key = signature(finding);
      if (!this.further.has(key)) this.further.set(key, { signature: key, finding, program });
    }
    if (found === undefined) return false;
    if (isAudit(found)) {
      this.#shown.set(key, { program, finding: found });
      return true;
    }
    const { step } = found.at;
    const cut = withFirst(program, step + 1);
    this.#shown.set(key, { program: canonical(cut, this.#atSteps), finding: found });
    if (this.#atSteps && this.repeats === 1) this.#known.add(lines, step, true);
    return true;
  }
}

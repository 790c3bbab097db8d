/** The running count of a campaign: plain data, so that shards in other threads can be merged. */

import { formatProgram, type Program } from '../../spec/language/index.ts';
import { type Finding, signature, type TraceCheck } from '../check/check-trace.ts';

/** Programs that show the same finding, as far as can be told, with the shortest of them. */
export interface Group {
  readonly signature: string;
  readonly kind: 'diverges' | 'variant';
  readonly clause: string;
  readonly choice?: string;
  readonly variant?: string;
  count: number;
  /** No program showed it before another divergence. */
  afterResync: boolean;
  program: Program;
}

export interface Counted {
  count: number;
  program: string;
}

/** Groups that are kept; a target that differs in more ways than this is not a kernel of the dialect. */
const GROUPS_MAX = 500;

export class Tally {
  programs = 0;
  steps = 0;
  undecidedPrograms = 0;
  lostPrograms = 0;
  readonly clauses = new Map<string, number>();
  readonly diverged = new Map<string, number>();
  readonly groups = new Map<string, Group>();
  readonly undecided = new Map<string, Counted>();
  readonly lost = new Map<string, Counted>();

  /** Kept as one function object: it is handed to the checking of every trace. */
  readonly exercise = (clauses: readonly string[]): void => {
    for (const clause of clauses) this.clauses.set(clause, (this.clauses.get(clause) ?? 0) + 1);
  };

  add(program: Program, check: TraceCheck): void {
    this.programs++;
    this.steps += check.judged;
    if (check.lost !== undefined) {
      this.lostPrograms++;
      note(this.lost, check.lost, program);
    } else if (check.undecided !== undefined) {
      this.undecidedPrograms++;
      note(this.undecided, check.undecided, program);
    }
    if (check.findings.length === 0) return;
    const seen = new Set<string>();
    for (const finding of check.findings) {
      const key = signature(finding);
      if (seen.has(key)) continue;
      seen.add(key);
      this.#addFinding(key, program, finding);
    }
    for (const clause of new Set(check.findings.map((finding) => finding.clauses[0]))) {
      this.diverged.set(clause, (this.diverged.get(clause) ?? 0) + 1);
    }
  }

  #addFinding(key: string, program: Program, finding: Finding): void {
    const group = this.groups.get(key);
    if (group !== undefined) {
      group.count++;
      // A program in which nothing else went wrong before is the better witness, then the shorter one.
      const better = group.afterResync === finding.afterResync ? program.steps.length < group.program.steps.length : group.afterResync;
      if (better) group.program = program;
      group.afterResync &&= finding.afterResync;
      return;
    }
    if (this.groups.size >= GROUPS_MAX) return;
    const choice = 'choice' in finding && finding.choice !== undefined ? { choice: finding.choice, variant: finding.variant! } : {};
    this.groups.set(key, {
      signature: key,
      kind: finding.kind,
      clause: finding.clauses[0],
      ...choice,
      count: 1,
      afterResync: finding.afterResync,
      program,
    });
  }

  /** The tally as data that can be sent to another thread. */
  toData(): TallyData {
    return {
      programs: this.programs,
      steps: this.steps,
      undecidedPrograms: this.undecidedPrograms,
      lostPrograms: this.lostPrograms,
      clauses: this.clauses,
      diverged: this.diverged,
      groups: this.groups,
      undecided: this.undecided,
      lost: this.lost,
    };
  }

  merge(other: TallyData): void {
    this.programs += other.programs;
    this.steps += other.steps;
    this.undecidedPrograms += other.undecidedPrograms;
    this.lostPrograms += other.lostPrograms;
    addCounts(this.clauses, other.clauses);
    addCounts(this.diverged, other.diverged);
    addReasons(this.undecided, other.undecided);
    addReasons(this.lost, other.lost);
    for (const [key, group] of other.groups) {
      const mine = this.groups.get(key);
      if (mine === undefined) this.groups.set(key, { ...group });
      else {
        mine.count += group.count;
        if (group.program.steps.length < mine.program.steps.length && (mine.afterResync || !group.afterResync))
          mine.program = group.program;
        mine.afterResync &&= group.afterResync;
      }
    }
  }
}

export interface TallyData {
  readonly programs: number;
  readonly steps: number;
  readonly undecidedPrograms: number;
  readonly lostPrograms: number;
  readonly clauses: ReadonlyMap<string, number>;
  readonly diverged: ReadonlyMap<string, number>;
  readonly groups: ReadonlyMap<string, Group>;
  readonly undecided: ReadonlyMap<string, Counted>;
  readonly lost: ReadonlyMap<string, Counted>;
}

function note(reasons: Map<string, Counted>, why: string, program: Program): void {
  const known = reasons.get(why);
  if (known === undefined) reasons.set(why, { count: 1, program: formatProgram(program) });
  else known.count++;
}

function addCounts(mine: Map<string, number>, others: ReadonlyMap<string, number>): void {
  for (const [key, count] of others) mine.set(key, (mine.get(key) ?? 0) + count);
}

function addReasons(mine: Map<string, Counted>, others: ReadonlyMap<string, Counted>): void {
  for (const [why, { count, program }] of others) {
    const known = mine.get(why);
    if (known === undefined) mine.set(why, { count, program });
    else known.count += count;
  }
}

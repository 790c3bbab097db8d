/**
 * Lies: ways for a target to misreport under a stated condition, so that it is known what the suite has to find, and the shortest program that shows
 * it. They are told over the traces of any target that is right.
 */
import type { ClauseId } from '../../spec/clauses.ts';
import type { AuditPage, Outcome, Trace } from '../../spec/language/outcome.ts';
import type { Program } from '../../spec/language/program.ts';
import type { Target } from '../targets/target.ts';
import { Memory } from './memory.ts';
import { type Seen, seenSteps } from './seen.ts';

/** Watches one program. */
export interface Liar {
  /** Told of every step with its true outcome, in order. @returns what to say instead, or undefined for the truth */
  readonly step: (seen: Seen) => Outcome | undefined;
  /** What to say of a page of the final audit. */
  readonly page?: (process: string, page: AuditPage) => AuditPage;
}

export interface Lie {
  readonly name: string;
  /** The clauses under which the suite reports it: one of them comes first in the finding. */
  readonly clauses: readonly ClauseId[];
  /** The lie in one sentence. */
  readonly says: string;
  /** Number of steps of the shortest program in which a step shows it. A lie that only the audit shows has no such program. */
  readonly shortest?: number;
  /** Number of steps of the shortest program whose audit shows it. */
  readonly shortestInAudit?: number;
  /** A liar for one program. What it tells of `memory`, which learns of every step before it does, loads and the audit say too. */
  readonly start: (memory: Memory) => Liar;
}

/** The trace as the liar tells it. */
export function distort(lie: Lie, program: Program, trace: Trace): Trace {
  const memory = new Memory();
  const liar = lie.start(memory);
  const outcomes: Outcome[] = [];
  for (const seen of seenSteps(program, trace)) {
    memory.observe(seen);
    outcomes.push(liar.step(seen) ?? memory.loaded(seen) ?? seen.outcome);
  }
  const tell = (process: string, page: AuditPage): AuditPage => {
    const told = memory.audited(process, page);
    return liar.page?.(process, told) ?? told;
  };
  const audits = trace.audits.map(({ process, pages }) => ({ process, pages: pages.map((page) => tell(process, page)) }));
  return { ...trace, outcomes, audits };
}

/** A target that tells this lie, and is as right as the inner one otherwise. */
export function lyingTarget(inner: Target, lie: Lie): Target {
  return {
    name: `${inner.name}, lying: ${lie.name}`,
    host: inner.host,
    get restarts() {
      return inner.restarts;
    },
    run: async (programs) => {
      const traces = await inner.run(programs);
      return traces.map((trace, i) => distort(lie, programs[i]!, trace));
    },
    close: () => inner.close(),
  };
}

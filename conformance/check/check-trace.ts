/** Checks a whole trace against the model: every step's outcome, then the audit of what was left in memory. */
import type { Allowed } from '../../model/allowed.ts';
import { judge } from '../../model/judge.ts';
import { startWorld, type World } from '../../model/world.ts';
import type { ChoiceId, ClauseId } from '../../spec/clauses.ts';
import type { Choices } from '../../spec/dialects/dialect.ts';
import type { Host } from '../../spec/dialects/host.ts';
import type { Outcome, Trace } from '../../spec/language/outcome.ts';
import type { Program } from '../../spec/language/program.ts';
import { type AuditFinding, checkAudit } from './check-audit.ts';

/** The law that a trace is held to. */
export interface Law {
  readonly host: Host;
  readonly choices: Choices;
}

/** A step whose outcome the dialect does not allow. */
export interface StepFinding {
  readonly kind: 'diverges' | 'variant';
  readonly at: { readonly step: number };
  readonly clauses: readonly [ClauseId, ...ClauseId[]];
  readonly choice?: ChoiceId;
  readonly variant?: string;
  readonly expected: readonly Allowed[];
  readonly observed: Outcome;
  /** An earlier finding of the same trace was resynchronised over: this one may follow from it. */
  readonly afterResync: boolean;
}

export type Finding = StepFinding | AuditFinding;

/** How a step was judged, for those who show it. */
export type StepJudgement =
  | { readonly verdict: 'conforms' | 'variant' | 'diverges'; readonly clauses: readonly ClauseId[]; readonly world: World | undefined }
  | { readonly verdict: 'undecided'; readonly why: string }
  | { readonly verdict: 'unchecked' };

export interface TraceCheck {
  readonly findings: readonly Finding[];
  /** Why checking stopped before the end of the trace; undefined when all of it was judged. */
  readonly undecided: string | undefined;
  /** Steps that were judged. */
  readonly judged: number;
  readonly lost: string | undefined;
}

/** Told of every judged step; `clauses` are those that allowed the outcome, or that forbade it. */
export type OnJudged = (step: number, judgement: StepJudgement) => void;

export function checkTrace(
  law: Law,
  program: Program,
  trace: Trace,
  onClauses: (clauses: readonly ClauseId[]) => void,
  onJudged?: OnJudged,
): TraceCheck {
  const findings: Finding[] = [];
  let world: World | undefined = startWorld(law.host, law.choices, trace.place);
  let undecided: string | undefined;
  let lost: string | undefined;
  let judged = 0;
  let afterResync = false;
  for (let i = 0; i < program.steps.length; i++) {
    const step = program.steps[i]!;
    const outcome = trace.outcomes[i] ?? ({ kind: 'lost', why: 'the target gave no outcome' } as const);
    if (outcome.kind === 'lost') {
      lost = outcome.why;
      break;
    }
    const verdict = judge(world, step, outcome);
    judged++;
    switch (verdict.kind) {
      case 'conforms':
        onClauses(verdict.clauses);
        break;
      case 'variant':
        onClauses(verdict.clauses);
        findings.push({
          ...pick(verdict),
          choice: verdict.choice,
          variant: verdict.variant,
          at: { step: i },
          observed: outcome,
          afterResync,
        });
        break;
      case 'diverges':
        onClauses(verdict.clauses);
        findings.push({ ...pick(verdict), at: { step: i }, observed: outcome, afterResync });
        afterResync = true;
        break;
      case 'undecided':
        undecided = verdict.why;
        break;
    }
    onJudged?.(
      i,
      verdict.kind === 'undecided'
        ? { verdict: 'undecided', why: verdict.why }
        : { verdict: verdict.kind, clauses: verdict.clauses, world: verdict.world },
    );
    if (verdict.world === undefined) {
      undecided ??= 'what follows the divergence cannot be judged';
      world = undefined;
      break;
    }
    world = verdict.world;
  }
  if (world !== undefined && lost === undefined) {
    for (const audit of trace.audits) {
      const checked = checkAudit(world, audit, afterResync, onClauses);
      world = checked.world;
      findings.push(...checked.findings);
    }
  }
  // After a divergence the rest is unknown by its own nature; only a law that is open of itself leaves a conforming trace undecided.
  return { findings, undecided: findings.length > 0 && world === undefined ? undefined : undecided, judged, lost };
}

function pick(verdict: {
  kind: 'diverges' | 'variant';
  clauses: readonly [ClauseId, ...ClauseId[]];
  expected: readonly Allowed[];
}): Pick<StepFinding, 'kind' | 'clauses' | 'expected'> {
  return { kind: verdict.kind, clauses: verdict.clauses, expected: verdict.expected };
}

/**
 * Two findings with the same signature have the same cause as far as can be told: the same kind, clause and wrong variant, or the same shape of
 * outcome. Values and addresses are not part of it.
 */
export function signature(finding: Finding): string {
  const wrong = finding.kind === 'variant' && 'choice' in finding ? `${finding.choice}=${finding.variant}` : shape(finding.observed);
  const because = finding.clauses[1] ?? '';
  return `${finding.kind} ${finding.clauses[0]} ${because} ${wrong}`;
}

function shape(observed: Finding['observed']): string {
  switch (observed.kind) {
    case 'errno':
      return observed.errno;
    case 'fault':
      return `${observed.signal}/${observed.code}`;
    case 'stop':
      return observed.how;
    case 'probe':
      return `${observed.access} ${observed.probe}`;
    case 'value':
    case 'bytes':
    case 'content':
    case 'lost':
      return observed.kind;
  }
}

/** One finding made presentable: its program shrunk, told step by step, with a standalone reproducer and a token that replays it. */
import type { Divergence } from '../../reports/result.ts';
import { encodeToken, formatProgram, type Program, type Trace } from '../../spec/language/index.ts';
import { type Law, signature } from '../check/check-trace.ts';
import { describeFinding, describeTrace } from '../check/describe.ts';
import { exportProgram } from '../export/export.ts';
import { minimize } from '../minimize/minimize.ts';
import { type Target, TargetUnavailable } from '../targets/target.ts';
import type { Group } from './tally.ts';

export interface ShrinkGroupOptions {
  readonly group: Group;
  readonly target: Target;
  readonly law: Law;
  readonly seconds: number;
  readonly onBest: (program: Program) => void;
}

const EXECUTIONS_MAX = 20_000;

export async function shrinkGroup({ group, target, law, seconds, onBest }: ShrinkGroupOptions): Promise<Divergence> {
  const shrunk = await minimize({
    program: group.program,
    signature: group.signature,
    target,
    law,
    budget: { seconds, executions: EXECUTIONS_MAX },
    onBest,
  });
  const described = describeTrace(law, shrunk.program, await runAgain(target, shrunk.program));
  const shown = shrunk.finding === undefined ? group.signature : signature(shrunk.finding);
  const finding = described.check.findings.find((candidate) => signature(candidate) === shown) ?? described.check.findings[0];
  const told = finding === undefined ? { expected: [], observed: 'not seen again' } : describeFinding(described, finding);
  return {
    clause: group.clause,
    ...(group.choice === undefined ? {} : { choice: group.choice, variant: group.variant! }),
    kind: group.kind,
    count: group.count,
    afterResync: finding?.afterResync ?? group.afterResync,
    program: formatProgram(group.program),
    minimal: exportProgram(shrunk.program, 'vkt', { steps: described.steps }),
    token: encodeToken(shrunk.program),
    minimisation: {
      executions: shrunk.executions,
      seconds: shrunk.seconds,
      steps: [group.program.steps.length, shrunk.program.steps.length],
      complete: shrunk.complete,
    },
    deterministic: shrunk.deterministic,
    expected: told.expected,
    observed: told.observed,
    steps: described.steps,
    ...(described.audit.length === 0 ? {} : { audit: described.audit }),
    reproducer: { c: exportProgram(shrunk.program, 'c', { steps: described.steps, title: group.clause }) },
  };
}

/** The trace of the shrunk program; without outcomes where the target did not come back, so that the finding itself is not lost. */
async function runAgain(target: Target, program: Program): Promise<Trace> {
  try {
    const [trace] = await target.run([program]);
    return trace!;
  } catch (error) {
    if (!(error instanceof TargetUnavailable)) throw error;
    return { place: { arena: 0, heap: 0, buf: 0 }, outcomes: [], audits: [] };
  }
}

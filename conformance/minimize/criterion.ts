/** What a smaller program has to show: a finding of the same clause, at a step or in the audit. */
import type { ChoiceId, ClauseId } from '../../spec/clauses.ts';
import type { Finding } from '../check/check-trace.ts';

/**
 * What two findings have in common that are taken for the same: the clause, and for a variant which one. What was observed instead is not part of it,
 * nor is the clause behind the contents of memory, which any further store would change.
 */
export interface Criterion {
  readonly kind: Finding['kind'];
  readonly clause: ClauseId;
  readonly choice: ChoiceId | undefined;
  readonly variant: string | undefined;
  /** Seen by a step, or only in what was left in memory. */
  readonly where: 'step' | 'audit';
  /** False: what may follow from an earlier divergence does not count. */
  readonly afterResync: boolean;
}

export function criterionOf(finding: Finding): Criterion {
  return {
    kind: finding.kind,
    clause: finding.clauses[0],
    choice: finding.kind === 'variant' ? finding.choice : undefined,
    variant: finding.kind === 'variant' ? finding.variant : undefined,
    where: isAudit(finding) ? 'audit' : 'step',
    afterResync: finding.afterResync,
  };
}

export const isAudit = (finding: Finding): finding is Extract<Finding, { at: { audit: string } }> => 'audit' in finding.at;

export function meets(criterion: Criterion, finding: Finding): boolean {
  const { kind, clause, choice, variant, where } = criterionOf(finding);
  return (
    kind === criterion.kind &&
    clause === criterion.clause &&
    choice === criterion.choice &&
    variant === criterion.variant &&
    (where === 'step' || criterion.where === 'audit') &&
    (criterion.afterResync || !finding.afterResync)
  );
}

/** Programs run as the law foresees them, for tests that then change what came back. */
import { resolveDialect } from '../../spec/dialects/dialect.ts';
import { type AuditPage, type Outcome, type Program, parseProgram, type Trace } from '../../spec/language/index.ts';
import { defaultHost } from '../generate/default-host.ts';
import { IMAGINED } from '../generate/generate.ts';
import { foreseenRun } from '../lies/model-target.ts';
import { checkTrace, type Law, type TraceCheck } from './check-trace.ts';

export const law: Law = { host: defaultHost, choices: resolveDialect('linux', defaultHost) };

export interface Ran {
  readonly program: Program;
  readonly trace: Trace;
}

/** @param outcomes  what came back of some steps instead, by their index */
export function ran(text: string, outcomes: Readonly<Record<number, Outcome>> = {}): Ran {
  const program = parseProgram(text);
  const trace = foreseenRun(law, program, IMAGINED);
  return { program, trace: { ...trace, outcomes: trace.outcomes.map((outcome, index) => outcomes[index] ?? outcome) } };
}

/** The run with pages of the audit of p0 changed. @param change  gives the page as it was audited, by its distance from the arena in pages */
export function audited({ program, trace }: Ran, change: (page: AuditPage, index: number) => AuditPage): Ran {
  const audits = trace.audits.map(({ process, pages }) => ({
    process,
    pages: pages.map((page) => change(page, (page.address - IMAGINED.arena) / 4096)),
  }));
  return { program, trace: { ...trace, audits } };
}

export function check({ program, trace }: Ran): TraceCheck {
  return checkTrace(law, program, trace, () => {});
}

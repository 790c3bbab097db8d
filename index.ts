/**
 * vkconform as a library. The command line is made of the same parts.
 *
 *     import { checkProgram, programs } from 'vkconform';
 */

// Whole traces judged, one program or many; programs made by chance; what differs made small; and targets, which run programs.
export { runCampaign } from './conformance/campaign/campaign.ts';
export type { CampaignOptions } from './conformance/campaign/options.ts';
export { checkTrace, type Finding, type Law, signature, type TraceCheck } from './conformance/check/check-trace.ts';
export { type CheckedProgram, type CheckProgramOptions, checkProgram } from './conformance/check-program.ts';
export type { GenerateOptions } from './conformance/generate/generate.ts';
export { type ProgramsOptions, programAt, programs } from './conformance/generate/programs.ts';
export { type Minimized, type MinimizeOptions, minimize } from './conformance/minimize/minimize.ts';
export { openTarget } from './conformance/targets/open.ts';
export { type Target, TargetUnavailable } from './conformance/targets/target.ts';

// The model: what the law allows as the outcome of a step, and the world that follows.
export { type Allowed, type Expected, foresee, isOpen, type Open, type Ruling } from './model/allowed.ts';
export { allow, foreseen, judge, type Verdict } from './model/judge.ts';
export { startWorld, type World } from './model/world.ts';

// Results: the document that all reports are made from.
export { type Divergence, InvalidResult, parseResult, type Result } from './reports/result.ts';
export { writeReports } from './reports/write.ts';

// The law: clauses, dialects, what a target says of itself; and the notation: programs, calls, outcomes, how they are written and read.
export { type ChoiceId, CLAUSES, type ClauseId } from './spec/clauses.ts';
export { type Choices, DIALECTS, type Dialect, resolveDialect } from './spec/dialects/dialect.ts';
export type { Host } from './spec/dialects/host.ts';
export * from './spec/language/index.ts';

/** What is measured: a target, the law for it, and generated programs with the traces that the target gave of them. */
import type { Law } from '../conformance/check/check-trace.ts';
import type { GenerateOptions } from '../conformance/generate/generate.ts';
import { programAt } from '../conformance/generate/programs.ts';
import type { Target } from '../conformance/targets/target.ts';
import { resolveDialect } from '../spec/dialects/dialect.ts';
import { CALL_KINDS, type CallKind, type Program, type Trace } from '../spec/language/index.ts';

export const SEED = 1;

export interface Subject {
  readonly target: Target;
  readonly law: Law;
}

export function subjectOf(target: Target): Subject {
  return { target, law: { host: target.host, choices: resolveDialect('linux', target.host) } };
}

/** As the command `run` generates, but for the number of steps where it is given. */
export function generateOptions({ law }: Subject, steps: readonly [min: number, max: number] = [8, 36]): GenerateOptions {
  return { ...law, stepsMin: steps[0], stepsMax: steps[1], calls: CALL_KINDS };
}

export interface Recorded {
  readonly options: GenerateOptions;
  readonly programs: readonly Program[];
  readonly traces: readonly Trace[];
  readonly steps: number;
}

/** The first programs of the seed, with their traces. */
export async function record(subject: Subject, count: number, options = generateOptions(subject)): Promise<Recorded> {
  const programs = Array.from({ length: count }, (_, index) => programAt(SEED, index, options));
  const traces = await subject.target.run(programs);
  return { options, programs, traces, steps: programs.reduce((sum, { steps }) => sum + steps.length, 0) };
}

/** How often each call is made in the programs. */
export function callMix(programs: readonly Program[]): ReadonlyMap<CallKind, number> {
  const mix = new Map<CallKind, number>();
  for (const { steps } of programs) for (const { call } of steps) mix.set(call.kind, (mix.get(call.kind) ?? 0) + 1);
  return mix;
}

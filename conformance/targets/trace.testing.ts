/** Programs with expectations, run on a target and held against what it answered; without the model. For tests. */

import type { Expectation, Outcome, Place, Program, Trace, Value } from '../../spec/language/index.ts';
import { formatOutcome, formatStep, parseProgram } from '../../spec/language/index.ts';
import type { Target } from './target.ts';

/** What each name of a program stood for, from the trace alone. */
export function namesOf(program: Program, trace: Trace): ReadonlyMap<string, number> {
  const names = new Map<string, number>(Object.entries(trace.place));
  program.steps.forEach(({ call, result }, index) => {
    const outcome = trace.outcomes[index];
    if (result === undefined || outcome?.kind !== 'value') return;
    names.set(result, outcome.value);
    if (call.kind !== 'pipe') return;
    names.set(`${result}.r`, outcome.value % 65536);
    names.set(`${result}.w`, Math.floor(outcome.value / 65536));
  });
  return names;
}

const bytesToNumber = (bytes: readonly number[]): number => bytes.reduceRight((sum, byte) => sum * 256 + byte, 0);

function meets(expectation: Expectation, outcome: Outcome, resolve: (value: Value) => number): boolean {
  switch (expectation.kind) {
    case 'ok':
      return outcome.kind === 'value' || outcome.kind === 'bytes';
    case 'number':
      if (outcome.kind === 'bytes') return bytesToNumber(outcome.bytes) === resolve(expectation);
      return outcome.kind === 'value' && outcome.value === resolve(expectation);
    case 'fault': {
      const { signal, code } = expectation;
      return outcome.kind === 'fault' && outcome.signal === signal && outcome.code === code && outcome.address === resolve(expectation);
    }
    default:
      return JSON.stringify(expectation) === JSON.stringify(outcome);
  }
}

/** The steps that gave something else than the text expects, each as the step and what it gave. */
export function unmet(program: Program, trace: Trace): string[] {
  const names = namesOf(program, trace);
  const resolve = ({ base, offset }: Value): number => (base === 'abs' ? 0 : (names.get(base) ?? Number.NaN)) + offset;
  return program.steps.flatMap((step, index) => {
    const outcome = trace.outcomes[index]!;
    if (step.expect === undefined || step.expect.some((expectation) => meets(expectation, outcome, resolve))) return [];
    return [`${formatStep(step)} gave ${formatOutcome(outcome, undefined, step.call.kind)}`];
  });
}

/** Runs the program in `text`. @returns its trace, and the steps that gave something else than the text expects */
export async function runText(target: Target, text: string): Promise<{ program: Program; trace: Trace; unmet: string[]; place: Place }> {
  const program = parseProgram(text);
  const [trace] = await target.run([program]);
  return { program, trace: trace!, unmet: unmet(program, trace!), place: trace!.place };
}

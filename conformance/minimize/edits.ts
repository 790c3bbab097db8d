/** Edits of arguments that can be made together: for every argument of every call its simplest form. */
import type { Call } from '../../spec/language/call.ts';
import type { Program } from '../../spec/language/program.ts';
import { simplerCalls } from './simplify.ts';
import { argumentOf, fieldsOf, withArgument, withSteps } from './walk.ts';

/** A call with some arguments in a simpler form. */
export interface Edit {
  readonly step: number;
  /** Names of the arguments that change. */
  readonly fields: readonly string[];
  readonly call: Call;
}

/** The boldest edit of every argument; edits of one call concern different arguments. */
export function boldestEdits(program: Program): readonly Edit[] {
  const edits: Edit[] = [];
  for (const [step, { call }] of program.steps.entries()) {
    const taken = new Set<string>();
    for (const simpler of simplerCalls(call)) {
      const fields = changedFields(call, simpler);
      if (fields.some((field) => taken.has(field))) continue;
      for (const field of fields) taken.add(field);
      edits.push({ step, fields, call: simpler });
    }
  }
  return edits;
}

function changedFields(call: Call, other: Call): readonly string[] {
  return fieldsOf(call)
    .filter((field) => argumentOf(call, field) !== argumentOf(other, field))
    .map((field) => field.name);
}

/** The program with all these edits made. */
export function withEdits(program: Program, edits: readonly Edit[]): Program {
  const steps = [...program.steps];
  for (const edit of edits) {
    let { call } = steps[edit.step]!;
    for (const field of fieldsOf(call))
      if (edit.fields.includes(field.name)) call = withArgument(call, field, argumentOf(edit.call, field));
    steps[edit.step] = { ...steps[edit.step]!, call };
  }
  return withSteps(program, steps);
}

/** Walks over the values of calls and steps: which names they use, and how to change them. */
import { BASES, CALLS, type Call, type Field, type Iovec, type Value } from '../../spec/language/call.ts';
import { FIRST_PROCESS, type Program, type Step } from '../../spec/language/program.ts';

/** An argument as the fields of CALLS type it. */
export type Argument = Value | number | readonly Iovec[];

export const fieldsOf = (call: Call): readonly Field[] => CALLS[call.kind];

/** The argument of a field; the table of calls promises that it is there. */
export const argumentOf = (call: Call, field: Field): Argument => (call as unknown as Readonly<Record<string, Argument>>)[field.name]!;

/** The call with one argument replaced by another of the same type. */
export const withArgument = (call: Call, field: Field, argument: Argument): Call => ({ ...call, [field.name]: argument }) as Call;

export const isValue = (argument: Argument): argument is Value => typeof argument === 'object' && 'base' in argument;
export const isIov = (argument: Argument): argument is readonly Iovec[] => Array.isArray(argument);

/** The call with every value changed, those of iov elements included; the call itself when nothing changes. */
export function mapValues(call: Call, change: (value: Value) => Value): Call {
  let changed = call;
  for (const field of fieldsOf(call)) {
    const argument = argumentOf(call, field);
    if (isValue(argument)) {
      const value = change(argument);
      if (value !== argument) changed = withArgument(changed, field, value);
    } else if (isIov(argument)) {
      const iov = argument.map(({ addr, length }) => ({ addr: change(addr), length: change(length) }));
      if (iov.some((element, i) => element.addr !== argument[i]!.addr || element.length !== argument[i]!.length)) {
        changed = withArgument(changed, field, iov);
      }
    }
  }
  return changed;
}

/** The step with every value changed and, where it is given another, another process. */
export function mapStep(step: Step, change: (value: Value) => Value, process: string = step.process): Step {
  const call = mapValues(step.call, change);
  return call === step.call && process === step.process ? step : { ...step, process, call };
}

const FIXED_BASES = new Set<string>([...BASES, FIRST_PROCESS]);

/** The result that a base stands for: `q` for `q.r`; undefined for the bases that every program has. */
export function resultOf(base: string): string | undefined {
  if (FIXED_BASES.has(base)) return undefined;
  const dot = base.indexOf('.');
  return dot < 0 ? base : base.slice(0, dot);
}

/** Tells of every result that the step uses, the process that makes it included; a name may come more than once. */
export function forEachUse(step: Step, visit: (name: string) => void): void {
  if (step.process !== FIRST_PROCESS) visit(step.process);
  mapValues(step.call, (value) => {
    const name = resultOf(value.base);
    if (name !== undefined) visit(name);
    return value;
  });
}

/** Names of the results that any step uses. */
export function usedNames(program: Program): ReadonlySet<string> {
  const used = new Set<string>();
  for (const step of program.steps) forEachUse(step, (name) => used.add(name));
  return used;
}

/** The program of these steps. */
export function withSteps(program: Program, steps: readonly Step[]): Program {
  return { ...program, steps };
}

/** The program's first steps; itself where it has no more. */
export function withFirst(program: Program, count: number): Program {
  return count >= program.steps.length ? program : withSteps(program, program.steps.slice(0, count));
}

/** The steps without their expectations, which a shrunk program need not meet. */
export function withoutExpectations(program: Program): Program {
  return withSteps(
    program,
    program.steps.map(({ process, result, call }) => (result === undefined ? { process, call } : { process, result, call })),
  );
}

/** Every name is defined before it is used, and every number is one that the notation can write. */
export function isSound(program: Program): boolean {
  const defined = new Set<string>();
  for (const step of program.steps) {
    let sound = true;
    forEachUse(step, (name) => {
      sound &&= defined.has(name);
    });
    mapValues(step.call, (value) => {
      sound &&= Number.isSafeInteger(value.offset);
      return value;
    });
    if (!sound) return false;
    if (step.result !== undefined) defined.add(step.result);
  }
  return true;
}

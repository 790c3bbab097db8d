/** The canonical form of a program: results named in order, so that programs that differ in names alone are one program. */
import { RESULTS, type ResultType } from '../../spec/language/call.ts';
import { FIRST_PROCESS, type Program, type Step } from '../../spec/language/program.ts';
import { mapStep, resultOf, usedNames, withSteps } from './walk.ts';

const LETTERS = 'abcdeghijklmnouvwxyz';
const PREFIX: Readonly<Record<ResultType, string>> = {
  address: '',
  fd: 'f',
  pipe: 'q',
  process: 'p',
  shm: 's',
  count: 'n',
  data: 'n',
  none: 'n',
};

/** The n-th name, from 0, of results of a type: a, b, c … for addresses, f1, f2 … for descriptors. */
export function resultName(type: ResultType, n: number): string {
  if (type !== 'address') return `${PREFIX[type]}${n + 1}`;
  const round = Math.floor(n / LETTERS.length);
  return `${LETTERS[n % LETTERS.length]}${round === 0 ? '' : round}`;
}

/**
 * The program with its results named by type and order.
 * @param dropUnused  a name that nothing uses is left out, but for that of a forked process, which has no other way to be known
 */
export function canonical(program: Program, dropUnused: boolean): Program {
  const used = dropUnused ? usedNames(program) : undefined;
  const names = new Map<string, string>([[FIRST_PROCESS, FIRST_PROCESS]]);
  const counts = new Map<ResultType, number>();
  const steps: Step[] = [];
  for (const step of program.steps) {
    const { result: _old, ...rest } = mapStep(
      step,
      (value) => {
        const name = resultOf(value.base);
        const renamed = name === undefined ? undefined : names.get(name);
        return renamed === undefined || renamed === name ? value : { base: renamed + value.base.slice(name!.length), offset: value.offset };
      },
      names.get(step.process),
    );
    const { result } = step;
    const type = RESULTS[step.call.kind];
    if (result === undefined || (used !== undefined && type !== 'process' && !used.has(result))) {
      steps.push(rest);
      continue;
    }
    const n = counts.get(type) ?? 0;
    counts.set(type, n + 1);
    names.set(result, resultName(type, n));
    steps.push({ ...rest, result: names.get(result)! });
  }
  return withSteps(program, steps);
}

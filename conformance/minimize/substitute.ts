/** Simpler programs in which one thing stands in for another: a parent for its child, one result for another, a stranger for a process. */
import { type Call, RESULTS, type Value } from '../../spec/language/call.ts';
import { FIRST_PROCESS, type Program, type Step } from '../../spec/language/program.ts';
import { STRANGER } from './cost.ts';
import { without } from './remove.ts';
import { forEachUse, mapStep, resultOf, usedNames, withSteps } from './walk.ts';

const stranger: Value = { base: 'abs', offset: STRANGER };

/** One program for each fork: the child's steps are made by its parent; the fork, the exit and, unless it comes last, the wait are gone. */
export function* mergedProcesses(program: Program): Generator<Program> {
  const last = program.steps.length - 1;
  for (const fork of program.steps) {
    if (fork.call.kind !== 'fork' || fork.result === undefined) continue;
    const child = fork.result;
    const dropped = new Set<number>();
    const steps = program.steps.map((step, i) => {
      const exits = step.process === child && step.call.kind === 'exit';
      const waits = step.call.kind === 'wait' && step.call.pid.base === child && i !== last;
      if (step === fork || exits || waits) dropped.add(i);
      const process = step.process === child ? fork.process : step.process;
      return mapStep(step, (used) => (step.call.kind === 'wait' ? substituteIn(used, child, stranger) : used), process);
    });
    yield without(withSteps(program, steps), dropped);
  }
}

/**
 * One result less: its step is gone, and where it was used stands what the step was given, another result of the same type, or for memory a place
 * that every program has. What used the result before the other one was there is gone too; a child may have to be forked later, to have it.
 */
export function* substitutedNames(original: Program): Generator<Program> {
  const program = named(original);
  const used = usedNames(program);
  for (const [i, { result, call }] of program.steps.entries()) {
    if (result === undefined || !used.has(result)) continue;
    for (const { value, from } of substitutes(program, i)) {
      const end = RESULTS[call.kind] !== 'pipe' || RESULTS[program.steps[from]!.call.kind] === 'pipe';
      const steps = program.steps.map((other, j) => (j <= from ? other : mapStep(other, (old) => substituteIn(old, result, value, end))));
      const less = without(withSteps(program, steps), new Set([i]));
      yield less;
      if (less.steps.some((step) => step.call.kind === 'fork')) yield forksLater(less);
    }
  }
}

/** The value with a name in it replaced by a value. @param end  of a pipe's two ends the same is meant of the value */
export function substituteIn(used: Value, name: string, value: Value, end = true): Value {
  if (resultOf(used.base) !== name) return used;
  return { base: end ? value.base + used.base.slice(name.length) : value.base, offset: value.offset + used.offset };
}

interface Substitute {
  readonly value: Value;
  /** The step that gives the value, which can be used in those after it. */
  readonly from: number;
}

/** How many other results are tried in place of one, before and after it. */
const OTHERS_MAX = 2;

/** @param program  in which all results have names */
function substitutes(program: Program, index: number): readonly Substitute[] {
  const { call } = program.steps[index]!;
  const type = RESULTS[call.kind];
  if (type === 'process') return [{ value: stranger, from: index }];
  const found: Substitute[] = [];
  if (call.kind === 'mremap') found.push({ value: call.addr, from: index });
  if (call.kind === 'dup') found.push({ value: call.fd, from: index });
  const others = program.steps.flatMap((other, i) => {
    const otherType = RESULTS[other.call.kind];
    const fits = i !== index && other.result !== undefined && (otherType === type || (type === 'pipe' && otherType === 'fd'));
    return fits ? [{ value: { base: other.result, offset: 0 }, from: i }] : [];
  });
  found.push(
    ...others.filter(({ from }) => from < index).slice(-OTHERS_MAX),
    ...others.filter(({ from }) => from > index).slice(0, OTHERS_MAX),
  );
  if (type === 'address')
    found.push({ value: { base: 'arena', offset: 0 }, from: index }, { value: { base: 'buf', offset: 0 }, from: index });
  return found;
}

/** The program in which results that nothing uses, and so have no name, have one. */
function named(program: Program): Program {
  if (program.steps.every(({ result, call }) => result !== undefined || !isNamable(call))) return program;
  const taken = new Set(program.steps.map(({ result }) => result));
  let n = 0;
  const steps = program.steps.map((step) => {
    if (step.result !== undefined || !isNamable(step.call)) return step;
    while (taken.has(`m${n}`)) n++;
    return { ...step, result: `m${n++}` };
  });
  return withSteps(program, steps);
}

const isNamable = ({ kind }: Call): boolean => ['address', 'fd', 'pipe', 'shm'].includes(RESULTS[kind]) && kind !== 'brk';

/** Descriptors that are given as numbers named by what was opened before. */
export function* namedDescriptors(original: Program): Generator<Program> {
  const program = named(original);
  for (const [i, step] of program.steps.entries()) {
    const fd = 'fd' in step.call ? step.call.fd : undefined;
    if (fd?.base !== 'abs' || fd.offset < 0) continue;
    const opened = program.steps.slice(0, i).filter(({ result, call }) => result !== undefined && RESULTS[call.kind] === 'fd');
    for (const { result } of opened.slice(-OTHERS_MAX)) {
      const call = { ...step.call, fd: { base: result!, offset: 0 } } as Call;
      yield withSteps(program, program.steps.with(i, { ...step, call }));
    }
  }
}

/** A mapping of a child left out: it is forked when its parent has made one. */
export function* inheritedMappings(program: Program): Generator<Program> {
  for (const [i, { process, call }] of program.steps.entries()) {
    if (call.kind !== 'mmap' || process === FIRST_PROCESS) continue;
    const fork = program.steps.findIndex(({ result }) => result === process);
    for (const [j, { call: other }] of program.steps.entries()) {
      if (j <= fork || j === i || other.kind !== 'mmap') continue;
      const moved = [...program.steps.slice(0, fork), ...program.steps.slice(fork + 1, j + 1), program.steps[fork]!];
      const steps = [...moved, ...program.steps.slice(j + 1)];
      yield without(withSteps(program, steps), new Set([steps.indexOf(program.steps[i]!)]));
    }
  }
}

/** Forks later, each just before the first step that has to do with the child: what came between is there for the child too. */
function forksLater(program: Program): Program {
  const steps = [...program.steps];
  for (const fork of program.steps) {
    const { result } = fork;
    if (fork.call.kind !== 'fork' || result === undefined) continue;
    const at = steps.indexOf(fork);
    let to = at;
    while (to + 1 < steps.length && steps[to + 1]!.call.kind !== 'fork' && !uses(steps[to + 1]!, result)) to++;
    steps.splice(at, 1);
    steps.splice(to, 0, fork);
  }
  return withSteps(program, steps);
}

function uses(step: Step, name: string): boolean {
  let found = false;
  forEachUse(step, (used) => {
    found ||= used === name;
  });
  return found;
}

/**
 * Simpler programs that differ in more than one step or argument: a process that its parent stands in for, a name that another replaces, a mapping
 * made in a plainer way, bytes moved by a store in place of the kernel.
 */
import { type Call, RESULTS, type Value } from '../../spec/language/call.ts';
import { MAP, MAP_TYPES, MREMAP, PAGE_SIZE } from '../../spec/language/constants.ts';
import type { Program, Step } from '../../spec/language/program.ts';
import type { Foresight } from './foresight.ts';
import { without } from './remove.ts';
import { mapStep, resultOf, usedNames, withSteps } from './walk.ts';

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
      return mapStep(step, (used) => (step.call.kind === 'wait' ? substituteIn(used, child, STRANGER) : used), process);
    });
    yield without(withSteps(program, steps), dropped);
  }
}

/**
 * One result less: its step is gone, and where it was used stands what the step was given, another result of the same type, or for memory a place
 * that every program has. What used the result before the other one was there is gone too.
 */
export function* substitutedNames(program: Program): Generator<Program> {
  for (const [i, step] of program.steps.entries()) {
    if (step.result === undefined) continue;
    for (const { value, from } of substitutes(program, i)) {
      const steps = program.steps.map((other, j) =>
        j <= from ? other : mapStep(other, (used) => substituteIn(used, step.result!, value)),
      );
      yield without(withSteps(program, steps), new Set([i]));
    }
  }
}

/** The value with a name in it replaced by a value. */
export function substituteIn(used: Value, name: string, value: Value): Value {
  if (resultOf(used.base) !== name) return used;
  return { base: value.base + used.base.slice(name.length), offset: value.offset + used.offset };
}

interface Substitute {
  readonly value: Value;
  /** The value can be used in the steps after this one. */
  readonly from: number;
}

/** The id of a process that is nobody's child in a program. */
const STRANGER: Value = { base: 'abs', offset: 1 };

/** How many other results are tried in place of one, before and after it. */
const OTHERS_MAX = 2;

function substitutes(program: Program, index: number): readonly Substitute[] {
  const { call } = program.steps[index]!;
  const type = RESULTS[call.kind];
  if (type === 'process') return [{ value: STRANGER, from: index }];
  const found: Substitute[] = [];
  if (call.kind === 'mremap') found.push({ value: call.addr, from: index });
  if (call.kind === 'dup') found.push({ value: call.fd, from: index });
  const others = program.steps.flatMap(({ result, call: { kind } }, i) =>
    result !== undefined && i !== index && RESULTS[kind] === type ? [{ value: { base: result, offset: 0 }, from: i }] : [],
  );
  found.push(
    ...others.filter(({ from }) => from < index).slice(-OTHERS_MAX),
    ...others.filter(({ from }) => from > index).slice(0, OTHERS_MAX),
  );
  if (type === 'address')
    found.push({ value: { base: 'arena', offset: 0 }, from: index }, { value: { base: 'buf', offset: 0 }, from: index });
  return found;
}

const NO_FILE = { fd: { base: 'abs', offset: -1 }, offset: { base: 'abs', offset: 0 } } as const;

/** Mappings that were made by shmat, brk or mremap, or of a file, made by mmap alone; what was only needed to make them is gone. */
export function* plainerMappings(program: Program, { worlds, outcomes }: Foresight): Generator<Program> {
  for (const [i, step] of program.steps.entries()) {
    const { call } = step;
    const outcome = outcomes[i];
    if (RESULTS[call.kind] !== 'address' || outcome?.kind !== 'value') continue;
    if (call.kind === 'mmap' && (call.flags & MAP.anon) !== 0) continue;
    const first = outcome.value / PAGE_SIZE;
    const run = worlds[i + 1]!.processes.get(step.process)?.space.map.runAt(first);
    if (run === undefined) continue;
    const addr = placeOf(call);
    const types = run.value.shared ? [MAP_TYPES.private, MAP_TYPES.shared] : [MAP_TYPES.private];
    for (const type of types) {
      const plain: Call = {
        kind: 'mmap',
        addr,
        length: { base: 'abs', offset: (run.end - first) * PAGE_SIZE },
        prot: run.value.prot & 7,
        flags: type | MAP.anon | (addr.base === 'abs' ? 0 : MAP.fixed),
        ...NO_FILE,
      };
      yield withoutIdle(withSteps(program, program.steps.with(i, { ...step, call: plain })), program);
    }
  }
}

/** Where the program asked for the mapping to be; 0 where it left that open. */
function placeOf(call: Call): Value {
  switch (call.kind) {
    case 'mmap':
    case 'shmat':
      return call.addr;
    case 'mremap':
      return (call.flags & MREMAP.fixed) !== 0 ? call.newAddr : { base: 'abs', offset: 0 };
    default:
      return { base: 'abs', offset: 0 };
  }
}

/** Without the steps whose results were used before, in `original`, and are no longer. */
function withoutIdle(program: Program, original: Program): Program {
  const before = usedNames(original);
  let current = program;
  for (;;) {
    const used = usedNames(current);
    const idle = new Set<number>();
    for (const [i, { result }] of current.steps.entries()) {
      if (result !== undefined && before.has(result) && !used.has(result)) idle.add(i);
    }
    if (idle.size === 0) return current;
    current = without(current, idle);
  }
}

const one: Value = { base: 'abs', offset: 1 };

/** What an instruction does in place of a call that moves bytes into or out of memory, at the first byte. */
function asInstruction(call: Call): Call | undefined {
  switch (call.kind) {
    case 'read':
    case 'pread':
      return { kind: 'store', addr: call.addr, value: one, size: 1 };
    case 'write':
    case 'pwrite':
      return { kind: 'load', addr: call.addr, size: 1 };
    case 'readv':
      return call.iov[0] && { kind: 'store', addr: call.iov[0].addr, value: one, size: 1 };
    case 'writev':
      return call.iov[0] && { kind: 'load', addr: call.iov[0].addr, size: 1 };
    case 'process_vm_readv':
      return call.local[0] && { kind: 'store', addr: call.local[0].addr, value: one, size: 1 };
    case 'process_vm_writev':
      return call.remote[0] && { kind: 'store', addr: call.remote[0].addr, value: one, size: 1 };
    default:
      return undefined;
  }
}

/** What a plainer call of the same effect is: a transfer of one piece, at the place where the file stands. */
function asPlainer(call: Call): readonly Call[] {
  switch (call.kind) {
    case 'pread':
      return [{ kind: 'read', fd: call.fd, addr: call.addr, length: call.length }];
    case 'pwrite':
      return [{ kind: 'write', fd: call.fd, addr: call.addr, length: call.length }];
    case 'readv':
      return call.iov.slice(0, 1).map(({ addr, length }) => ({ kind: 'read', fd: call.fd, addr, length }));
    case 'writev':
      return call.iov.slice(0, 1).map(({ addr, length }) => ({ kind: 'write', fd: call.fd, addr, length }));
    case 'mlock2':
      return [{ kind: 'mlock', addr: call.addr, length: call.length }];
    default:
      return [];
  }
}

/** Calls that move bytes replaced by a load or store, or by a plainer call; what was only needed for them is gone. */
export function* plainerCalls(program: Program): Generator<Program> {
  for (const [i, step] of program.steps.entries()) {
    const instruction = asInstruction(step.call);
    if (instruction !== undefined) {
      const { result: _none, ...rest } = step;
      const steps: readonly Step[] = program.steps.with(i, { ...rest, call: instruction });
      if (step.result === undefined || !usedNames(program).has(step.result)) yield withoutIdle(withSteps(program, steps), program);
    }
    for (const call of asPlainer(step.call)) yield withoutIdle(withSteps(program, program.steps.with(i, { ...step, call })), program);
  }
}

/**
 * A mapping at a place of the arena made where the kernel likes, and everything later that lies in it named from its result. The name is new.
 */
export function* namedMappings(program: Program): Generator<Program> {
  for (const [i, step] of program.steps.entries()) {
    const { call } = step;
    if (call.kind !== 'mmap' || call.addr.base !== 'arena' || call.length.base !== 'abs') continue;
    const start = call.addr.offset;
    const end = start + call.length.offset;
    if (call.flags < 0 || end <= start) continue;
    const name = step.result ?? freeName(program);
    const anywhere: Call = {
      ...call,
      addr: { base: 'abs', offset: 0 },
      flags: call.flags - (call.flags & (MAP.fixed | MAP.fixed_noreplace)),
    };
    const steps = program.steps.map((other, j) => {
      if (j === i) return { ...other, result: name, call: anywhere };
      if (j < i) return other;
      return mapStep(other, (value) =>
        value.base === 'arena' && value.offset >= start && value.offset < end ? { base: name, offset: value.offset - start } : value,
      );
    });
    yield withSteps(program, steps);
  }
}

/** A name that no step gives. */
function freeName(program: Program): string {
  const taken = new Set(program.steps.map((step) => step.result));
  for (let n = 0; ; n++) if (!taken.has(`m${n}`)) return `m${n}`;
}

/** Stored values numbered 1, 2, … in order, equal ones alike; undefined when they are already. */
export function renumberedValues(program: Program): Program | undefined {
  const numbers = new Map<number, number>();
  let changed = false;
  const steps = program.steps.map((step) => {
    const { call } = step;
    if (call.kind !== 'store' || call.value.base !== 'abs' || call.value.offset === 0) return step;
    const old = call.value.offset;
    const value = numbers.get(old) ?? numbers.size + 1;
    numbers.set(old, value);
    if (value === old) return step;
    changed = true;
    return { ...step, call: { ...call, value: { base: 'abs', offset: value } } };
  });
  return changed ? withSteps(program, steps) : undefined;
}

/** Files numbered 0, 1, … in order; undefined when they are already. */
export function renumberedFiles(program: Program): Program | undefined {
  const numbers = new Map<number, number>();
  let changed = false;
  const steps = program.steps.map((step) => {
    const { call } = step;
    if (call.kind !== 'open' && call.kind !== 'unlink') return step;
    const file = numbers.get(call.file) ?? numbers.size;
    numbers.set(call.file, file);
    if (file === call.file) return step;
    changed = true;
    return { ...step, call: { ...call, file } };
  });
  return changed ? withSteps(program, steps) : undefined;
}

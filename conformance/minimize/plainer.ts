/** Simpler programs in which a plainer call does: a mapping made by mmap alone, bytes moved by a load or store, a file of its own in place of an unlinked one. */
import { type Call, RESULTS, type Value } from '../../spec/language/call.ts';
import { MAP, MAP_TYPES, MREMAP, PAGE_SIZE } from '../../spec/language/constants.ts';
import type { Program, Step } from '../../spec/language/program.ts';
import type { Foresight } from './foresight.ts';
import { without } from './remove.ts';
import { usedNames, withSteps } from './walk.ts';

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
      return (call.flags & (MREMAP.fixed | MREMAP.dontunmap)) !== 0 ? call.newAddr : { base: 'abs', offset: 0 };
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

/** No unlink: the files that were made after it under the same name have one of their own. */
export function* withoutUnlinks(program: Program): Generator<Program> {
  const files = program.steps.map(({ call }) => (call.kind === 'open' || call.kind === 'unlink' ? call.file : -1));
  const fresh = Math.max(...files) + 1;
  for (const [i, { call }] of program.steps.entries()) {
    if (call.kind !== 'unlink') continue;
    const steps = program.steps.map((step, j) =>
      j > i && (step.call.kind === 'open' || step.call.kind === 'unlink') && step.call.file === call.file
        ? { ...step, call: { ...step.call, file: fresh } }
        : step,
    );
    yield without(withSteps(program, steps), new Set([i]));
  }
}

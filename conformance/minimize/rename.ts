/** The same programs under plainer names: mappings named by their results, stored values and files numbered in order. */
import type { Call } from '../../spec/language/call.ts';
import { MAP } from '../../spec/language/constants.ts';
import type { Program } from '../../spec/language/program.ts';
import { mapStep, withSteps } from './walk.ts';

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

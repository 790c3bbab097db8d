/** Steps that have to do with the last one: that touch its pages, or use its descriptors. */
import { unsigned, type World } from '../../model/world.ts';
import type { Value } from '../../spec/language/call.ts';
import { PAGE_SIZE } from '../../spec/language/constants.ts';
import type { Program, Step } from '../../spec/language/program.ts';
import { only } from './remove.ts';
import { argumentOf, fieldsOf, forEachUse, isIov } from './walk.ts';

/** Pages [from, to). */
interface Pages {
  readonly from: number;
  readonly to: number;
}

/** Longer ranges than this relate everything to everything. */
const LENGTH_MAX = 64 * PAGE_SIZE;

/**
 * The program of the last step, of all that touch the pages that it touches or share a descriptor or segment with it, and of what these need.
 * @param worlds  as foreseen, before each step; steps without one are left out
 * @param address  where a finding of the audit is: then what counts is its page, and not the last step
 */
export function related(program: Program, worlds: readonly World[], address?: number): Program {
  const last = program.steps.length - 1;
  const shared = new Set<string>();
  const kept = new Set<number>();
  let pages: readonly Pages[] = [];
  if (address !== undefined) pages = [{ from: Math.floor(address / PAGE_SIZE), to: Math.floor(address / PAGE_SIZE) + 1 }];
  else if (worlds[last] !== undefined) {
    kept.add(last);
    pages = pagesOf(program.steps[last]!, worlds[last]);
    forEachUse(program.steps[last]!, (name) => shared.add(name));
  }
  for (const [i, step] of program.steps.entries()) {
    const world = worlds[i];
    let relates = false;
    forEachUse(step, (name) => {
      relates ||= name !== step.process && shared.has(name);
    });
    relates ||= world !== undefined && pagesOf(step, world).some((a) => pages.some((b) => a.from < b.to && b.from < a.to));
    if (relates) kept.add(i);
  }
  return only(program, kept);
}

function pagesOf({ call }: Step, world: World): readonly Pages[] {
  const found: Pages[] = [];
  const note = (addr: Value, length: number): void => {
    const start = unsigned(world, addr);
    if (length <= LENGTH_MAX)
      found.push({ from: Math.floor(start / PAGE_SIZE), to: Math.floor((start + Math.max(length, 1) - 1) / PAGE_SIZE) + 1 });
  };
  const lengths = fieldsOf(call).filter((field) => field.type === 'size' && /length/i.test(field.name));
  const longest = Math.max(8, ...lengths.map((field) => unsigned(world, argumentOf(call, field) as Value)));
  for (const field of fieldsOf(call)) {
    const argument = argumentOf(call, field);
    if (field.type === 'address') note(argument as Value, longest);
    else if (isIov(argument)) for (const { addr, length } of argument) note(addr, unsigned(world, length));
  }
  return found;
}

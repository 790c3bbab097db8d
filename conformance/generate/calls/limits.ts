/** Makers of brk and setrlimit. */
import { has, TRAIT } from '../../../model/memory/mapping.ts';
import { abs, type CallOf, type Value } from '../../../spec/language/call.ts';
import { PAGE_SIZE, RLIMIT } from '../../../spec/language/constants.ts';
import type { MakerTable } from '../maker.ts';
import type { Scene } from '../scene.ts';

export const LIMIT_MAKERS = {
  brk: { weight: 8, make: (scene) => ({ kind: 'brk', addr: newBreak(scene) }) },
  setrlimit: { weight: 8, make: setrlimit },
} as const satisfies MakerTable;

/** Mostly a few pages up or down, never below where the heap began: what is there is not the program's. */
function newBreak(scene: Scene): Value {
  const { dice } = scene;
  return dice.weighted<() => Value>([
    [40, () => scene.value(dice.int(0, 8) * PAGE_SIZE, 'heap')],
    [16, () => scene.value(dice.int(0, 8 * PAGE_SIZE), 'heap')],
    [scene.process.space.lockFuture === 'no' ? 4 : 40, () => scene.value(dice.int(8, 300) * PAGE_SIZE, 'heap')],
    [6, () => abs(dice.pick([0, 0, 1, PAGE_SIZE]))],
    [3, () => scene.absurdAddress()],
    [1, () => scene.value(2 ** 42, 'heap')],
  ])();
}

function setrlimit(scene: Scene): CallOf<'setrlimit'> {
  const { dice } = scene;
  const resource = dice.weighted<number>([
    [8, RLIMIT.as],
    [8, RLIMIT.data],
    [8, RLIMIT.memlock],
    [5, RLIMIT.stack],
    [4, RLIMIT.fsize],
    [4, RLIMIT.nofile],
    [1, dice.pick([16, 17, 100, -1, 0x7fff_ffff, 2 ** 32 + 9])],
  ]);
  const soft = limit(scene, resource);
  // To lower a hard limit is for ever: mostly it is left where it is.
  const hard = dice.weighted<() => Value>([
    [10, () => hardLimit(scene, resource)],
    [2, () => soft],
    [1, () => limit(scene, resource)],
    [1, () => abs(-1)],
  ])();
  return { kind: 'setrlimit', resource, soft, hard };
}

function hardLimit(scene: Scene, resource: number): Value {
  const name = Object.keys(RLIMIT).find((key) => RLIMIT[key as keyof typeof RLIMIT] === resource % 2 ** 32) as keyof typeof RLIMIT;
  const hard = scene.process.limits[name]?.hard ?? Number.POSITIVE_INFINITY;
  return hard >= 2 ** 53 ? abs(-1) : abs(hard);
}

/** Mostly a little more than is in use, so that the next calls meet the limit. */
function limit(scene: Scene, resource: number): Value {
  const { dice } = scene;
  const { space } = scene.process;
  const common = dice.weighted<Value | undefined>([
    [16, undefined],
    [3, abs(-1)],
    [1, abs(0)],
    [1, scene.value(0, 'high')],
  ]);
  if (common !== undefined) return common;
  const few =
    dice.int(0, 4) * PAGE_SIZE +
    dice.weighted([
      [8, 0],
      [1, 1],
      [1, PAGE_SIZE - 1],
    ]);
  switch (resource) {
    case RLIMIT.as:
      return scene.value(space.pages * PAGE_SIZE + few, 'vm');
    case RLIMIT.data:
      return scene.value(space.dataPages * PAGE_SIZE + few, 'vmdata');
    case RLIMIT.memlock:
      // Around all that is mapped mlockall begins to succeed.
      if (dice.chance(0.4)) return scene.value((space.pages - 1) * PAGE_SIZE + few, 'vm');
      return abs(dice.chance(0.1) ? 0 : space.lockedPages * PAGE_SIZE + few);
    case RLIMIT.stack:
      return abs((scene.mapped((mapping) => has(mapping, TRAIT.growsdown))?.pages ?? dice.int(0, 8)) * PAGE_SIZE + few);
    case RLIMIT.nofile:
      return abs(dice.int(0, 10));
    default:
      return abs(dice.int(0, 8) * PAGE_SIZE + few);
  }
}

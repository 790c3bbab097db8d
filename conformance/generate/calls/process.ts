/** Makers of fork, exit and wait. */
import type { Value } from '../../../spec/language/call.ts';
import type { MakerTable } from '../maker.ts';
import type { Scene } from '../scene.ts';

const INT_MIN = -(2 ** 31);
/** Ids that are nobody's child: unused ones, init's, the largest number, and what only the low half of the argument makes sane. */
const STRANGERS: readonly number[] = [1, 2, 0x7fff_ffff, INT_MIN, INT_MIN + 1, -2, 2 ** 31];

export const PROCESS_MAKERS = {
  fork: { weight: 12, make: () => ({ kind: 'fork' }) },
  exit: {
    weight: 8,
    // A program whose first process ends early checks little: mostly children end.
    make: (scene) =>
      scene.process.parent === undefined && !scene.dice.chance(0.04)
        ? undefined
        : { kind: 'exit', status: scene.dice.pick([0, 0, 1, 3, 42, 127, 128, 255, 256, 257, -1, 0x7fff_ffff]) },
  },
  wait: {
    weight: 24,
    make: (scene) => {
      const ended = childThatEnded(scene);
      const pid = scene.dice.chance(ended === undefined ? 0.1 : 0.2) ? anyone(scene) : ended;
      return pid === undefined ? undefined : { kind: 'wait', pid };
    },
  },
} as const satisfies MakerTable;

/** A child to wait for that can be waited for now, by its id, by its low half, or as any child. */
function childThatEnded(scene: Scene): Value | undefined {
  const { dice, world, process } = scene;
  const ended = [...world.processes.values()].filter((child) => child.parent === process.name && child.state === 'exited');
  if (ended.length === 0) return undefined;
  return dice.weighted<() => Value>([
    [8, () => scene.value(0, dice.pick(ended).name)],
    [3, () => scene.value(-1)],
    [2, () => scene.value(0)],
    [2, () => scene.value(2 ** 32, dice.pick(ended).name)],
  ])();
}

/** Anyone: strangers, children taken before, other processes' children, any child; rarely one that still runs, which ends the program. */
function anyone(scene: Scene): Value | undefined {
  const { dice, world, process } = scene;
  const children = [...world.processes.values()].filter((child) => child.parent === process.name);
  const running = children.filter((child) => child.state === 'running').map((child) => child.name);
  if (running.length > 0 && dice.chance(0.08)) return scene.value(0, dice.pick(running));
  const others = scene.names('process').filter((name) => !running.includes(name));
  if (others.length > 0 && dice.chance(0.6)) return scene.value(0, dice.pick(others));
  if (children.length === 0 && dice.chance(0.3)) return scene.value(dice.pick([0, -1]));
  return scene.value(dice.pick(STRANGERS));
}

/** Makers of the calls of SysV shared memory. */

import { TRAIT } from '../../../model/memory/mapping.ts';
import type { Value } from '../../../spec/language/call.ts';
import { PAGE_SIZE, SHMAT, SHMGET } from '../../../spec/language/constants.ts';
import type { MakerTable } from '../maker.ts';
import type { Scene } from '../scene.ts';

const abs = (offset: number): Value => ({ base: 'abs', offset });

/** An id: of a segment that was made, alive or not; sometimes one that never was. */
function segment({ dice, names }: { dice: Scene['dice']; names: readonly string[] }): Value {
  if (names.length === 0 || dice.chance(0.03)) return abs(dice.pick([-1, 0x7fff_ffff, -2, -(2 ** 31)]));
  return { base: dice.pick(names), offset: 0 };
}

/** Where to attach: mostly where the kernel likes, or in the arena; unaligned, taken, absurd. */
function place(scene: Scene): Value {
  const { dice } = scene;
  return dice.weighted<() => Value>([
    [5, () => abs(0)],
    [8, () => scene.arenaPage()],
    [3, () => scene.pageEdge()],
    [2, () => scene.address()],
    [1, () => scene.absurdAddress()],
    [1, () => ({ base: 'top', offset: -dice.int(1, 3) * PAGE_SIZE })],
  ])();
}

const SIZE_PAGES = [1, 1, 2, 3, 4, 6] as const;
const ATTACH_BITS = [SHMAT.rdonly, SHMAT.rnd, SHMAT.remap, SHMAT.exec];

export const SHM_MAKERS: MakerTable = {
  shmget: {
    weight: 7,
    make: ({ dice }) => ({
      kind: 'shmget',
      size: dice.weighted<() => Value>([
        [20, () => abs(dice.pick(SIZE_PAGES) * PAGE_SIZE)],
        [6, () => abs(dice.int(0, 3) * PAGE_SIZE + dice.pick([1, 100, PAGE_SIZE - 1]))],
        [1, () => abs(0)],
        [1, () => dice.pick<Value>([abs(-1), abs(-PAGE_SIZE), { base: 'high', offset: 0 }, { base: 'high', offset: -PAGE_SIZE }])],
        [1, () => dice.pick<Value>([{ base: 'top', offset: 0 }, abs(2 ** 47), abs(2 ** 50)])],
      ])(),
      flags:
        (dice.chance(0.9) ? SHMGET.creat : 0) |
        dice.bits([SHMGET.excl, SHMGET.noreserve], 0.1) |
        (dice.chance(0.25) ? 0o100 : 0) |
        (dice.chance(0.02) ? SHMGET.hugetlb : 0),
    }),
  },
  shmat: {
    weight: 12,
    make: (scene) => ({
      kind: 'shmat',
      shm: segment({ dice: scene.dice, names: scene.names('shm') }),
      addr: place(scene),
      flags: scene.dice.chance(0.5) ? 0 : scene.dice.bits(ATTACH_BITS, 0.35),
    }),
  },
  shmdt: {
    weight: 6,
    make: (scene) => ({ kind: 'shmdt', addr: detached(scene) }),
  },
  shm_rmid: {
    weight: 4,
    make: (scene) => ({ kind: 'shm_rmid', shm: segment({ dice: scene.dice, names: scene.names('shm') }) }),
  },
};

/** Mostly the address at which something was attached, which need not be that of a piece that is left. */
function detached(scene: Scene): Value {
  const { dice } = scene;
  const run = dice.chance(0.85) ? scene.mapped((mapping) => (mapping.traits & TRAIT.shm) !== 0) : undefined;
  if (run === undefined) return scene.address();
  const start = -run.mapping.delta * PAGE_SIZE;
  const place = dice.chance(0.9) && start > 0 ? scene.symbolic(start) : run.addr;
  return dice.chance(0.05) ? { base: place.base, offset: place.offset + 1 } : place;
}

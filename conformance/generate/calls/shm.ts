/** Makers of the calls of SysV shared memory. */

import { has, type Mapping, TRAIT } from '../../../model/memory/mapping.ts';
import type { Value } from '../../../spec/language/call.ts';
import { PAGE_SIZE, SHMAT, SHMGET } from '../../../spec/language/constants.ts';
import type { MakerTable } from '../maker.ts';
import type { Scene } from '../scene.ts';

const abs = (offset: number): Value => ({ base: 'abs', offset });

/** An id: of a segment that was made, alive or not; sometimes one that never was. Mostly none where no segment was made yet. */
function segment(scene: Scene): Value | undefined {
  const { dice } = scene;
  const names = scene.names('shm');
  if (names.length === 0 && !dice.chance(0.05)) return undefined;
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
    [1, () => abs(-dice.int(1, 3) * PAGE_SIZE)],
  ])();
}

const SIZE_PAGES = [1, 2, 3, 4, 5, 6] as const;
const ATTACH_BITS = [SHMAT.rdonly, SHMAT.rnd, SHMAT.remap, SHMAT.exec];

export const SHM_MAKERS = {
  shmget: {
    weight: 12,
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
    weight: 28,
    make: (scene) => {
      const shm = segment(scene);
      const flags = scene.dice.chance(0.5) ? 0 : scene.dice.bits(ATTACH_BITS, 0.35);
      return shm === undefined ? undefined : { kind: 'shmat', shm, addr: place(scene), flags };
    },
  },
  shmdt: {
    weight: 14,
    make: (scene) => {
      const addr = detached(scene);
      return addr === undefined ? undefined : { kind: 'shmdt', addr };
    },
  },
  shm_rmid: {
    weight: 9,
    make: (scene) => {
      const shm = segment(scene);
      return shm === undefined ? undefined : { kind: 'shm_rmid', shm };
    },
  },
} as const satisfies MakerTable;

/** Mostly the address at which something was attached, which need not be that of a piece that is left. */
function detached(scene: Scene): Value | undefined {
  const { dice } = scene;
  const run = dice.chance(0.75) ? piece(scene) : undefined;
  const found = run ?? (dice.chance(0.9) ? scene.mapped((mapping) => has(mapping, TRAIT.shm)) : undefined);
  if (found === undefined) return scene.names('shm').length === 0 && !dice.chance(0.05) ? undefined : scene.address();
  const at = -found.mapping.delta * PAGE_SIZE;
  const addr = scene.symbolic(dice.chance(0.9) && at > 0 ? at : found.start * PAGE_SIZE);
  return dice.chance(0.05) ? { base: addr.base, offset: addr.offset + 1 } : addr;
}

/** What is left of an attachment that has lost its first page. */
function piece({ process, dice }: Scene): { readonly start: number; readonly mapping: Mapping } | undefined {
  const pieces = process.space.map.all().filter(({ start, value }) => has(value, TRAIT.shm) && start !== -value.delta);
  if (pieces.length === 0) return undefined;
  const { start, value } = dice.pick(pieces);
  return { start, mapping: value };
}

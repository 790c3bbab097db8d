/** Makers of the calls that make, size and close files. */
import type { Value } from '../../../spec/language/call.ts';
import { MEMFD, OPEN, PAGE_SIZE, SEAL } from '../../../spec/language/constants.ts';
import type { MakerTable } from '../maker.ts';
import type { Scene } from '../scene.ts';

/** Names in the private directory: few, so that calls meet. */
const FILES = [0, 0, 0, 1, 1, 2] as const;

const bytes = (offset: number): Value => ({ base: 'abs', offset });

/** A size of a file: a few pages, often not whole ones; sometimes past the limit, negative, or past what can be counted. */
export function fileSize(scene: Scene): Value {
  const { dice } = scene;
  return dice.weighted<() => Value>([
    [40, () => bytes(dice.int(0, 8) * PAGE_SIZE)],
    [24, () => bytes(dice.int(0, 5) * PAGE_SIZE + dice.pick([1, 7, 100, 2048, PAGE_SIZE - 1]))],
    [6, () => bytes(0)],
    [3, () => absurdOffset(scene)],
  ])();
}

/** An offset that no file reaches: at and past the limit on sizes, the ends of 64 bits, negative. */
export function absurdOffset(scene: Scene): Value {
  const { fsize } = scene.process.limits;
  const limit = fsize.soft < 2 ** 40 ? fsize.soft : 2 ** 26;
  return scene.dice.weighted<Value>([
    [2, bytes(limit + 1)],
    [1, bytes(limit + PAGE_SIZE)],
    [2, bytes(2 ** 32)],
    [1, bytes(2 ** 44 - PAGE_SIZE)],
    [1, { base: 'high', offset: -1 }],
    [1, { base: 'high', offset: -PAGE_SIZE }],
    [2, { base: 'high', offset: 0 }],
    [3, bytes(-1)],
    [1, bytes(-PAGE_SIZE)],
  ]);
}

const OPEN_BITS = [OPEN.creat, OPEN.excl, OPEN.trunc, OPEN.append];
const MEANINGLESS_OPEN_BITS = [0x4, 0x20, 0x80_0000];
const MEMFD_BITS = [MEMFD.cloexec, MEMFD.allow_sealing, MEMFD.noexec_seal, MEMFD.exec];

export const FILE_MAKERS: MakerTable = {
  open: {
    weight: 14,
    make: ({ dice }) => ({
      kind: 'open',
      file: dice.pick(FILES),
      flags:
        dice.weighted([
          [12, 2],
          [3, 0],
          [2, 1],
          [1, 3],
        ]) |
        (dice.chance(0.7) ? OPEN.creat : 0) |
        (dice.chance(0.7) ? 0 : dice.bits(OPEN_BITS, 0.3)) |
        (dice.chance(0.03) ? dice.pick(MEANINGLESS_OPEN_BITS) : 0),
    }),
  },
  memfd_create: {
    weight: 8,
    make: ({ dice }) => ({
      kind: 'memfd_create',
      flags: dice.weighted<() => number>([
        [6, () => MEMFD.allow_sealing],
        [3, () => 0],
        [3, () => dice.bits(MEMFD_BITS, 0.4)],
        [1, () => dice.pick([0x20, 0x40, 0x8000_0000 | 0, -1, 0x5400_0000])],
      ])(),
    }),
  },
  unlink: { weight: 4, make: ({ dice }) => ({ kind: 'unlink', file: dice.pick(FILES) }) },
  close: { weight: 5, make: (scene) => ({ kind: 'close', fd: scene.fd() }) },
  dup: { weight: 5, make: (scene) => ({ kind: 'dup', fd: scene.fd() }) },
  ftruncate: {
    weight: 16,
    make: (scene) => ({ kind: 'ftruncate', fd: scene.dice.chance(0.96) ? scene.fd('fd') : scene.fd('pipe'), length: fileSize(scene) }),
  },
};

export const SEAL_BITS = [SEAL.seal, SEAL.shrink, SEAL.grow, SEAL.write, SEAL.future_write, SEAL.exec];

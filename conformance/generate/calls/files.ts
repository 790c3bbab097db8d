/** Makers of the calls that make, size and close files. */
import { descriptor } from '../../../model/file/descriptor.ts';
import type { CallOf, Value } from '../../../spec/language/call.ts';
import { FALLOC, MEMFD, OPEN, PAGE_SIZE, PIPE, SEAL, SEEK } from '../../../spec/language/constants.ts';
import type { MakerTable } from '../maker.ts';
import type { Scene } from '../scene.ts';

/** Names in the private directory: few, so that calls meet. */
const FILES = [0, 0, 0, 1, 1, 2] as const;

const HUGE_PAGE = 512 * PAGE_SIZE;

const bytes = (offset: number): Value => ({ base: 'abs', offset });

/** A size of a file: a few pages, often not whole ones; sometimes past the limit, negative, or past what can be counted. */
export function fileSize(scene: Scene): Value {
  const { dice } = scene;
  return dice.weighted<() => Value>([
    [30, () => bytes(dice.int(0, 8) * PAGE_SIZE)],
    [40, () => bytes(dice.int(0, 5) * PAGE_SIZE + dice.pick([1, 7, 100, 2048, PAGE_SIZE - 1]))],
    [6, () => bytes(0)],
    [1, () => bytes(dice.int(1, 3) * HUGE_PAGE)],
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

/**
 * A descriptor, mostly of a file; rarely one whose upper half, which no kernel looks at, is not zero. Undefined where the process has none open, most of
 * the time.
 */
function file(scene: Scene): Value | undefined {
  const { dice } = scene;
  if (scene.process.fds.size === 0 && !dice.chance(0.05)) return undefined;
  const fd = dice.chance(0.95) ? scene.fd('fd') : scene.fd('pipe');
  return dice.chance(0.01) ? { base: fd.base, offset: fd.offset + 2 ** 32 } : fd;
}

/** Makes a call on a descriptor. */
function on<C>(make: (fd: Value, scene: Scene) => C): (scene: Scene) => C | undefined {
  return (scene) => {
    const fd = file(scene);
    return fd === undefined ? undefined : make(fd, scene);
  };
}

const addSeals = on((fd, { dice }) => ({
  kind: 'add_seals' as const,
  fd,
  seals: dice.weighted<() => number>([
    [8, () => dice.pick(SEAL_BITS)],
    [4, () => dice.bits(SEAL_BITS, 0.4)],
    [1, () => SEAL.exec],
    [1, () => SEAL.seal],
    [1, () => SEAL.seal | dice.bits(SEAL_BITS, 0.4)],
    [1, () => dice.pick([0x40, 0x100, SEAL.grow | 0x80, -1])],
  ])(),
}));

/** Seals against writing mean most where the memfd is mapped to be written: the one that tolerates that is tried on such a one. */
function sealMapped(scene: Scene): CallOf<'add_seals'> | undefined {
  const { dice, world, process } = scene;
  if (scene.names('fd').length === 0 || dice.chance(0.2)) return undefined;
  const object = scene.mapped((mapping) => mapping.shared && (mapping.may & 2) !== 0 && mapping.object !== undefined)?.mapping.object;
  const name = scene.names('fd').find((fd) => descriptor(world, process, { base: fd, offset: 0 })?.object?.id === object);
  if (object === undefined || name === undefined) return undefined;
  return { kind: 'add_seals', fd: { base: name, offset: 0 }, seals: dice.chance(0.8) ? SEAL.future_write : SEAL.write };
}

const OPEN_BITS = [OPEN.creat, OPEN.excl, OPEN.trunc, OPEN.append];
const MEANINGLESS_OPEN_BITS = [0x4, 0x20, 0x80_0000];
const MEMFD_BITS = [MEMFD.cloexec, MEMFD.allow_sealing, MEMFD.noexec_seal, MEMFD.exec];
const SEAL_BITS = [SEAL.shrink, SEAL.grow, SEAL.write, SEAL.future_write];
const FALLOC_BITS = [
  FALLOC.keep_size,
  FALLOC.punch_hole,
  FALLOC.no_hide_stale,
  FALLOC.collapse_range,
  FALLOC.zero_range,
  FALLOC.insert_range,
  FALLOC.unshare_range,
];
const CLOEXEC = 0x8_0000;

/** Where in a file, or how far: mostly within the few pages that files here have. */
function filePlace(scene: Scene): Value {
  const { dice } = scene;
  return dice.weighted<() => Value>([
    [30, () => bytes(dice.int(0, 6) * PAGE_SIZE)],
    [20, () => bytes(dice.int(0, 5) * PAGE_SIZE + dice.pick([1, 7, 100, 2048, PAGE_SIZE - 1]))],
    [2, () => absurdOffset(scene)],
  ])();
}

/** A size that brings to light what was stored behind the end of a file; undefined where nothing was, and sometimes where something was. */
function revealing(scene: Scene, fd: Value): Value | undefined {
  const object = descriptor(scene.world, scene.process, fd)?.object;
  const cell = object?.cells.get(Math.floor(object.size / PAGE_SIZE));
  if (object === undefined || cell === undefined || !scene.dice.chance(0.9)) return undefined;
  const stored = cell.contents.some(({ entries }) => (entries.at(-1) ?? 0) >>> 8 >= object.size % PAGE_SIZE && entries.length > 0);
  return stored ? bytes(object.size + scene.dice.int(1, 2 * PAGE_SIZE)) : undefined;
}

const FAR = 2 ** 62;

/** A distance for lseek: forward, back, or nowhere. */
function distance(scene: Scene): Value {
  const { dice } = scene;
  if (dice.chance(0.03)) return { base: 'high', offset: -PAGE_SIZE };
  return dice.chance(0.25) ? bytes(-dice.int(0, 2 * PAGE_SIZE)) : filePlace(scene);
}

export const FILE_MAKERS = {
  open: {
    weight: 20,
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
    weight: 20,
    make: ({ dice }) => ({
      kind: 'memfd_create',
      flags: dice.weighted<() => number>([
        [9, () => MEMFD.allow_sealing],
        [3, () => 0],
        [3, () => dice.bits(MEMFD_BITS, 0.4)],
        [1, () => MEMFD.hugetlb | dice.pick([0, MEMFD.allow_sealing, MEMFD.allow_sealing, 0x40, 21 * 2 ** 26, 16 * 2 ** 26])],
        [1, () => dice.pick([0x20, 0x40, -(2 ** 31), 0x5400_0000, 0x20 | MEMFD.allow_sealing])],
      ])(),
    }),
  },
  pipe: {
    weight: 6,
    make: ({ dice }) => ({
      kind: 'pipe',
      flags: dice.weighted([
        [5, 0],
        [5, PIPE.nonblock],
        [1, PIPE.nonblock | CLOEXEC],
        [1, dice.pick([1, 2, 0x40, 0x400, -1])],
      ]),
    }),
  },
  unlink: { weight: 4, make: ({ dice }) => ({ kind: 'unlink', file: dice.pick(FILES) }) },
  close: {
    weight: 8,
    // That the last descriptor of an end is gone is what a pipe's other end sees.
    make: (scene) => {
      const fd = scene.names('pipe').length > 0 && scene.dice.chance(0.6) ? scene.fd('pipe') : file(scene);
      return fd && { kind: 'close', fd };
    },
  },
  dup: { weight: 11, make: on((fd) => ({ kind: 'dup', fd })) },
  ftruncate: { weight: 40, make: on((fd, scene) => ({ kind: 'ftruncate', fd, length: revealing(scene, fd) ?? fileSize(scene) })) },
  fallocate: {
    weight: 14,
    make: on((fd, scene) => {
      const { dice } = scene;
      const size = revealing(scene, fd);
      if (size !== undefined) return { kind: 'fallocate', fd, mode: 0, offset: bytes(0), length: size };
      const mode = dice.weighted<() => number>([
        [4, () => 0],
        [3, () => FALLOC.keep_size],
        [8, () => FALLOC.keep_size | FALLOC.punch_hole],
        [2, () => dice.pick(FALLOC_BITS)],
        [2, () => dice.bits(FALLOC_BITS, 0.3)],
        [1, () => dice.pick([0x80, 0x100, -1])],
      ])();
      const far = dice.chance(0.02);
      const offset: Value = far ? { base: 'high', offset: -dice.int(1, 2) * PAGE_SIZE } : filePlace(scene);
      return { kind: 'fallocate', fd, mode, offset, length: dice.chance(0.85) ? scene.length() : filePlace(scene) };
    }),
  },
  lseek: {
    weight: 14,
    make: on((fd, scene) => {
      const { dice } = scene;
      const offset = descriptor(scene.world, scene.process, fd)?.openFile.offset ?? 0;
      // From so far away a step forward goes past all that can be counted.
      if (offset > FAR && dice.chance(0.5)) return { kind: 'lseek', fd, offset: bytes(dice.int(1, 8) * PAGE_SIZE), whence: SEEK.cur };
      const whence = dice.weighted([
        [3, SEEK.set],
        [3, SEEK.cur],
        [2, SEEK.end],
        [5, SEEK.data],
        [5, SEEK.hole],
        [1, dice.pick([5, -1, 99])],
      ]);
      return { kind: 'lseek', fd, offset: distance(scene), whence };
    }),
  },
  fsize: { weight: 4, make: on((fd) => ({ kind: 'fsize', fd })) },
  add_seals: {
    weight: 12,
    make: (scene) => sealMapped(scene) ?? addSeals(scene),
  },
  get_seals: { weight: 3, make: on((fd) => ({ kind: 'get_seals', fd })) },
} as const satisfies MakerTable;

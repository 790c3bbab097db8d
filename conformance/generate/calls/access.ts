/** Makers of load, store and exec. */
import { sameBytes } from '../../../model/allowed.ts';
import { bytesAt } from '../../../model/memory/content.ts';
import { has, type Mapping, TRAIT } from '../../../model/memory/mapping.ts';
import type { CallOf, Value } from '../../../spec/language/call.ts';
import { PAGE_SIZE, PROT } from '../../../spec/language/constants.ts';
import type { MakerTable } from '../maker.ts';
import type { Scene } from '../scene.ts';

export const ACCESS_MAKERS = {
  load: { weight: 60, make: (scene) => ({ kind: 'load', addr: touched(scene), size: size(scene) }) },
  store: {
    weight: 80,
    make: (scene) =>
      scene.dice.chance(0.05)
        ? { kind: 'store', addr: codePlace(scene), value: scene.value(0, 'code'), size: 8 }
        : ((scene.dice.chance(0.06) ? overEndOfPrivate(scene) : undefined) ?? {
            kind: 'store',
            addr: touched(scene),
            value: data(scene),
            size: size(scene),
          }),
  },
  exec: {
    weight: 10,
    make: (scene) => ({ kind: 'exec', addr: (scene.dice.chance(0.4) ? storedCode(scene) : undefined) ?? codePlace(scene) }),
  },
} as const satisfies MakerTable;

const size = (scene: Scene): number =>
  scene.dice.weighted([
    [60, 1],
    [8, 2],
    [8, 4],
    [20, 8],
    [1, 3],
    [1, 0],
    [1, 16],
  ]);

/** Mostly the first byte of a page; sometimes its last, one in between, or the end of a page, so that the access crosses into the next. */
function touched(scene: Scene): Value {
  const { dice } = scene;
  const limited = scene.process.limits.as.soft < Number.POSITIVE_INFINITY;
  if (dice.chance(0.3)) return dice.chance(limited ? 0.6 : 0.3) ? belowStack(scene) : scene.address();
  const end = dice.chance(0.4) ? aroundEnd(scene) : undefined;
  if (end !== undefined) return end;
  const page = scene.mappedPage();
  const offset = dice.weighted([
    [60, 0],
    [8, PAGE_SIZE - 1],
    [8, PAGE_SIZE - dice.int(2, 7)],
    [6, PAGE_SIZE - 8],
    [10, dice.int(1, 16)],
    [4, dice.int(0, PAGE_SIZE - 1)],
  ]);
  return { base: page.base, offset: page.offset + offset };
}

/** A store over the end of a private mapping of a file, out of which it mostly leads. */
function overEndOfPrivate(scene: Scene): CallOf<'store'> | undefined {
  const run = scene.mapped(({ shared, object, prot }) => !shared && object !== undefined && (prot & PROT.w) !== 0);
  if (run === undefined) return undefined;
  const offset = run.addr.offset + run.pages * PAGE_SIZE - scene.dice.int(1, 7);
  return { kind: 'store', addr: { base: run.addr.base, offset }, value: data(scene), size: 8 };
}

/** The byte behind the end of a file that has a shared mapping, where the end lies in a page, or a byte near it. */
function aroundEnd(scene: Scene): Value | undefined {
  const { dice, world } = scene;
  const endsInPage = ({ shared, object }: Mapping): boolean =>
    shared && object !== undefined && (world.objects.get(object)?.size ?? 0) % PAGE_SIZE !== 0;
  const run = scene.mapped(endsInPage);
  if (run === undefined) return undefined;
  const { size } = world.objects.get(run.mapping.object!)!;
  const offset = size - (run.start + run.mapping.delta) * PAGE_SIZE + dice.pick([-1, 0, 0, 0, 1, 8]);
  return offset < 0 || offset >= run.pages * PAGE_SIZE ? undefined : { base: run.addr.base, offset: run.addr.offset + offset };
}

/** A page below memory that grows down, near or as far as it may grow; elsewhere where there is no such memory. */
function belowStack(scene: Scene): Value {
  const { dice } = scene;
  const run = scene.mapped((mapping) => has(mapping, TRAIT.growsdown));
  if (run === undefined || run.addr.base !== 'arena') return scene.address();
  const pages = dice.weighted([
    [20, dice.int(1, 4)],
    [4, dice.int(200, 300)],
    [1, 2047 - run.pages + dice.int(0, 2)],
    [1, 5000],
  ]);
  return { base: 'arena', offset: run.addr.offset - pages * PAGE_SIZE + dice.pick([0, 0, 0, 8, PAGE_SIZE - 4]) };
}

/** A value that nothing else stored, so that what is read later tells who wrote it; now and then zero, or one with a sign. */
function data(scene: Scene): Value {
  const { dice } = scene;
  return scene.value(
    dice.weighted([
      [90, dice.int(1, 0xff) + 0x100 * dice.int(0, 0xff_ffff)],
      [5, 0],
      [2, -1],
      [1, 2 ** 52 + 1],
    ]),
  );
}

const CODE_PLACES = [0, 0, 0, 8, PAGE_SIZE - 8] as const;

/** The places where programs put code, in memory that can be run if there is any: few, so that what is run was written. */
function codePlace(scene: Scene): Value {
  const { dice } = scene;
  if (dice.chance(0.1)) return scene.absurdAddress();
  const runs = (mapping: Mapping): boolean => (mapping.prot & PROT.x) !== 0;
  const page = dice.chance(0.7) ? scene.mappedPage(runs) : scene.mappedPage();
  return { base: page.base, offset: page.offset + dice.pick(CODE_PLACES) };
}

/** Where the process has stored code in a page of its own, if a look at a few pages finds any. */
function storedCode(scene: Scene): Value | undefined {
  const { cells } = scene.process.space;
  const { code } = scene.world.host;
  let pair = cells.getPairOrNextHigher(0);
  for (let looks = 0; looks < 12 && pair !== undefined; looks++, pair = cells.nextHigherPair(pair[0])) {
    const [page, cell] = pair;
    const place = CODE_PLACES.find((offset) => sameBytes(bytesAt(cell.contents[0]!, offset, code.length), code));
    const addr = place === undefined ? undefined : scene.symbolic(page * PAGE_SIZE + place);
    if (addr !== undefined && addr.base !== 'abs') return addr;
  }
  return undefined;
}

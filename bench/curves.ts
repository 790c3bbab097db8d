/** Whether the cost of a step grows: with the length of the program, and with the number of mappings in the world. */
import { IMAGINED } from '../conformance/generate/generate.ts';
import { foreseen, judge } from '../model/judge.ts';
import { startWorld, type World } from '../model/world.ts';
import { abs, at, type Call, FIRST_PROCESS, MAP, MAP_TYPES, MREMAP, PAGE_SIZE, PROT } from '../spec/language/index.ts';
import { alternate, type Figures, seconds } from './alternate.ts';
import { generateOnly, judgeOnly } from './generate-and-judge.ts';
import { generateOptions, record, type Subject } from './subject.ts';

export interface Point {
  readonly size: number;
  /** Microseconds a step. */
  readonly generated: Figures;
  readonly judged: Figures;
}

const micros = (rates: Figures): Figures => rates.map((rate) => 1e6 / rate);

/** Programs of each length, as many as give the number of steps in all. */
export async function lengthCurve(subject: Subject, lengths: readonly number[], steps: number, rounds: number): Promise<readonly Point[]> {
  const points: Point[] = [];
  for (const size of lengths) {
    const recorded = await record(subject, Math.ceil(steps / size), generateOptions(subject, [size, size]));
    const { generated, judged } = await alternate({ generated: generateOnly(recorded), judged: judgeOnly(subject, recorded) }, rounds);
    points.push({ size, generated: micros(generated), judged: micros(judged) });
  }
  return points;
}

/** Every second page of the arena mapped, so that no two mappings touch. */
const slot = (index: number): number => index * 2 * PAGE_SIZE;

const ANONYMOUS = MAP_TYPES.private | MAP.anon | MAP.fixed;
const RW = PROT.r | PROT.w;

function mapAt(index: number): Call {
  return { kind: 'mmap', addr: at('arena', slot(index)), length: abs(PAGE_SIZE), prot: RW, flags: ANONYMOUS, fd: abs(-1), offset: abs(0) };
}

/** Calls on one of the mappings, after which the world has as many as before. */
function callsOn(index: number): readonly Call[] {
  const addr = at('arena', slot(index));
  const beside = at('arena', slot(index) + PAGE_SIZE);
  const length = abs(PAGE_SIZE);
  return [
    { kind: 'store', addr, value: abs(0x5a), size: 1 },
    { kind: 'load', addr, size: 8 },
    { kind: 'mprotect', addr, length, prot: PROT.r },
    { kind: 'store', addr, value: abs(1), size: 1 },
    { kind: 'mremap', addr, oldLength: length, newLength: length, flags: MREMAP.maymove | MREMAP.fixed, newAddr: beside },
    { kind: 'munmap', addr: beside, length },
    mapAt(index),
  ];
}

/** A world with so many mappings, as the model foresees it. */
function crowded(subject: Subject, mappings: number): World {
  let world = startWorld(subject.law.host, subject.law.choices, IMAGINED);
  for (let index = 0; index < mappings; index++) world = foreseen(world, { process: FIRST_PROCESS, call: mapAt(index) })!.world;
  return world;
}

/** Foresees and judges one call after the other in worlds with so many mappings. @returns the microseconds of a step for each size */
export async function mappingCurve(
  subject: Subject,
  sizes: readonly number[],
  steps: number,
  rounds: number,
): Promise<readonly { readonly size: number; readonly judged: Figures }[]> {
  const measures = Object.fromEntries(
    sizes.map((size) => {
      const start = crowded(subject, size);
      return [String(size), () => drive(start, size, steps)] as const;
    }),
  );
  const figures = await alternate(measures, rounds);
  return sizes.map((size) => ({ size, judged: figures[String(size)]! }));
}

async function drive(start: World, mappings: number, steps: number): Promise<number> {
  let world = start;
  let done = 0;
  const took = await seconds(() => {
    // Mappings far from each other come after each other.
    for (let turn = 0; done < steps; turn++) {
      for (const call of callsOn((turn * 7919) % mappings)) {
        const step = { process: FIRST_PROCESS, call };
        const next = foreseen(world, step)!;
        const verdict = judge(world, step, next.outcome);
        if (verdict.kind !== 'conforms') throw new Error(`the model contradicts itself: ${call.kind}`);
        world = verdict.world;
        done++;
      }
    }
  });
  return (took * 1e6) / done;
}

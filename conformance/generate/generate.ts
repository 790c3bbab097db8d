/**
 * Generation: a list of calls chosen one after the other, each made concrete against the world that the model foresees. Each program draws its
 * own subset of calls and its own weights, so that rare calls meet (swarm testing).
 */
import { foreseen } from '../../model/judge.ts';
import { startWorld, type World } from '../../model/world.ts';
import type { Choices } from '../../spec/dialects/dialect.ts';
import type { Host } from '../../spec/dialects/host.ts';
import { CALL_KINDS, type Call, type CallKind } from '../../spec/language/call.ts';
import type { Place } from '../../spec/language/outcome.ts';
import { FIRST_PROCESS, type Program, type Step } from '../../spec/language/program.ts';
import type { Dice } from './dice.ts';
import { MAKERS } from './makers.ts';
import { Scene } from './scene.ts';

export interface GenerateOptions {
  readonly host: Host;
  readonly choices: Choices;
  /** Steps in a program: from min to max, both included. */
  readonly stepsMin: number;
  readonly stepsMax: number;
  /** The calls to use, besides mmap, load and store, which every program uses. */
  readonly calls: readonly CallKind[];
}

/** Where a program is imagined to run while it is being made: the heap, as almost everywhere, not at the start of a huge page. */
export const IMAGINED: Place = { arena: 0x2000_2000_0000, heap: 0x1004_5000, buf: 0x3000_0000_0000 };

/** The place that is imagined on a host: whether a break may be raised hangs on where the heap of that host starts. */
export const imaginedPlace = (host: Host): Place => ({ ...IMAGINED, heap: host.startBrk });

const TRIES_MAX = 8;
const PROCESSES_MAX = 4;

/** A program, and nothing but what the dice say. */
export function generate(dice: Dice, options: GenerateOptions): Program {
  const world = startWorld(options.host, options.choices, imaginedPlace(options.host));
  const scene = new Scene(dice, world, world.processes.get(FIRST_PROCESS)!);
  const urn = drawUrn(dice, options.calls);
  const count = dice.int(options.stepsMin, options.stepsMax);
  const steps: Step[] = [];
  while (steps.length < count) {
    const made = nextStep(scene, urn);
    if (made === undefined) break;
    steps.push(made.step);
    scene.named(made.step);
    scene.world = made.world;
    const next = chooseProcess(dice, made.world, made.step.process);
    if (next === undefined) break;
    scene.process = made.world.processes.get(next)!;
  }
  return { steps };
}

function nextStep(scene: Scene, urn: Urn): { step: Step; world: World } | undefined {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const { kind, make } = drawFor(scene, urn);
    if (kind === 'fork' && scene.world.processes.size >= PROCESSES_MAX) continue;
    const call = make(scene);
    if (call === undefined) continue;
    const result = scene.freshName(kind);
    const step: Step = result === undefined ? { process: scene.process.name, call } : { process: scene.process.name, result, call };
    const next = foreseen(scene.world, step);
    if (next !== undefined) return { step, world: next.world };
  }
  return undefined;
}

/** A program that has mapped nothing mostly maps something first: on empty memory most calls can only fail. */
function drawFor(scene: Scene, urn: Urn): Row {
  if (scene.process.space.map.runCount === 0 && scene.dice.chance(0.6)) return MMAP;
  return draw(scene.dice, urn);
}

/** Mostly the process goes on; sometimes another that is alive takes its turn. */
function chooseProcess(dice: Dice, world: World, current: string): string | undefined {
  const goesOn = world.processes.get(current)!.state === 'running';
  if (goesOn && (world.processes.size === 1 || !dice.chance(0.3))) return current;
  const alive = [...world.processes.values()].filter((process) => process.state === 'running').map((process) => process.name);
  return alive.length === 0 ? undefined : dice.pick(alive);
}

/** Calls with running sums of their weights. */
interface Urn {
  readonly rows: readonly Row[];
  readonly sums: readonly number[];
}

interface Row {
  readonly kind: CallKind;
  readonly make: (scene: Scene) => Call | undefined;
  readonly weight: number;
  /** What the weight may be multiplied with in a program. */
  readonly factors: readonly number[];
}

/** Calls without which the others have nothing to work on, or nobody sees what they did. */
const ALWAYS: readonly CallKind[] = ['mmap', 'load', 'store'];

const ROWS: readonly Row[] = CALL_KINDS.map((kind) => {
  const { make, weight } = MAKERS[kind];
  return { kind, make, weight, factors: ALWAYS.includes(kind) ? [1, 1, 2] : [0, 0, 1, 1, 2, 5] };
});
const MMAP = ROWS.find(({ kind }) => kind === 'mmap')!;

/** The rows of lists of calls that were asked for: a run asks for the same list for every program. */
const CHOSEN = new WeakMap<readonly CallKind[], readonly Row[]>();

function rowsOf(calls: readonly CallKind[]): readonly Row[] {
  const known = CHOSEN.get(calls);
  if (known !== undefined) return known;
  const rows = ROWS.filter(({ kind }) => ALWAYS.includes(kind) || calls.includes(kind));
  CHOSEN.set(calls, rows);
  return rows;
}

function drawUrn(dice: Dice, calls: readonly CallKind[]): Urn {
  const rows: Row[] = [];
  const sums: number[] = [];
  let sum = 0;
  for (const row of rowsOf(calls)) {
    const factor = dice.pick(row.factors);
    if (factor === 0) continue;
    sum += row.weight * factor;
    rows.push(row);
    sums.push(sum);
  }
  return { rows, sums };
}

function draw(dice: Dice, { rows, sums }: Urn): Row {
  const ball = dice.int(0, sums[sums.length - 1]! - 1);
  let index = 0;
  while (sums[index]! <= ball) index++;
  return rows[index]!;
}

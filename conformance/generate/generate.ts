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
    const kind = drawFor(scene, urn);
    if (kind === 'fork' && scene.world.processes.size >= PROCESSES_MAX) continue;
    const call = (MAKERS[kind].make as (scene: Scene) => Call | undefined)(scene);
    if (call === undefined) continue;
    const result = scene.freshName(kind);
    const step: Step = result === undefined ? { process: scene.process.name, call } : { process: scene.process.name, result, call };
    const next = foreseen(scene.world, step);
    if (next !== undefined) return { step, world: next.world };
  }
  return undefined;
}

/** A program that has mapped nothing mostly maps something first: on empty memory most calls can only fail. */
function drawFor(scene: Scene, urn: Urn): CallKind {
  if (scene.process.space.map.runCount === 0 && scene.dice.chance(0.6)) return 'mmap';
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
  readonly kinds: readonly CallKind[];
  readonly sums: readonly number[];
}

/** Calls without which the others have nothing to work on, or nobody sees what they did. */
const ALWAYS: readonly CallKind[] = ['mmap', 'load', 'store'];

interface Known {
  readonly kind: CallKind;
  readonly weight: number;
  /** What the weight may be multiplied with in a program. */
  readonly factors: readonly number[];
  readonly always: boolean;
}

const KNOWN: readonly Known[] = CALL_KINDS.map((kind) => {
  const always = ALWAYS.includes(kind);
  return { kind, weight: MAKERS[kind].weight, factors: always ? [1, 1, 2] : [0, 0, 1, 1, 2, 5], always };
});

function drawUrn(dice: Dice, calls: readonly CallKind[]): Urn {
  const kinds: CallKind[] = [];
  const sums: number[] = [];
  let sum = 0;
  for (const { kind, weight, factors, always } of KNOWN) {
    if (!always && !calls.includes(kind)) continue;
    const factor = dice.pick(factors);
    if (factor === 0) continue;
    sum += weight * factor;
    kinds.push(kind);
    sums.push(sum);
  }
  return { kinds, sums };
}

function draw(dice: Dice, urn: Urn): CallKind {
  const ball = dice.int(0, urn.sums[urn.sums.length - 1]! - 1);
  let index = 0;
  while (urn.sums[index]! <= ball) index++;
  return urn.kinds[index]!;
}

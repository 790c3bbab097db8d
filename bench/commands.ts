/**
 * The peer: fast-check's own commands and modelRun, driving the same model over the same calls. Its system does nothing: it answers what the model
 * foresees, and the model judges that.
 */
import fc from 'fast-check';
import { Dice } from '../conformance/generate/dice.ts';
import { type GenerateOptions, IMAGINED } from '../conformance/generate/generate.ts';
import { MAKERS } from '../conformance/generate/makers.ts';
import { Scene } from '../conformance/generate/scene.ts';
import { foreseen, judge } from '../model/judge.ts';
import { type Process, startWorld } from '../model/world.ts';
import type { Call, CallKind, Outcome, Step } from '../spec/language/index.ts';
import { FIRST_PROCESS } from '../spec/language/index.ts';
import { type Measure, seconds } from './alternate.ts';
import { drawnArguments, resolveCall } from './arguments.ts';

/** The model's world with the names that were given in it, and the steps that were judged. */
interface Model {
  readonly scene: Scene;
  judged: number;
}

/** A system without any state of its own: the answer is made ready for it. */
interface System {
  answer: Outcome | undefined;
}

/** Makes the call of a command against the world in which it is to run; undefined when there is none to make. */
type Make = (scene: Scene) => Call | undefined;

/** Processes that a sequence may have, as a generated program. */
const PROCESSES_MAX = 4;

class CallCommand implements fc.Command<Model, System> {
  readonly #kind: CallKind;
  readonly #make: Make;
  /** 0 to 99: from 70 on it is another process's turn. */
  readonly #turn: number;
  #step: Step | undefined;
  #answer: Outcome | undefined;

  constructor(kind: CallKind, make: Make, turn: number) {
    this.#kind = kind;
    this.#make = make;
    this.#turn = turn;
  }

  check({ scene }: Readonly<Model>): boolean {
    const process = this.#processOf(scene);
    if (process === undefined) return false;
    scene.process = process;
    const call = this.#make(scene);
    if (call === undefined || (call.kind === 'fork' && scene.world.processes.size >= PROCESSES_MAX)) return false;
    const result = scene.freshName(call.kind);
    this.#step = result === undefined ? { process: process.name, call } : { process: process.name, result, call };
    this.#answer = foreseen(scene.world, this.#step)?.outcome;
    return this.#answer !== undefined;
  }

  #processOf({ world, process }: Scene): Process | undefined {
    const current = world.processes.get(process.name)!;
    if (current.state === 'running' && (world.processes.size === 1 || this.#turn < 70)) return current;
    const alive = [...world.processes.values()].filter(({ state }) => state === 'running');
    return alive[this.#turn % alive.length];
  }

  run(model: Model, system: System): void {
    system.answer = this.#answer!;
    const { scene } = model;
    const { kind, world } = judge(scene.world, this.#step!, system.answer);
    if (kind !== 'conforms') throw new Error(`the model contradicts itself: ${this}`);
    scene.named(this.#step!);
    scene.world = world;
    model.judged++;
  }

  toString(): string {
    return this.#kind;
  }
}

const turn = fc.nat({ max: 99 });

/** Arguments from fast-check's arbitraries, as its users write them: in ignorance of the state, so that most calls find nothing to work on. */
export function drawnByFastCheck(kind: CallKind): fc.Arbitrary<CallCommand> {
  return fc
    .tuple(drawnArguments(kind), turn)
    .map(([drawn, n]) => new CallCommand(kind, (scene) => resolveCall(kind, drawn, (type) => scene.names(type)), n));
}

/**
 * Arguments from our own makers, which see the state: fast-check draws a seed for each. So the calls are those of generated programs, which mostly
 * map something where nothing is mapped.
 */
export function drawnByOurMakers(kind: CallKind): fc.Arbitrary<CallCommand> {
  const make = MAKERS[kind].make as Make;
  const seeded = (seed: number) => (scene: Scene) => {
    scene.dice = Dice.of(seed, 0);
    return scene.process.space.map.runCount === 0 && scene.dice.chance(0.6) ? MAKERS.mmap.make(scene) : make(scene);
  };
  return fc.tuple(fc.noBias(fc.integer()), turn).map(([seed, n]) => new CallCommand(kind, seeded(seed), n));
}

/** Sequences are of any length up to this, and some commands find nothing to do: on average as many run as a generated program has steps. */
const COMMANDS_MAX = 48;

/** The share of the mappings that are made because mmap was drawn, and not because nothing was mapped. */
const MAPPED_AS_SUCH = 0.6;

/** Entries in the list that fc.commands draws from evenly: enough for every call to stand there as often as its share of the mix says. */
const ENTRIES = 400;

/**
 * @param mix  how often each call is made, relative to the others
 * @returns steps judged per second
 */
export function fastCheckCommands(
  { host, choices }: GenerateOptions,
  mix: ReadonlyMap<CallKind, number>,
  command: (kind: CallKind) => fc.Arbitrary<CallCommand>,
  sequences: number,
): Measure {
  const steps = [...mix.values()].reduce((sum, count) => sum + count, 0);
  const copies = (kind: CallKind, count: number): number =>
    Math.max(1, Math.round((ENTRIES * count * (kind === 'mmap' ? MAPPED_AS_SUCH : 1)) / steps));
  const list = [...mix].flatMap(([kind, count]) => new Array<fc.Arbitrary<CallCommand>>(copies(kind, count)).fill(command(kind)));
  const commands = fc.commands(list, { maxCommands: COMMANDS_MAX, size: 'max' });
  return async () => {
    let judged = 0;
    const property = fc.property(commands, (sequence) => {
      const world = startWorld(host, choices, IMAGINED);
      const model = { scene: new Scene(Dice.of(0, 0), world, world.processes.get(FIRST_PROCESS)!), judged: 0 };
      fc.modelRun(() => ({ model, real: { answer: undefined } }), sequence);
      judged += model.judged;
    });
    const took = await seconds(() => fc.assert(property, { numRuns: sequences, seed: 1 }));
    return judged / took;
  };
}

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
import { startWorld } from '../model/world.ts';
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

class CallCommand implements fc.Command<Model, System> {
  readonly #kind: CallKind;
  readonly #make: Make;
  #step: Step | undefined;
  #answer: Outcome | undefined;

  constructor(kind: CallKind, make: Make) {
    this.#kind = kind;
    this.#make = make;
  }

  check({ scene }: Readonly<Model>): boolean {
    const call = this.#make(scene);
    if (call === undefined) return false;
    const result = scene.freshName(this.#kind);
    this.#step = result === undefined ? { process: FIRST_PROCESS, call } : { process: FIRST_PROCESS, result, call };
    const next = foreseen(scene.world, this.#step);
    this.#answer = next?.outcome;
    // The sequence has one process: a call that ends it ends everything.
    return next !== undefined && next.world.processes.get(FIRST_PROCESS)!.state === 'running';
  }

  run(model: Model, system: System): void {
    system.answer = this.#answer!;
    const { scene } = model;
    const { kind, world } = judge(scene.world, this.#step!, system.answer);
    if (kind !== 'conforms') throw new Error(`the model contradicts itself: ${this}`);
    scene.named(this.#step!);
    scene.world = world;
    scene.process = world.processes.get(FIRST_PROCESS)!;
    model.judged++;
  }

  toString(): string {
    return this.#kind;
  }
}

/** Arguments from fast-check's arbitraries, as its users write them. */
export function drawnByFastCheck(kind: CallKind): fc.Arbitrary<CallCommand> {
  return drawnArguments(kind).map((drawn) => new CallCommand(kind, (scene) => resolveCall(kind, drawn, (type) => scene.names(type))));
}

/** Arguments from our own makers, which see the state: fast-check draws no more than a seed for each. */
export function drawnByOurMakers(kind: CallKind): fc.Arbitrary<CallCommand> {
  const make = MAKERS[kind]!.make as Make;
  const seeded = (seed: number) => (scene: Scene) => {
    scene.dice = Dice.of(seed, 0);
    return make(scene);
  };
  return fc.noBias(fc.integer()).map((seed) => new CallCommand(kind, seeded(seed)));
}

/** Entries in the list that fc.commands draws from evenly: enough for every call to stand there as often as its share of the mix says. */
const ENTRIES = 400;

/**
 * @param mix  how often each call is made, relative to the others
 * @returns steps judged per second
 */
export function fastCheckCommands(
  { host, choices, stepsMax }: GenerateOptions,
  mix: ReadonlyMap<CallKind, number>,
  command: (kind: CallKind) => fc.Arbitrary<CallCommand>,
  sequences: number,
): Measure {
  const steps = [...mix.values()].reduce((sum, count) => sum + count, 0);
  const copies = (count: number): number => Math.max(1, Math.round((ENTRIES * count) / steps));
  const list = [...mix].flatMap(([kind, count]) => new Array<fc.Arbitrary<CallCommand>>(copies(count)).fill(command(kind)));
  const commands = fc.commands(list, { maxCommands: stepsMax, size: 'max' });
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

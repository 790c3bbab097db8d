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

/** The model's world as the makers of calls see it, and the steps that were judged. */
interface Model {
  readonly scene: Scene;
  judged: number;
}

/** A system without any state of its own: the answer is made ready for it. */
interface System {
  answer: Outcome | undefined;
}

/** One call, made concrete against the world in which it is to run, as the generator does. */
class CallCommand implements fc.Command<Model, System> {
  readonly #kind: CallKind;
  readonly #seed: number;
  #step: Step | undefined;
  #answer: Outcome | undefined;

  constructor(kind: CallKind, seed: number) {
    this.#kind = kind;
    this.#seed = seed;
  }

  check({ scene }: Readonly<Model>): boolean {
    scene.dice = Dice.of(this.#seed, 0);
    const call = (MAKERS[this.#kind]!.make as (scene: Scene) => Call | undefined)(scene);
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
    const { kind, world } = judge(scene.world, this.#step!, system.answer!);
    if (kind !== 'conforms') throw new Error(`the model contradicts itself: ${this}`);
    scene.named(this.#step!);
    scene.world = world;
    scene.process = world.processes.get(FIRST_PROCESS)!;
    model.judged++;
  }

  toString(): string {
    return `${this.#kind}(${this.#seed})`;
  }
}

/** How often a kind stands in the list that fc.commands draws from evenly, for its weight. */
const copies = (kind: CallKind): number => Math.ceil(MAKERS[kind]!.weight / 4);

/** @returns steps judged per second */
export function fastCheckCommands({ host, choices, calls, stepsMax }: GenerateOptions, sequences: number): Measure {
  const kinds = calls.filter((kind) => MAKERS[kind] !== undefined);
  const command = (kind: CallKind): fc.Arbitrary<CallCommand> => fc.noBias(fc.integer()).map((seed) => new CallCommand(kind, seed));
  const list = kinds.flatMap((kind) => new Array<fc.Arbitrary<CallCommand>>(copies(kind)).fill(command(kind)));
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

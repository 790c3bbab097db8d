/** Several agents of one system as one target: programs run on as many processors. */
import type { Host } from '../../spec/dialects/host.ts';
import type { Trace } from '../../spec/language/outcome.ts';
import type { Program } from '../../spec/language/program.ts';
import type { Target } from './target.ts';

class Lanes implements Target {
  readonly name: string;
  readonly host: Host;
  readonly #lanes: readonly Target[];
  /** Programs on their way in each lane. */
  readonly #busy: number[];

  constructor(lanes: readonly [Target, ...Target[]]) {
    this.name = lanes[0].name;
    this.host = lanes[0].host;
    this.#lanes = lanes;
    this.#busy = lanes.map(() => 0);
  }

  get restarts(): number {
    return this.#lanes.reduce((sum, { restarts }) => sum + restarts, 0);
  }

  /** A batch stays together, in the lane that has the least to do. */
  async run(programs: readonly Program[]): Promise<readonly Trace[]> {
    const lane = this.#busy.indexOf(Math.min(...this.#busy));
    this.#busy[lane]! += programs.length;
    try {
      return await this.#lanes[lane]!.run(programs);
    } finally {
      this.#busy[lane]! -= programs.length;
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => lane.close()));
  }
}

/**
 * Starts `count` targets of one system, as one. Programs of different lanes run at the same time.
 * @throws TargetUnavailable  when one of them does not start; the others are closed then
 */
export async function lanesOf(count: number, start: () => Promise<Target>): Promise<Target> {
  const starts = await Promise.allSettled(Array.from({ length: count }, start));
  const [first, ...others] = starts.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = starts.find((result) => result.status === 'rejected');
  if (failed !== undefined || first === undefined) {
    await Promise.all([first, ...others].map((target) => target?.close()));
    throw failed?.reason ?? new RangeError('a target has at least one lane');
  }
  return others.length === 0 ? first : new Lanes([first, ...others]);
}

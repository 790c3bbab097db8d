/** Repeated measurements taken in turn, so that what else the machine does falls on all of them alike. */

/** What is measured: one repetition of a piece of work. @returns its figure, such as steps per second */
export type Measure = () => Promise<number> | number;

/** The figures of several repetitions, in order. */
export type Figures = readonly number[];

/**
 * Runs each measure once as a warm-up and then so many times, one after the other in every round, in an order that turns from round to round.
 * @returns the figures of each measure by its name
 */
export async function alternate<Name extends string>(
  measures: Readonly<Record<Name, Measure>>,
  repetitions: number,
): Promise<Readonly<Record<Name, Figures>>> {
  const names = Object.keys(measures) as Name[];
  const figures = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (const name of names) await measures[name]();
  for (let round = 0; round < repetitions; round++) {
    const order = round % 2 === 0 ? names : names.toReversed();
    for (const name of order) figures[name].push(await measures[name]());
  }
  return figures;
}

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spread(figures: Figures): Spread {
  const sorted = figures.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { median, min: sorted[0]!, max: sorted.at(-1)! };
}

/** Ours to the peer's, round by round. */
export function ratios(ours: Figures, peer: Figures): Figures {
  return ours.map((figure, round) => figure / peer[round]!);
}

/** Seconds that the work took. */
export async function seconds(work: () => Promise<unknown> | unknown): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

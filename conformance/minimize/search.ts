/** The search: the best program so far, and ways to find a better one with few runs. */
import type { Program } from '../../spec/language/program.ts';
import { compareWeights, type Weight, weigh } from './cost.ts';
import type { Asked, Shown, Trials } from './trials.ts';

export class Search {
  best: Shown;
  readonly trials: Trials;
  #weight: Weight;
  readonly #onBest: (best: Shown) => void;

  constructor(trials: Trials, start: Shown, onBest: (best: Shown) => void) {
    this.trials = trials;
    this.best = start;
    this.#weight = weigh(start.program);
    this.#onBest = onBest;
  }

  get over(): boolean {
    return this.trials.over;
  }

  #simpler(program: Program): boolean {
    return compareWeights(weigh(program), this.#weight) < 0;
  }

  /** Takes the simplest of what was shown, where it is simpler than the best so far. */
  #take(shown: readonly (Shown | undefined)[]): Shown | undefined {
    let taken: Shown | undefined;
    for (const candidate of shown) {
      if (candidate === undefined || !this.#simpler(candidate.program)) continue;
      this.best = taken = candidate;
      this.#weight = weigh(candidate.program);
    }
    if (taken !== undefined) this.#onBest(taken);
    return taken;
  }

  /** Tries the candidates in turn until one shows the finding and is simpler. @returns whether one did */
  async first(candidates: Iterable<Program>): Promise<boolean> {
    for (const candidate of candidates) {
      if (this.over) return false;
      const asked = this.#simpler(candidate) ? this.trials.ask(candidate) : undefined;
      if (asked !== undefined && this.#take(await this.trials.show([asked])) !== undefined) return true;
    }
    return false;
  }

  /**
   * Makes as many of the edits as can be made together: all at first, then halves of what was refused. The groups of one round are one batch,
   * and the groups that went well are then made together.
   * @param compose  the program with these edits made; undefined where they cannot be
   * @returns whether any edit was made
   */
  async together<E>(groups: readonly (readonly E[])[], compose: (edits: readonly E[]) => Program | undefined): Promise<boolean> {
    let made: readonly E[] = [];
    let open = groups.filter((group) => group.length > 0);
    while (open.length > 0 && !this.over) {
      const shown = await this.#showEach(open.map((group) => compose([...made, ...group])));
      const passed = open.filter((_, i) => shown[i] !== undefined);
      const failed = open.filter((_, i) => shown[i] === undefined);
      let again: readonly (readonly E[])[] = [];
      if (passed.length > 0) {
        const all = passed.flat();
        const together = passed.length === 1 ? shown : await this.#showEach([compose([...made, ...all])]);
        if (this.#take(together) !== undefined) made = [...made, ...all];
        else if (this.#take(shown) !== undefined) {
          const index = shown.findIndex((candidate) => candidate?.program === this.best.program);
          made = [...made, ...open[index]!];
          again = passed.filter((group) => group !== open[index]);
        }
      }
      open = [...again, ...failed.flatMap(halves)];
    }
    return made.length > 0;
  }

  async #showEach(candidates: readonly (Program | undefined)[]): Promise<readonly (Shown | undefined)[]> {
    const asked = candidates.map((candidate) =>
      candidate !== undefined && this.#simpler(candidate) ? this.trials.ask(candidate) : undefined,
    );
    const shown = await this.trials.show(asked.filter((candidate) => candidate !== undefined));
    let next = 0;
    return asked.map((candidate) => (candidate === undefined ? undefined : shown[next++]));
  }

  /**
   * Goes through the reductions of the best program until none is left that shows the finding. While they are refused they are run in ever
   * larger batches; after a success the search goes on where it was, with the reductions of the new best.
   * @returns whether it came to that end before the budget did
   */
  async exhaust(reductions: (program: Program) => Iterable<Program>): Promise<boolean> {
    let from = 0;
    let pending = true;
    while (pending && !this.over) {
      pending = await this.#pass(reductions, from, Number.POSITIVE_INFINITY, (index) => {
        from = index;
      });
      if (!pending && from > 0) {
        // Those before the place of the last success have only been tried on older programs.
        const until = from;
        from = 0;
        pending = await this.#pass(reductions, 0, until, (index) => {
          from = index;
        });
      }
    }
    return !this.over;
  }

  /** Tries the reductions with these indexes. @returns whether one succeeded, at the index that `onSuccess` was told */
  async #pass(
    reductions: (program: Program) => Iterable<Program>,
    from: number,
    until: number,
    onSuccess: (index: number) => void,
  ): Promise<boolean> {
    let batch: Asked[] = [];
    let batchFrom = from;
    let size = 1;
    let index = 0;
    const succeeds = async (): Promise<boolean> => {
      if (batch.length === 0 || this.#take(await this.trials.show(batch)) === undefined) return false;
      onSuccess(batchFrom);
      return true;
    };
    for (const candidate of reductions(this.best.program)) {
      if (index >= until) break;
      if (index++ < from) continue;
      const asked = this.trials.ask(candidate);
      if (asked === undefined) continue;
      if (batch.length === 0) batchFrom = index - 1;
      batch.push(asked);
      if (batch.length < size) continue;
      if (await succeeds()) return true;
      if (this.over) return false;
      batch = [];
      size = Math.min(size * 2, BATCH_MAX);
    }
    return await succeeds();
  }
}

const BATCH_MAX = 32;

function halves<E>(group: readonly E[]): readonly (readonly E[])[] {
  if (group.length < 2) return [];
  const middle = Math.ceil(group.length / 2);
  return [group.slice(0, middle), group.slice(middle)];
}

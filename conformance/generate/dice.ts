/** Chance, as the makers of calls use it; everything follows from one generator of random numbers. */
import { Random } from 'fast-check';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** A value with its weight; a weight of 0 is never drawn. */
export type Weighted<T> = readonly [weight: number, value: T];

export class Dice {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Dice that depend on nothing but the two numbers: the seed of a run and the index of a program in it. */
  static of(seed: number, index: number): Dice {
    // Both go through a mixing step, so that neighbouring indexes give unrelated sequences.
    const mixed = Math.imul(seed ^ Math.imul(index + 1, 0x9e3779b1), 0x85ebca6b) ^ Math.imul(index, 0xc2b2ae35);
    return new Dice(new Random(xoroshiro128plus(mixed)));
  }

  /** An integer from min to max, both included. */
  int(min: number, max: number): number {
    return this.#random.nextInt(min, max);
  }

  /** True with the probability, in steps of 1/4096. */
  chance(probability: number): boolean {
    return this.#random.nextInt(0, 4095) < probability * 4096;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.#random.nextInt(0, list.length - 1)]!;
  }

  weighted<T>(options: readonly Weighted<T>[]): T {
    let total = 0;
    for (const option of options) total += option[0];
    let ball = this.#random.nextInt(0, total - 1);
    for (const option of options) {
      ball -= option[0];
      if (ball < 0) return option[1];
    }
    return options[0]![1];
  }

  /** Some of the bits: each with the probability. */
  bits(bits: readonly number[], probability: number): number {
    let sum = 0;
    for (const bit of bits) if (this.chance(probability)) sum |= bit;
    return sum;
  }
}

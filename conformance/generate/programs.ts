/**
 * Generated programs, for our own campaigns and as an arbitrary for anyone's fast-check properties:
 *
 *     fc.assert(fc.asyncProperty(programs({ calls: ['mmap', 'munmap'] }), async (program) => …));
 */
import { Arbitrary, type Random, Stream, Value } from 'fast-check';
import { resolveDialect } from '../../spec/dialects/dialect.ts';
import { CALL_KINDS } from '../../spec/language/call.ts';
import { parseProgram } from '../../spec/language/parser.ts';
import { formatProgram } from '../../spec/language/printer.ts';
import type { Program } from '../../spec/language/program.ts';
import { reductions } from '../minimize/reductions.ts';
import { defaultHost } from './default-host.ts';
import { Dice } from './dice.ts';
import { type GenerateOptions, generate, imaginedPlace } from './generate.ts';

/** What may be chosen of generation; each has a default. */
export type ProgramsOptions = GenerateOptions;

/**
 * An arbitrary of programs that make sense to the model. They shrink as minimisation does: steps go with all that depends on them, and arguments
 * become simpler, never the other way round.
 * @param options  of generation; by default all calls, 8 to 36 steps, the Linux dialect on a small host without privileges
 */
export function programs(options: Partial<ProgramsOptions> = {}): Arbitrary<Program> {
  return new ProgramArbitrary(withDefaults(options));
}

/** The program with this index among those of a seed. It depends on nothing else: not on the order of asking, nor on who asks. */
export function programAt(seed: number, index: number, options: Partial<ProgramsOptions> = {}): Program {
  return generate(Dice.of(seed, index), withDefaults(options));
}

/** @throws Error where the host is not one that the Linux dialect speaks of, and no choices are given */
function withDefaults(options: Partial<ProgramsOptions>): ProgramsOptions {
  const { host = defaultHost, stepsMin = 8, stepsMax = Math.max(36, stepsMin), calls = CALL_KINDS } = options;
  const choices = options.choices ?? resolveDialect('linux', host);
  return { host, choices, stepsMin, stepsMax, calls };
}

class ProgramArbitrary extends Arbitrary<Program> {
  readonly #options: ProgramsOptions;

  constructor(options: ProgramsOptions) {
    super();
    this.#options = options;
  }

  override generate(random: Random): Value<Program> {
    return new Value(generate(new Dice(random), this.#options), undefined);
  }

  override canShrinkWithoutContext(value: unknown): value is Program {
    return isProgram(value);
  }

  override shrink(program: Program): Stream<Value<Program>> {
    const { host, choices } = this.#options;
    const stage = { host, choices, place: imaginedPlace(host) };
    return new Stream(reductions(program, stage)).map((smaller) => new Value(smaller, undefined));
  }
}

/** Anything that prints as a program does and is read back. */
function isProgram(value: unknown): value is Program {
  try {
    const text = formatProgram(value as Program);
    return formatProgram(parseProgram(text)) === text;
  } catch {
    return false;
  }
}

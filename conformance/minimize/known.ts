/** Programs already run, as a tree of their steps: a program that is the beginning of one that went well so far went well too. */
import { formatStep } from '../../spec/language/printer.ts';
import { FIRST_PROCESS, type Program } from '../../spec/language/program.ts';
import { mapStep, resultOf } from './walk.ts';

interface Node {
  readonly next: Map<string, Node>;
  /** The program that ends here does not show it. */
  known: boolean;
}

const node = (): Node => ({ next: new Map(), known: false });

/**
 * A program's steps as text in which every result is named by its place, so that names do not count and the beginning of a program has the
 * beginning of its text.
 */
export function linesOf(program: Program): readonly string[] {
  const names = new Map<string, string>([[FIRST_PROCESS, FIRST_PROCESS]]);
  return program.steps.map((step, i) => {
    const renamed = mapStep(
      step,
      (value) => {
        const name = resultOf(value.base);
        const place = name === undefined ? undefined : names.get(name);
        return place === undefined ? value : { base: place + value.base.slice(name!.length), offset: value.offset };
      },
      names.get(step.process),
    );
    if (step.result !== undefined) names.set(step.result, `r${i}`);
    const { result: _name, expect: _expect, ...rest } = renamed;
    return formatStep(rest);
  });
}

/** Programs of which it is known that they do not show what is looked for. */
export class KnownPrograms {
  readonly #root = node();

  /**
   * Notes that the first `count` steps do not show it.
   * @param prefixes  nor does any beginning of them, as is so of what shows at a step
   */
  add(lines: readonly string[], count: number, prefixes: boolean): void {
    let at = this.#root;
    for (let i = 0; i < count; i++) {
      const line = lines[i]!;
      const next = at.next.get(line) ?? node();
      at.next.set(line, next);
      at = next;
      if (prefixes) at.known = true;
    }
    at.known = true;
  }

  has(lines: readonly string[]): boolean {
    let at: Node | undefined = this.#root;
    for (const line of lines) {
      at = at.next.get(line);
      if (at === undefined) return false;
    }
    return at.known;
  }
}

/** The names that the steps read so far have defined. */
import { BASES, type CallKind, RESULTS, type ResultType } from './call.ts';
import { RESERVED_WORDS } from './notation.ts';
import { FIRST_PROCESS } from './program.ts';
import type { Scanner } from './scanner.ts';

const NAME = /^[a-z][a-z0-9_]*$/;
const RESERVED = new Set<string>([...BASES, ...RESERVED_WORDS, FIRST_PROCESS]);

export class Scope {
  private readonly results = new Map<string, ResultType>();

  /** What a name stands for, undefined where no earlier step defines it. */
  typeOf(name: string): ResultType | undefined {
    return this.results.get(name);
  }

  isProcess(name: string): boolean {
    return name === FIRST_PROCESS || this.results.get(name) === 'process';
  }

  /** Fails, at a given index, unless a call of this kind can give a result of this name. */
  check(scanner: Scanner, name: string, kind: CallKind, index: number): void {
    if (!NAME.test(name)) scanner.fail('a name of lower-case letters, digits and underscores', index);
    if (RESERVED.has(name)) scanner.fail('a name that is not reserved', index);
    if (this.results.has(name)) scanner.fail('a name that is not in use yet', index);
    if (RESULTS[kind] === 'none' || RESULTS[kind] === 'data') scanner.fail(`no name: ${kind} gives nothing that can be named`, index);
  }

  define(name: string, kind: CallKind): void {
    this.results.set(name, RESULTS[kind]);
  }
}

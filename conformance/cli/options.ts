/** Options that several commands take, and how their values are read. */
import { InvalidArgumentError, Option } from 'commander';
import { CALL_KINDS, type CallKind } from '../../spec/language/index.ts';

/** What the options of a command that runs programs come to. */
export interface RunOptions {
  readonly target: readonly string[];
  readonly dialect: 'linux';
  readonly programs?: number;
  readonly time?: number;
  readonly seed: number;
  readonly steps: readonly [min: number, max: number];
  readonly calls: readonly CallKind[];
  readonly workers: number;
  readonly report: string;
  readonly json?: string;
  readonly quiet?: boolean;
}

export function readCount(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(count) || count < 1)
    throw new InvalidArgumentError('expected a whole number, 1 or more.');
  return count;
}

export function readSeed(text: string): number {
  const seed = Number(text);
  if (!/^-?\d+$/.test(text) || seed !== (seed | 0))
    throw new InvalidArgumentError('expected a whole number from -2147483648 to 2147483647.');
  return seed;
}

const UNITS = { ms: 0.001, s: 1, m: 60, h: 3600 } as const;

/** `60s`, `500ms`, `2m`, `1h`, or a plain number of seconds. @returns seconds */
export function readDuration(text: string): number {
  const found = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text);
  const seconds = found === null ? 0 : Number(found[1]) * UNITS[(found[2] ?? 's') as keyof typeof UNITS];
  if (seconds <= 0) throw new InvalidArgumentError('expected a time such as 60s, 500ms, 2m or 1h.');
  return seconds;
}

export function readCalls(text: string): readonly CallKind[] {
  const names = text.split(',').map((name) => name.trim());
  for (const name of names) {
    if (!CALL_KINDS.includes(name as CallKind))
      throw new InvalidArgumentError(`there is no call '${name}'. The calls: ${CALL_KINDS.join(', ')}.`);
  }
  return names as CallKind[];
}

const STEPS_LIMIT = 2000;

/** `20` or `8..36`. */
export function readSteps(text: string): readonly [number, number] {
  const found = /^(\d+)(?:\.\.(\d+))?$/.exec(text);
  const min = Number(found?.[1] ?? 0);
  const max = Number(found?.[2] ?? min);
  if (min < 1 || max < min || max > STEPS_LIMIT)
    throw new InvalidArgumentError(`expected a number of steps or a range such as 8..36, at most ${STEPS_LIMIT}.`);
  return [min, max];
}

const DIALECT_NAMES = ['linux'] as const;

export const targetOption = (): Option =>
  new Option('-t, --target <name>', 'what to judge: linux (this machine), or exec:COMMAND that runs the agent; repeatable')
    .argParser((name: string, previous: readonly string[] | undefined) => [...(previous ?? []), name])
    .default(undefined, 'linux');
export const dialectOption = (): Option =>
  new Option('-d, --dialect <name>', 'the law to hold it to').choices(DIALECT_NAMES).default('linux');

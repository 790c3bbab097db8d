/** Programs as text, in the one canonical form that the parser gives back unchanged. */
import { CALLS, type Call, type CallKind, type Field, type Iovec, RESULTS, type Value } from './call.ts';
import { PAGE_SIZE } from './constants.ts';
import { NOTATION, type Notation, type ValueStyle } from './notation.ts';
import type { Outcome } from './outcome.ts';
import { type Expectation, FIRST_PROCESS, type Program, type Step } from './program.ts';

/** Below this a count reads better in decimal; also how near a page boundary has to be to be written as an excess over it. */
const SMALL = 16;
/** Expectations are aligned in one column, no further right than this. */
const ARROW_COLUMN_MAX = 48;

/** @param n  not negative */
function formatCount(n: number): string {
  return n < SMALL ? String(n) : `0x${n.toString(16)}`;
}

/** Bytes as pages and a rest: `3`, `0x20`, `2p`, `2p+1`, `2p-1`. @param n  not negative */
function formatBytes(n: number): string {
  const rest = n % PAGE_SIZE;
  const pages = (n - rest) / PAGE_SIZE;
  if (rest > PAGE_SIZE - SMALL) return `${pages + 1}p-${PAGE_SIZE - rest}`;
  if (pages === 0) return formatCount(rest);
  return rest === 0 ? `${pages}p` : `${pages}p+${formatCount(rest)}`;
}

/** The same with a sign: −4097 is `-1p-1`, its parts with the signs turned. */
function formatOffset(n: number): string {
  if (n >= 0) return formatBytes(n);
  return `-${formatBytes(-n).replace(/[+-]/, (sign) => (sign === '+' ? '-' : '+'))}`;
}

function formatData(n: number): string {
  if (n === 0) return '0';
  return n < 0 ? `-0x${(-n).toString(16)}` : `0x${n.toString(16)}`;
}

/**
 * A number of a program: `arena-2p+0x10`, `4p`, `-1`. The style is that of its field and concerns plain numbers alone;
 * an offset from a base is always in pages and bytes.
 */
export function formatValue(value: Value, style: ValueStyle = 'pages'): string {
  const { base, offset } = value;
  if (base !== 'abs') {
    if (offset === 0) return base;
    return offset > 0 ? `${base}+${formatOffset(offset)}` : base + formatOffset(offset);
  }
  switch (style) {
    case 'pages':
      return formatOffset(offset);
    case 'decimal':
      return String(offset);
    case 'data':
      return formatData(offset);
    case 'limit':
      return offset === -1 ? 'inf' : formatOffset(offset);
  }
}

function formatFlags(value: number, notation: Extract<Notation, { kind: 'flags' }>): string {
  if (value < 0) return String(value);
  const { names, selector, letters = '' } = notation;
  // Bit operators see the low 32 bits; the bits above have no names.
  let rest = value >>> 0;
  const above = value - rest;
  const parts: string[] = [];
  if (selector !== undefined) {
    const selected = rest & selector.mask;
    if (selected !== 0 || selector.zeroNamed) parts.push(nameOf(selector.names, selected) ?? `${selector.key}=${selected}`);
    rest &= ~selector.mask;
  }
  let together = '';
  for (const name in names) {
    const bit = names[name]!;
    if ((rest & bit) === 0) continue;
    rest &= ~bit;
    if (letters.includes(name)) together += name;
    else parts.push(name);
  }
  if (together !== '') parts.unshift(together);
  const unnamed = above + (rest >>> 0);
  if (unnamed !== 0) parts.push(`0x${unnamed.toString(16)}`);
  if (parts.length > 0) return parts.join('|');
  return letters === '' ? '0' : 'none';
}

function nameOf(names: Readonly<Record<string, number>>, value: number): string | undefined {
  for (const name in names) if (names[name] === value) return name;
  return undefined;
}

function formatIov(iov: readonly Iovec[]): string {
  return `[${iov.map(({ addr, length }) => `${formatValue(addr)}:${formatValue(length)}`).join(', ')}]`;
}

function formatField(field: Field, argument: unknown): string {
  const notation = NOTATION[field.type];
  // The table of calls gives each type of field its type of argument; the compiler cannot follow it through an index.
  switch (notation.kind) {
    case 'value':
      return formatValue(argument as Value, notation.style);
    case 'flags':
      return formatFlags(argument as number, notation);
    case 'enum':
      return nameOf(notation.names, argument as number) ?? String(argument);
    case 'int':
      return String(argument);
    case 'file':
      return `f${argument}`;
    case 'iov':
      return formatIov(argument as readonly Iovec[]);
  }
}

function isDefault(field: Field, argument: unknown): boolean {
  const standard = field.default;
  if (standard === undefined || typeof standard === 'number') return argument === standard && standard !== undefined;
  const value = argument as Value;
  return value.base === standard.base && value.offset === standard.offset;
}

/** A call with its arguments; trailing arguments that have their default value are left out. */
export function formatCall(call: Call): string {
  const fields: readonly Field[] = CALLS[call.kind];
  const args = call as unknown as Readonly<Record<string, unknown>>;
  let count = fields.length;
  while (count > 0 && isDefault(fields[count - 1]!, args[fields[count - 1]!.name])) count--;
  let text = `${call.kind}(`;
  for (let i = 0; i < count; i++) {
    if (i > 0) text += ', ';
    text += formatField(fields[i]!, args[fields[i]!.name]);
  }
  return `${text})`;
}

/**
 * One expectation: `0`, `a+1p`, `EINVAL`, `SIGSEGV/MAPERR at a+1p`, `bytes 01 00`, `blocked`.
 * @param kind  the call that it speaks of: what load gave is printed as data, in hex
 */
export function formatExpectation(expectation: Expectation, kind?: CallKind): string {
  switch (expectation.kind) {
    case 'ok':
      return 'ok';
    case 'number':
      return formatValue(expectation, kind === 'load' ? 'data' : 'pages');
    case 'errno':
      return expectation.errno;
    case 'fault':
      return `${expectation.signal}/${expectation.code} at ${formatValue(expectation)}`;
    case 'bytes':
      return ['bytes', ...expectation.bytes.map((byte) => byte.toString(16).padStart(2, '0'))].join(' ');
    case 'stop':
      return expectation.how;
  }
}

/** The step up to the arrow: process, name of the result, call. */
function formatAction(step: Step): string {
  const process = step.process === FIRST_PROCESS ? '' : `${step.process}: `;
  const result = step.result === undefined ? '' : `${step.result} = `;
  return process + result + formatCall(step.call);
}

function formatExpectations(step: Step): string {
  const expectations = step.expect ?? [];
  return expectations.map((expectation) => formatExpectation(expectation, step.call.kind)).join(' | ');
}

/** One step on one line, without a line end. */
export function formatStep(step: Step): string {
  const expected = formatExpectations(step);
  return expected === '' ? formatAction(step) : `${formatAction(step)} -> ${expected}`;
}

/** A whole program, one step a line, expectations in one column. Every line ends with a line feed; no steps and no dialect give ''. */
export function formatProgram(program: Program): string {
  const actions = program.steps.map(formatAction);
  let column = 0;
  for (const [i, action] of actions.entries()) {
    if (program.steps[i]!.expect !== undefined && action.length <= ARROW_COLUMN_MAX) column = Math.max(column, action.length);
  }
  let text = program.dialect === undefined ? '' : `# dialect: ${program.dialect}\n`;
  for (const [i, action] of actions.entries()) {
    const expected = formatExpectations(program.steps[i]!);
    text += expected === '' ? `${action}\n` : `${action.padEnd(column)} -> ${expected}\n`;
  }
  return text;
}

/**
 * An address (or other number) of an outcome as a plain number of a program. Those too large for a safe integer are written from the base
 * `high` or as negative numbers, as exactly as the double tells: 2^64 stands for all that round to it.
 */
export function plainValue(number: number): Value {
  if (number > 2 ** 64 - 2 ** 53) return { base: 'abs', offset: Math.min(number - 2 ** 64, -1) };
  if (Math.abs(number - 2 ** 63) < 2 ** 53) return { base: 'high', offset: number - 2 ** 63 };
  return { base: 'abs', offset: number };
}

/** Bytes of memory as the number that they are in little-endian order, if it is a safe integer. */
function littleEndian(bytes: readonly number[]): number | undefined {
  const number = bytes.reduceRight((sum, byte) => sum * 256 + byte, 0);
  return Number.isSafeInteger(number) ? number : undefined;
}

/**
 * The expectation that an outcome fulfils.
 * @param symbolise  turns an address into a value of the program; without it addresses stay numbers
 * @param kind  the call, where known: names of things that a kernel is free to number (processes, pipes, segments) then give `ok`,
 *   counts are not taken for addresses, and what load gave becomes a number where that is safe
 */
export function expectationOf(
  outcome: Exclude<Outcome, { kind: 'lost' }>,
  symbolise: (address: number) => Value = plainValue,
  kind?: CallKind,
): Expectation {
  switch (outcome.kind) {
    case 'value': {
      const result = kind === undefined ? 'address' : RESULTS[kind];
      if (result === 'process' || result === 'pipe' || result === 'shm') return { kind: 'ok' };
      return { kind: 'number', ...(result === 'address' ? symbolise(outcome.value) : plainValue(outcome.value)) };
    }
    case 'bytes': {
      const number = kind === 'load' && outcome.bytes.length > 0 ? littleEndian(outcome.bytes) : undefined;
      return number === undefined ? outcome : { kind: 'number', base: 'abs', offset: number };
    }
    case 'fault':
      return { kind: 'fault', signal: outcome.signal, code: outcome.code, ...symbolise(outcome.address) };
    case 'errno':
    case 'stop':
      return outcome;
  }
}

/** An outcome as the expectation that it fulfils, or `lost: why`. Parameters as for expectationOf. */
export function formatOutcome(outcome: Outcome, symbolise?: (address: number) => Value, kind?: CallKind): string {
  if (outcome.kind === 'lost') return `lost: ${outcome.why}`;
  return formatExpectation(expectationOf(outcome, symbolise, kind), kind);
}

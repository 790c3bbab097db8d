/** Reads the arguments of calls. */
import type { Field, Iovec, Value } from './call.ts';
import { NOTATION, type Notation } from './notation.ts';
import type { Scanner } from './scanner.ts';
import type { Scope } from './scope.ts';

export type ValueNotation = Extract<Notation, { kind: 'value' }>;

/** Bases that any value may have; the others belong to one type of field. */
const COMMON_BASES = new Set(['arena', 'heap', 'top', 'high', 'buf']);
const LIMIT_BASES = new Set(['vm', 'vmdata']);

/** The argument that stands next, of the type that its field says: a Value, a number or a list of Iovec. */
export function readArgument(scanner: Scanner, scope: Scope, field: Field): Value | number | readonly Iovec[] {
  const notation = NOTATION[field.type];
  switch (notation.kind) {
    case 'value':
      return readValue(scanner, scope, notation);
    case 'flags':
      return readFlags(scanner, notation);
    case 'enum':
      return readEnum(scanner, notation);
    case 'int':
      return scanner.atNumber() ? scanner.sum(notation.what) : scanner.fail(notation.what);
    case 'file':
      return readFile(scanner, notation.what);
    case 'iov':
      return readIov(scanner, scope, notation.what);
  }
}

/** A number, or a base with an offset. */
export function readValue(scanner: Scanner, scope: Scope, notation: ValueNotation): Value {
  if (scanner.atNumber()) return { base: 'abs', offset: scanner.sum(notation.what) };
  scanner.skipBlank();
  const start = scanner.index;
  const word = scanner.word();
  if (word === '') scanner.fail(notation.what);
  if (word === 'inf' && notation.style === 'limit') return { base: 'abs', offset: -1 };
  const base = readBase(scanner, scope, notation, word, start);
  if (!scanner.atSign()) return { base, offset: 0 };
  if (base === 'code') scanner.fail('nothing added to `code`');
  return { base, offset: scanner.sum(notation.what, true) };
}

function readBase(scanner: Scanner, scope: Scope, { style, what }: ValueNotation, word: string, start: number): string {
  if (COMMON_BASES.has(word)) return word;
  if (word === 'code') return style === 'data' ? word : scanner.fail(`${what} (code can only be stored)`, start);
  if (LIMIT_BASES.has(word)) return style === 'limit' ? word : scanner.fail(`${what} (${word} is for limits alone)`, start);
  const type = scope.typeOf(word);
  if (type === undefined) scanner.fail(`${what}: a number, a base or the name of an earlier result`, start);
  const end = scanner.take('.') ? scanner.word() : '';
  if (type === 'pipe' && end !== 'r' && end !== 'w') scanner.fail(`an end of the pipe, \`${word}.r\` or \`${word}.w\``, start);
  if (type !== 'pipe' && end !== '') scanner.fail(`a name without an end: ${word} is not a pipe`, start);
  return end === '' ? word : `${word}.${end}`;
}

const HIGH_HALF = 2 ** 32;

/** Bitwise or of two safe integers that are not negative, which the operator gives for 32 bits only. */
function union(a: number, b: number): number {
  const low = ((a >>> 0) | (b >>> 0)) >>> 0;
  const high = (Math.floor(a / HIGH_HALF) | Math.floor(b / HIGH_HALF)) >>> 0;
  return high * HIGH_HALF + low;
}

function readFlags(scanner: Scanner, notation: Extract<Notation, { kind: 'flags' }>): number {
  let flags = 0;
  let selected = false;
  for (let first = true; ; first = false) {
    scanner.skipBlank();
    const start = scanner.index;
    const item = readFlag(scanner, notation);
    if (item.flags < 0) {
      if (!first || scanner.take('|')) scanner.fail('no negative number among flags', start);
      return item.flags;
    }
    if (item.selects && selected) scanner.fail(`one ${notation.selector?.key}`, start);
    selected ||= item.selects;
    flags = union(flags, item.flags);
    if (!scanner.take('|')) return flags;
  }
}

interface Flag {
  readonly flags: number;
  /** Whether it gave the selector its value. */
  readonly selects: boolean;
}

function readFlag(scanner: Scanner, { what, names, selector, letters = '' }: Extract<Notation, { kind: 'flags' }>): Flag {
  // Names go first: `32bit` starts like a number.
  const bits = scanner.nameOf(names);
  if (bits !== undefined) return { flags: bits, selects: false };
  if (scanner.atNumber()) return { flags: scanner.sum(what), selects: false };
  const value = selector && scanner.nameOf(selector.names);
  if (value !== undefined) return { flags: value, selects: true };
  const start = scanner.index;
  const word = scanner.word();
  if (selector !== undefined && word === selector.key && scanner.take('=')) {
    return { flags: readSelected(scanner, selector.key, selector.mask), selects: true };
  }
  if (letters !== '' && word === 'none') return { flags: 0, selects: false };
  if (word !== '' && new Set(word).size === word.length && [...word].every((letter) => letters.includes(letter))) {
    return { flags: [...word].reduce((sum, letter) => sum + names[letter]!, 0), selects: false };
  }
  return scanner.fail(what, start);
}

function readSelected(scanner: Scanner, key: string, mask: number): number {
  scanner.skipBlank();
  const start = scanner.index;
  const what = `a ${key} from 0 to ${mask}`;
  const value = scanner.atNumber() ? scanner.sum(what) : scanner.fail(what);
  return value >= 0 && value <= mask ? value : scanner.fail(what, start);
}

function readEnum(scanner: Scanner, { what, names }: Extract<Notation, { kind: 'enum' }>): number {
  if (scanner.atNumber()) return scanner.sum(what);
  return scanner.nameOf(names) ?? scanner.fail(`${what} or a number`);
}

function readFile(scanner: Scanner, what: string): number {
  scanner.skipBlank();
  const start = scanner.index;
  const digits = /^f(0|[1-9]\d{0,8})$/.exec(scanner.word())?.[1];
  return digits === undefined ? scanner.fail(what, start) : Number(digits);
}

function readIov(scanner: Scanner, scope: Scope, what: string): readonly Iovec[] {
  if (!scanner.take('[')) scanner.fail(`\`[\` and ${what}`);
  const iov: Iovec[] = [];
  if (scanner.take(']')) return iov;
  do {
    const addr = readValue(scanner, scope, ADDRESS);
    if (!scanner.take(':')) scanner.fail('`:` and the length');
    iov.push({ addr, length: readValue(scanner, scope, LENGTH) });
  } while (scanner.take(','));
  if (!scanner.take(']')) scanner.fail('`,` or `]`');
  return iov;
}

const ADDRESS: ValueNotation = { kind: 'value', style: 'pages', what: 'an address' };
const LENGTH: ValueNotation = { kind: 'value', style: 'pages', what: 'a length' };

/** The characters of a program: a position in a text, what can be read there, and errors that say where. */
import { PAGE_SIZE } from './constants.ts';
import { describeFound, ProgramSyntaxError } from './syntax-error.ts';

const LINE_FEED = 10;
const RETURN = 13;
const HASH = 35;
const MINUS = 45;
const PLUS = 43;

const isDigit = (c: number): boolean => c >= 48 && c <= 57;
const isLower = (c: number): boolean => c >= 97 && c <= 122;
const isUpper = (c: number): boolean => c >= 65 && c <= 90;
/** A character that continues a word or a number: letter, digit or underscore. */
const isWord = (c: number): boolean => isLower(c) || isDigit(c) || c === 95 || isUpper(c);

/** The value of a hexadecimal digit, or −1. */
function hexDigit(c: number): number {
  if (isDigit(c)) return c - 48;
  if (c >= 97 && c <= 102) return c - 87;
  if (c >= 65 && c <= 70) return c - 55;
  return -1;
}

export class Scanner {
  readonly text: string;
  readonly file: string | undefined;
  /** Index of the next character, in UTF-16 units. */
  index = 0;

  constructor(text: string, file?: string) {
    this.text = text;
    this.file = file;
  }

  get atEnd(): boolean {
    return this.index >= this.text.length;
  }

  /** The code of the next character, NaN at the end. */
  peek(): number {
    return this.text.charCodeAt(this.index);
  }

  /** Spaces and tabs, and the carriage return of a CRLF. */
  skipBlank(): void {
    const { text } = this;
    for (;;) {
      const c = text.charCodeAt(this.index);
      if (c === 32 || c === 9 || (c === RETURN && text.charCodeAt(this.index + 1) === LINE_FEED)) this.index++;
      else return;
    }
  }

  /** The comment at this position without its line end, or undefined. */
  comment(): string | undefined {
    if (this.peek() !== HASH) return undefined;
    const end = this.text.indexOf('\n', this.index);
    const comment = this.text.slice(this.index, end < 0 ? undefined : end);
    this.index += comment.length;
    return comment;
  }

  lineEnd(): boolean {
    if (this.peek() !== LINE_FEED) return false;
    this.index++;
    return true;
  }

  /** Takes one ASCII character, after blanks. */
  take(character: string): boolean {
    this.skipBlank();
    if (this.peek() !== character.charCodeAt(0)) return false;
    this.index++;
    return true;
  }

  /** Takes `->`, after blanks. */
  takeArrow(): boolean {
    this.skipBlank();
    if (!this.text.startsWith('->', this.index)) return false;
    this.index += 2;
    return true;
  }

  /** Takes a letter and all letters, digits and underscores after it, after blanks; '' where there is no letter. */
  word(): string {
    this.skipBlank();
    const start = this.index;
    const first = this.peek();
    if (!isLower(first) && !isUpper(first)) return '';
    let i = start + 1;
    while (isWord(this.text.charCodeAt(i))) i++;
    this.index = i;
    return this.text.slice(start, i);
  }

  /** Takes a name of a table, which may start with a digit; undefined where none stands here, after blanks. */
  nameOf<T>(names: Readonly<Record<string, T>>): T | undefined {
    this.skipBlank();
    let i = this.index;
    while (isWord(this.text.charCodeAt(i))) i++;
    const name = this.text.slice(this.index, i);
    if (!Object.hasOwn(names, name)) return undefined;
    this.index = i;
    return names[name];
  }

  /** A byte as two hexadecimal digits with nothing of a word after them, after blanks; undefined otherwise. */
  hexByte(): number | undefined {
    this.skipBlank();
    const high = hexDigit(this.peek());
    const low = hexDigit(this.text.charCodeAt(this.index + 1));
    if (high < 0 || low < 0 || isWord(this.text.charCodeAt(this.index + 2))) return undefined;
    this.index += 2;
    return high * 16 + low;
  }

  /** Whether a number starts here, after blanks: a digit or a sign. */
  atNumber(): boolean {
    this.skipBlank();
    const c = this.peek();
    return isDigit(c) || c === PLUS || (c === MINUS && this.text.charCodeAt(this.index + 1) !== 62);
  }

  /**
   * A sum of numbers: `4p`, `-1`, `2p+0x10`. Every partial sum stays within 2^53, so that the arithmetic is exact.
   * @param what  completes "expected …" @param signed  whether it must start with a sign, as after a base
   */
  sum(what: string, signed = false): number {
    this.skipBlank();
    const start = this.index;
    let total = 0;
    for (let first = true; ; first = false) {
      if (!first && !this.atSign()) break;
      const sign = this.sign(first && !signed, what);
      total += sign * this.literal(what);
      if (Math.abs(total) > 2 ** 53) this.fail('a number of at most 2^53 − 1', start);
    }
    if (!Number.isSafeInteger(total)) this.fail('a number of at most 2^53 − 1', start);
    // A sum such as 1-1 is zero, never minus zero.
    return total + 0;
  }

  atSign(): boolean {
    return this.atNumber() && !isDigit(this.peek());
  }

  private sign(optional: boolean, what: string): 1 | -1 {
    const c = this.peek();
    if (c === PLUS || c === MINUS) {
      this.index++;
      return c === PLUS ? 1 : -1;
    }
    return optional ? 1 : this.fail(what);
  }

  /** A decimal or hexadecimal number, in pages where `p` follows. At most 2^53. */
  private literal(what: string): number {
    this.skipBlank();
    const start = this.index;
    let i = start;
    let number = 0;
    if (this.text.charCodeAt(i) === 48 && this.text.charCodeAt(i + 1) === 120) {
      i += 2;
      for (let d = hexDigit(this.text.charCodeAt(i)); d >= 0 && number < 2 ** 54; d = hexDigit(this.text.charCodeAt(++i)))
        number = number * 16 + d;
      if (i === start + 2) this.fail('hexadecimal digits', i);
    } else {
      for (let c = this.text.charCodeAt(i); isDigit(c) && number < 2 ** 54; c = this.text.charCodeAt(++i)) number = number * 10 + (c - 48);
      if (i === start) this.fail(what);
    }
    if (!Number.isSafeInteger(number)) this.fail('a number of at most 2^53 − 1', start);
    if (this.text.charCodeAt(i) === 112) {
      number *= PAGE_SIZE;
      i++;
    }
    if (number > 2 ** 53) this.fail('a number of at most 2^53 − 1', start);
    if (isWord(this.text.charCodeAt(i))) this.fail('a number to end, or p for pages', i);
    this.index = i;
    return number;
  }

  /** @param index  where the error is; the next character that is not blank by default */
  fail(expected: string, index?: number): never {
    if (index === undefined) this.skipBlank();
    const where = index ?? this.index;
    throw new ProgramSyntaxError(this.text, where, describeFound(this.text, where), expected, this.file);
  }
}

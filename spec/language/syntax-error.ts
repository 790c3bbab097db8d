/** The one error that reading a program throws, and the excerpt that it shows. */

/** Columns of the source line shown on either side of the error. */
const EXCERPT_REACH = 60;

/** Text from outside made safe for a terminal: each control character becomes one visible character, so that columns stay true. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (c) => (c === '\t' ? ' ' : '\u00b7'));
}

/** A program, or a part of one, that does not follow the notation. Lines and columns count from 1, columns in UTF-16 units. */
export class ProgramSyntaxError extends Error {
  override readonly name = 'ProgramSyntaxError';
  readonly file: string | undefined;
  readonly line: number;
  readonly column: number;
  readonly found: string;
  readonly expected: string;

  /** @param text  the whole source @param index  where in it the error is, in UTF-16 units */
  constructor(text: string, index: number, found: string, expected: string, file?: string) {
    const lineStart = text.lastIndexOf('\n', index - 1) + 1;
    const lineEnd = text.indexOf('\n', index);
    const line = text.slice(0, lineStart).split('\n').length;
    const from = Math.max(lineStart, index - EXCERPT_REACH);
    const to = Math.min(lineEnd < 0 ? text.length : lineEnd, index + EXCERPT_REACH);
    const excerpt = `${printable(text.slice(from, to).trimEnd())}\n${' '.repeat(index - from)}^`;
    const column = index - lineStart + 1;
    super(`${file === undefined ? '' : `${file}:`}${line}:${column}: expected ${expected}, found ${found}\n${excerpt}`);
    this.file = file;
    this.line = line;
    this.column = column;
    this.found = found;
    this.expected = expected;
  }
}

/** What stands at an index of a text, in words for an error message. */
export function describeFound(text: string, index: number): string {
  if (index >= text.length) return 'the end of the text';
  const rest = text.slice(index, index + 40);
  if (/^\r?\n/.test(rest)) return 'the end of the line';
  const token = /^(\w+|->)/.exec(rest)?.[0] ?? String.fromCodePoint(rest.codePointAt(0)!);
  const control = /^[\p{Cc}\p{Cf}\p{Cs}\p{Z}]$/u.test(token);
  return control ? `the character U+${token.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}` : `\`${token}\``;
}

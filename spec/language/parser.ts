/** Programs from text. Reads all that the printer writes, and more loosely: blanks, comments, any order of flags, sums of numbers. */
import { readArgument } from './argument.ts';
import { CALLS, type Call, type CallKind, type Field } from './call.ts';
import { readExpectations } from './expectation.ts';
import { NOTATION } from './notation.ts';
import { FIRST_PROCESS, type Program, type Step } from './program.ts';
import { Scanner } from './scanner.ts';
import { Scope } from './scope.ts';

const FIELDS = new Map<string, readonly Field[]>(Object.entries(CALLS));
const BYTE_ORDER_MARK = 0xfeff;
/** Bytes that the base `code` stores. */
const CODE_BYTES = 8;

/**
 * Reads a program and checks that it makes sense by itself: every name is defined once, by an earlier step, and used as what it is.
 * @param options.file  a name for error messages
 * @throws ProgramSyntaxError, and nothing else
 */
export function parseProgram(text: string, options: { readonly file?: string } = {}): Program {
  const scanner = new Scanner(text, options.file);
  const scope = new Scope();
  const steps: Step[] = [];
  let dialect: string | undefined;
  if (scanner.peek() === BYTE_ORDER_MARK) scanner.index++;
  while (!scanner.atEnd) {
    scanner.skipBlank();
    const start = scanner.index;
    const comment = scanner.comment();
    if (comment !== undefined) {
      const header = /^#\s*dialect\s*:\s*/.exec(comment)?.[0];
      if (header === undefined) continue;
      if (steps.length > 0) scanner.fail('the dialect before the first step', start);
      if (dialect !== undefined) scanner.fail('one dialect', start);
      dialect = comment.slice(header.length).trimEnd();
      if (!/^[a-z][a-z0-9-]*$/.test(dialect)) scanner.fail('the name of a dialect', start + header.trimEnd().length);
    } else if (!scanner.lineEnd() && !scanner.atEnd) {
      steps.push(readStep(scanner, scope));
      endLine(scanner, steps.at(-1)!);
    }
  }
  return { ...(dialect === undefined ? {} : { dialect }), steps };
}

/** A step, and nothing after it on its line but a comment. */
function endLine(scanner: Scanner, step: Step): void {
  scanner.skipBlank();
  scanner.comment();
  if (scanner.lineEnd() || scanner.atEnd) return;
  if (step.expect === undefined) scanner.fail('`->` and an expectation, or the end of the line');
  scanner.fail(
    step.expect.at(-1)?.kind === 'bytes' ? 'a byte as two hexadecimal digits, `|` or the end of the line' : '`|` or the end of the line',
  );
}

function readStep(scanner: Scanner, scope: Scope): Step {
  let process = FIRST_PROCESS;
  let [word, start] = nextWord(scanner);
  if (scanner.take(':')) {
    if (!scope.isProcess(word)) scanner.fail('a process: p0 or the result of an earlier fork', start);
    process = word;
    [word, start] = nextWord(scanner);
  }
  let result: { readonly name: string; readonly start: number } | undefined;
  if (scanner.take('=')) {
    result = { name: word, start };
    [word, start] = nextWord(scanner);
  }
  const fields = FIELDS.get(word);
  if (fields === undefined) scanner.fail('a call', start);
  const kind = word as CallKind;
  if (result !== undefined) scope.check(scanner, result.name, kind, result.start);
  const call = readCall(scanner, scope, kind, fields);
  if (result !== undefined) scope.define(result.name, kind);
  const expect = scanner.takeArrow() ? readExpectations(scanner, scope) : undefined;
  return { process, ...(result === undefined ? {} : { result: result.name }), call, ...(expect === undefined ? {} : { expect }) };
}

function nextWord(scanner: Scanner): [word: string, start: number] {
  scanner.skipBlank();
  const start = scanner.index;
  return [scanner.word(), start];
}

/** The arguments in their parentheses; those left out take their defaults. */
function readCall(scanner: Scanner, scope: Scope, kind: CallKind, fields: readonly Field[]): Call {
  if (!scanner.take('(')) scanner.fail('`(` and the arguments');
  const args: Record<string, unknown> = { kind };
  let valueStart = scanner.index;
  let closed = scanner.take(')');
  for (const [i, field] of fields.entries()) {
    if (closed) {
      if (field.default === undefined) scanner.fail(missing(i, field), scanner.index - 1);
      args[field.name] = field.default;
      continue;
    }
    if (field.type === 'data') valueStart = skipTo(scanner);
    args[field.name] = readArgument(scanner, scope, field);
    closed = scanner.take(')');
    const next = fields[i + 1];
    if (closed || next === undefined || scanner.take(',')) continue;
    scanner.fail(next.default === undefined ? missing(i + 1, next) : '`,` or `)`');
  }
  if (!closed)
    scanner.fail(
      fields.length === 1 ? `\`)\`, since ${kind} takes one argument` : `\`)\`, since ${kind} takes ${fields.length || 'no'} arguments`,
    );
  // Every field of this kind is there now, with the type of argument that the table of calls gives it.
  const call = args as unknown as Call;
  if (call.kind === 'store' && call.value.base === 'code' && call.size !== CODE_BYTES)
    scanner.fail(`a size of ${CODE_BYTES} with code`, valueStart);
  return call;
}

const missing = (i: number, field: Field): string => `${i === 0 ? '' : '`,` and '}${field.name}, ${NOTATION[field.type].what}`;

/** Index of the next character that is not blank. */
function skipTo(scanner: Scanner): number {
  scanner.skipBlank();
  return scanner.index;
}

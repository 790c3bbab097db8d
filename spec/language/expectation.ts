/** Reads what a step expects, after its arrow. */
import { readValue, type ValueNotation } from './argument.ts';
import { ERRNO, type Errno, SIGNAL, SIGNAL_CODES } from './constants.ts';
import { STOPS } from './notation.ts';
import type { Expectation } from './program.ts';
import type { Scanner } from './scanner.ts';
import type { Scope } from './scope.ts';

/** MAX_ERRNO of Linux, include/linux/err.h. */
const ERRNO_MAX = 4095;

const EXPECTED = 'an expectation: ok, a value, an errno, SIGNAL/CODE at ADDRESS, bytes or a stop';
const NUMBER: ValueNotation = { kind: 'value', style: 'pages', what: EXPECTED };
const FAULT_ADDRESS: ValueNotation = { kind: 'value', style: 'pages', what: "the fault's address" };

/** One or more expectations, separated by `|`. */
export function readExpectations(scanner: Scanner, scope: Scope): readonly Expectation[] {
  const expectations: Expectation[] = [];
  do expectations.push(readExpectation(scanner, scope));
  while (scanner.take('|'));
  return expectations;
}

function readExpectation(scanner: Scanner, scope: Scope): Expectation {
  scanner.skipBlank();
  const start = scanner.index;
  const word = scanner.word();
  if (word === 'ok') return { kind: 'ok' };
  if (word === 'bytes') return readBytes(scanner);
  const how = STOPS.find((stop) => stop === word);
  if (how !== undefined) return { kind: 'stop', how };
  if (/^[A-Z]/.test(word)) return Object.hasOwn(SIGNAL, word) ? readFault(scanner, scope, word) : readErrno(scanner, word, start);
  scanner.index = start;
  return { kind: 'number', ...readValue(scanner, scope, NUMBER) };
}

function readBytes(scanner: Scanner): Expectation {
  const bytes: number[] = [];
  for (let byte = scanner.hexByte(); byte !== undefined; byte = scanner.hexByte()) bytes.push(byte);
  return { kind: 'bytes', bytes };
}

/** Names that the notation prints, by number: EOPNOTSUPP and not ENOTSUP. */
const ERRNO_NAMES = new Map<number, Errno>();
for (const [name, number] of Object.entries(ERRNO)) if (name !== 'ENOTSUP') ERRNO_NAMES.set(number, name as Errno);

function readErrno(scanner: Scanner, word: string, start: number): Expectation {
  const what = 'an errno or a signal';
  const number = Object.hasOwn(ERRNO, word) ? ERRNO[word as keyof typeof ERRNO] : Number(/^E([1-9]\d{0,3})$/.exec(word)?.[1]);
  if (!(number <= ERRNO_MAX)) return scanner.fail(what, start);
  return { kind: 'errno', errno: ERRNO_NAMES.get(number) ?? `E${number}` };
}

/** The rest of `SIGSEGV/MAPERR at a+1p`, after the signal. */
function readFault(scanner: Scanner, scope: Scope, signal: string): Expectation {
  if (!scanner.take('/')) scanner.fail(`\`/\` and the code of ${signal}`);
  const code = readCode(scanner, signal);
  scanner.skipBlank();
  const start = scanner.index;
  if (scanner.word() !== 'at') scanner.fail("`at` and the fault's address", start);
  return { kind: 'fault', signal, code, ...readValue(scanner, scope, FAULT_ADDRESS) };
}

function readCode(scanner: Scanner, signal: string): string {
  scanner.skipBlank();
  const start = scanner.index;
  const codes: Readonly<Record<string, number>> = Object.hasOwn(SIGNAL_CODES, signal)
    ? SIGNAL_CODES[signal as keyof typeof SIGNAL_CODES]
    : {};
  const what = `a code of ${signal}: ${[...Object.keys(codes), 'a number'].join(', ')}`;
  if (scanner.atNumber()) {
    const number = scanner.sum(what);
    return Object.keys(codes).find((name) => codes[name] === number) ?? String(number);
  }
  const word = scanner.word();
  return Object.hasOwn(codes, word) ? word : scanner.fail(what, start);
}

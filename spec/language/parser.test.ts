import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { abs, at, CALL_KINDS, CALLS } from './call.ts';
import { NOTATION } from './notation.ts';
import { parseProgram } from './parser.ts';
import { formatProgram } from './printer.ts';
import { wellFormedPrograms } from './program.testing.ts';
import type { Program } from './program.ts';
import { ProgramSyntaxError } from './syntax-error.ts';

function errorOf(text: string, file?: string): ProgramSyntaxError {
  try {
    parseProgram(text, file === undefined ? {} : { file });
  } catch (error) {
    if (error instanceof ProgramSyntaxError) return error;
    throw error;
  }
  throw new Error(`parsed without an error: ${text}`);
}

/** The program, or undefined where the text is refused; any other error passes. */
function tryParse(text: string): Program | undefined {
  try {
    return parseProgram(text);
  } catch (error) {
    if (error instanceof ProgramSyntaxError) return undefined;
    throw error;
  }
}

const DESIGN = `# dialect: linux
a = mmap(0, 4p, rw, private|anon)      -> ok
store(a+1p, 0x5a)                      -> ok
p1 = fork()                            -> ok
p1: store(a+1p, 0x77)                  -> ok
load(a+1p)                             -> 0x5a
munmap(a+1p, 1p)                       -> 0
load(a+1p)                             -> SIGSEGV/MAPERR at a+1p
mmap(arena+2p, 0, rw, private|anon|fixed) -> EINVAL
`;

describe('printing and parsing', () => {
  test('parsing what was printed gives the program back', () => {
    fc.assert(
      fc.property(wellFormedPrograms(), (program) => {
        expect(parseProgram(formatProgram(program))).toEqual(program);
      }),
      { numRuns: 1500 },
    );
  });

  test('the arbitrary programs have every call and every notation of argument and outcome', () => {
    const programs = fc.sample(wellFormedPrograms(), { numRuns: 600, seed: 1 });
    const steps = programs.flatMap((program) => program.steps);
    expect(new Set(steps.map((step) => step.call.kind))).toEqual(new Set(CALL_KINDS));
    const text = programs.map(formatProgram).join('');
    const bases = ['arena', 'heap', 'top', 'high', 'buf', 'code', 'vm', 'vmdata', 'inf'];
    const notations = [
      ...bases,
      'type=',
      'mode=',
      'none',
      'growsdown',
      '|0x',
      'wx',
      '[]',
      '.r+',
      '.w',
      'bytes',
      'blocked',
      'SIGBUS/ADRERR at',
      '/-',
      'E133',
      ' | ',
      '9007199254740991',
    ];
    for (const notation of notations) expect(text.includes(notation) || `${notation} is missing`).toBe(true);
  });

  test('what parses is printed in a form that does not change any more', () => {
    fc.assert(
      fc.property(mutated, (text) => {
        const program = tryParse(text);
        if (program === undefined) return;
        const canonical = formatProgram(program);
        expect(formatProgram(parseProgram(canonical))).toBe(canonical);
      }),
      { numRuns: 1000 },
    );
  });

  test('the example of the notation', () => {
    const program = parseProgram(DESIGN);
    expect(program.dialect).toBe('linux');
    expect(program.steps).toHaveLength(8);
    expect(program.steps[0]).toEqual({
      process: 'p0',
      result: 'a',
      call: { kind: 'mmap', addr: abs(0), length: abs(16384), prot: 3, flags: 0x22, fd: abs(-1), offset: abs(0) },
      expect: [{ kind: 'ok' }],
    });
    expect(program.steps[3]).toMatchObject({ process: 'p1', call: { kind: 'store', value: abs(0x77), size: 1 } });
    expect(program.steps[6]?.expect).toEqual([{ kind: 'fault', signal: 'SIGSEGV', code: 'MAPERR', base: 'a', offset: 4096 }]);
    expect(program.steps[7]?.call).toMatchObject({ addr: at('arena', 8192), flags: 0x32 });
  });
});

describe('what the parser takes beyond the canonical form', () => {
  const same: [string, string][] = [
    ['\uFEFF  a = mmap ( 0 , 1p , rw , private | anon )->ok|ENOMEM # why\r\n\r\n', 'a = mmap(0, 1p, rw, private|anon) -> ok | ENOMEM\n'],
    ['p0: fork()', 'fork()\n'],
    ['munmap(1p + 2p - 1, 0x10)', 'munmap(3p-1, 0x10)\n'],
    ['munmap(+1, 0xABp)', 'munmap(1, 171p)\n'],
    ['mmap(0, 1, xr, 0x22, -1, 0)', 'mmap(0, 1, rx, private|anon)\n'],
    ['mmap(0, 1, none|r|0x2, fixed|type=0|anon|0x2)', 'mmap(0, 1, rw, private|fixed|anon)\n'],
    ['mmap(0, 1, 1p|0x10000000000, 0x30000000000|shared)', 'mmap(0, 1, 0x10000001000, shared|0x30000000000)\n'],
    ['open(f0, creat)', 'open(f0, rdonly|creat)\n'],
    ['open(f0, 2|creat)', 'open(f0, rdwr|creat)\n'],
    ['madvise(0, 1, 0x8)', 'madvise(0, 1, free)\n'],
    ['munmap(0, 1) -> E22 | ENOTSUP | E134', 'munmap(0, 1) -> EINVAL | EOPNOTSUPP | E134\n'],
    ['load(0) -> SIGSEGV / 1 at 0 | bytes 0A fF | 255', 'load(0) -> SIGSEGV/MAPERR at 0 | bytes 0a ff | 0xff\n'],
    ['setrlimit(as, -1, inf)', 'setrlimit(as, inf, inf)\n'],
    ['# a comment\n#dialect:  linux  \n\tfork()', '# dialect: linux\nfork()\n'],
    ['readv(0, [ 0 : 1 , 0:2 ])', 'readv(0, [0:1, 0:2])\n'],
    ['a = brk(0) -> a', 'a = brk(0) -> a\n'],
    ['', ''],
  ];
  test.each(same)('%j', (text, canonical) => {
    expect(formatProgram(parseProgram(text))).toBe(canonical);
  });
});

describe('errors', () => {
  const bad: [text: string, line: number, column: number, expected: RegExp, found: string][] = [
    ['x', 1, 1, /^a call$/, '`x`'],
    ['mmapp(0, 1p, rw, private)', 1, 1, /^a call$/, '`mmapp`'],
    ['constructor()', 1, 1, /^a call$/, '`constructor`'],
    ['fork', 1, 5, /^`\(`/, 'the end of the text'],
    ['fork\nfork()', 1, 5, /^`\(`/, 'the end of the line'],
    ['fork(', 1, 6, /^`\)`, since fork takes no arguments/, 'the end of the text'],
    ['fork(1)', 1, 6, /^`\)`, since fork takes no arguments/, '`1`'],
    ['mlockall()', 1, 10, /^flags, mlockall flags$/, '`)`'],
    ['munmap(0)', 1, 9, /^`,` and length, a size/, '`)`'],
    ['munmap(0 1)', 1, 10, /^`,` and length, a size/, '`1`'],
    ['munmap(0, 1, 2)', 1, 12, /^`\)`, since munmap takes 2 arguments$/, '`,`'],
    ['brk(0, 1)', 1, 6, /^`\)`, since brk takes one argument$/, '`,`'],
    ['load(0 1)', 1, 8, /^`,` or `\)`$/, '`1`'],
    ['munmap(a, 1p)', 1, 8, /^an address: .*earlier result$/, '`a`'],
    ['a = mremap(a, 1, 2)', 1, 12, /earlier result$/, '`a`'],
    ['munmap(rw, 1p)', 1, 8, /^an address/, '`rw`'],
    ['munmap(0, )', 1, 11, /^a size/, '`)`'],
    ['munmap(abs, 1)', 1, 8, /^an address/, '`abs`'],
    ['munmap(code, 1)', 1, 8, /code can only be stored/, '`code`'],
    ['munmap(vm, 1)', 1, 8, /vm is for limits alone/, '`vm`'],
    ['munmap(inf, 1)', 1, 8, /^an address/, '`inf`'],
    ['store(0, code)', 1, 10, /^a size of 8 with code$/, '`code`'],
    ['store(0, code+1, 8)', 1, 14, /^nothing added to `code`$/, '`+`'],
    ['a = brk(0)\na = brk(0)', 2, 1, /not in use yet/, '`a`'],
    ['arena = brk(0)', 1, 1, /not reserved/, '`arena`'],
    ['p0 = fork()', 1, 1, /not reserved/, '`p0`'],
    ['ok = brk(0)', 1, 1, /not reserved/, '`ok`'],
    ['Abc = brk(0)', 1, 1, /lower-case/, '`Abc`'],
    ['a = munmap(0, 1)', 1, 1, /munmap gives nothing/, '`a`'],
    [' = brk(0)', 1, 2, /lower-case/, '`=`'],
    ['p1: fork()', 1, 1, /^a process/, '`p1`'],
    ['a = brk(0)\na: fork()', 2, 1, /^a process/, '`a`'],
    ['q = pipe()\nclose(q)', 2, 7, /q\.r` or `q\.w/, '`q`'],
    ['q = pipe()\nclose(q.x)', 2, 7, /q\.r` or `q\.w/, '`q`'],
    ['a = dup(0)\nclose(a.r)', 2, 7, /a is not a pipe/, '`a`'],
    ['mprotect(0, 1, a)', 1, 16, /^a protection/, '`a`'],
    ['mprotect(0, 1, rr)', 1, 16, /^a protection/, '`rr`'],
    ['mprotect(0, 1, r|)', 1, 18, /^a protection/, '`)`'],
    ['mprotect(0, 1, -1|r)', 1, 16, /no negative number/, '`-`'],
    ['mprotect(0, 1, r|-1)', 1, 18, /no negative number/, '`-`'],
    ['mmap(0, 1, r, private|shared)', 1, 23, /^one type$/, '`shared`'],
    ['mmap(0, 1, r, type=16)', 1, 20, /^a type from 0 to 15$/, '`16`'],
    ['mmap(0, 1, r, type=x)', 1, 20, /^a type from 0 to 15$/, '`x`'],
    ['mmap(0, 1, r, toString)', 1, 15, /^mmap flags$/, '`toString`'],
    ['open(3, rdonly)', 1, 6, /^a file/, '`3`'],
    ['open(f01, rdonly)', 1, 6, /^a file/, '`f01`'],
    ['madvise(0, 1, maybe)', 1, 15, /^an advice or a number$/, '`maybe`'],
    ['load(0, a)', 1, 9, /^a number$/, '`a`'],
    ['readv(0, 0)', 1, 10, /^`\[`/, '`0`'],
    ['readv(0, [0])', 1, 12, /^`:`/, '`]`'],
    ['readv(0, [0:1)', 1, 14, /^`,` or `\]`$/, '`)`'],
    ['munmap(9007199254740992, 1)', 1, 8, /2\^53/, '`9007199254740992`'],
    ['munmap(0x20000000000000, 1)', 1, 8, /2\^53/, '`0x20000000000000`'],
    ['munmap(2199023255552p, 1)', 1, 8, /2\^53/, '`2199023255552p`'],
    ['munmap(9007199254740993-2, 1)', 1, 8, /2\^53/, '`9007199254740993`'],
    ['munmap(arena+1-9007199254740992, 1)', 1, 16, /2\^53/, '`9007199254740992`'],
    ['munmap(9007199254740991+1, 1)', 1, 8, /2\^53/, '`9007199254740991`'],
    ['munmap(4q, 1)', 1, 9, /p for pages/, '`q`'],
    ['munmap(0x, 1)', 1, 10, /hexadecimal digits/, '`,`'],
    ['munmap(1+, 1)', 1, 10, /^an address$/, '`,`'],
    ['fork() fork()', 1, 8, /^`->`/, '`fork`'],
    ['fork() ->', 1, 10, /^an expectation/, 'the end of the text'],
    ['fork() -> maybe', 1, 11, /^an expectation/, '`maybe`'],
    ['fork() -> ok ok', 1, 14, /^`\|` or the end of the line$/, '`ok`'],
    ['fork() -> EWHAT', 1, 11, /^an errno or a signal$/, '`EWHAT`'],
    ['fork() -> E4096', 1, 11, /^an errno or a signal$/, '`E4096`'],
    ['load(0) -> SIGSEGV', 1, 19, /^`\/` and the code of SIGSEGV$/, 'the end of the text'],
    ['load(0) -> SIGSEGV/ADRERR at 0', 1, 20, /^a code of SIGSEGV: MAPERR, /, '`ADRERR`'],
    ['load(0) -> SIGSEGV/MAPERR 0', 1, 27, /^`at`/, '`0`'],
    ['load(0) -> SIGSEGV/MAPERR at', 1, 29, /^the fault's address$/, 'the end of the text'],
    ['load(0) -> bytes 1', 1, 18, /two hexadecimal digits/, '`1`'],
    ['load(0) -> bytes 01 020', 1, 21, /two hexadecimal digits/, '`020`'],
    ['fork()\n# dialect: linux', 2, 1, /before the first step/, '`#`'],
    ['# dialect: linux\n# dialect: linux', 2, 1, /^one dialect$/, '`#`'],
    ['# dialect: Big Endian', 1, 11, /name of a dialect/, 'the character U+0020'],
    ['\r\n\r\n  oops', 3, 3, /^a call$/, '`oops`'],
    ['fork()\r\n\tmunmap(0,\u0000)', 2, 11, /^a size/, 'the character U+0000'],
    ['fork() 😀', 1, 8, /^`->`/, '`😀`'],
    ['\u001b[31m', 1, 1, /^a call$/, 'the character U+001B'],
  ];
  test.each(bad)('%j', (text, line, column, expected, found) => {
    const error = errorOf(text);
    expect([error.line, error.column, error.found]).toEqual([line, column, found]);
    expect(error.expected).toMatch(expected);
  });

  test('the message names the file and points at the place', () => {
    expect(errorOf('fork()\n\tmunmap(b, 1p) -> 0\nfork()', 'x.vkt').message).toBe(
      'x.vkt:2:9: expected an address: a number, a base or the name of an earlier result, found `b`\n munmap(b, 1p) -> 0\n        ^',
    );
  });

  test('the excerpt of a long line is short, and control characters do not reach the terminal', () => {
    const { message, column } = errorOf(`fork() # ${'x'.repeat(500)}\n${' '.repeat(500)}\u001b[2J${'y'.repeat(500)}`);
    expect(column).toBe(501);
    const [, excerpt = '', caret = ''] = message.split('\n');
    expect(excerpt.length).toBeLessThan(130);
    expect(excerpt[caret.indexOf('^')]).toBe('·');
    expect(message).not.toContain('\u001b');
  });

  test('every missing argument without a default is reported, whatever the call', () => {
    for (const kind of CALL_KINDS) {
      const required = CALLS[kind].filter((field) => !('default' in field));
      if (required.length === 0) continue;
      const error = errorOf(`${kind}()`);
      expect(error.expected).toBe(`${required[0]!.name}, ${NOTATION[required[0]!.type].what}`);
    }
  });
});

const fragments = fc.constantFrom(
  ...[
    'mmap(',
    'p1',
    ': ',
    '= ',
    '-> ',
    'ok',
    '|',
    'bytes ',
    '01',
    '1p',
    '+',
    '-',
    '0x',
    '9007199254740991',
    '[',
    ']',
    ')',
    ',',
    '#',
    '\n',
    '\r\n',
    ' ',
    '.r',
    'SIGSEGV/',
    'at ',
    'type=',
    '\u0000',
    '\ud800',
    '__proto__',
    'E',
  ],
);

/** Valid text after a few cuts, insertions and repetitions. */
const mutated = fc
  .tuple(
    wellFormedPrograms({ maxSteps: 6 }),
    fc.array(fc.tuple(fc.nat(), fc.nat({ max: 8 }), fc.oneof(fragments, fc.string({ maxLength: 3 }))), { maxLength: 4 }),
  )
  .map(([program, edits]) => {
    let text = formatProgram(program);
    for (const [place, cut, insert] of edits) {
      const index = place % (text.length + 1);
      text = text.slice(0, index) + insert + text.slice(index + cut);
    }
    return text;
  });

describe('whatever the text, nothing but a syntax error is thrown, and it points into the text', () => {
  const check = (text: string): void => {
    try {
      parseProgram(text);
    } catch (error) {
      if (!(error instanceof ProgramSyntaxError)) throw error;
      const line = text.split('\n')[error.line - 1];
      expect(line).toBeDefined();
      expect(error.column).toBeGreaterThanOrEqual(1);
      expect(error.column).toBeLessThanOrEqual(line!.length + 1);
    }
  };
  test('arbitrary text', () => fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 80 }), check), { numRuns: 2000 }));
  test('fragments of the notation', () =>
    fc.assert(
      fc.property(
        fc.array(fragments, { maxLength: 20 }).map((list) => list.join('')),
        check,
      ),
      { numRuns: 3000 },
    ));
  test('damaged programs', () => fc.assert(fc.property(mutated, check), { numRuns: 2000 }));
});

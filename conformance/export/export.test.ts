import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatProgram, parseProgram } from '../../spec/language/index.ts';
import { wellFormedPrograms } from '../../spec/language/program.testing.ts';
import { expectedOf } from './expected.ts';
import { exportProgram, type StepReport } from './export.ts';

const program = parseProgram(`# dialect: linux
a = mmap(0, 4p, rw, private|anon)
munmap(a+1p, 1p) -> EINVAL
load(a+1p)
mincore(a, 2p)
load(a)`);
const steps: readonly StepReport[] = [
  { verdict: 'conforms', expected: [{ clause: 'mmap.chooses', text: 'the address of a free place' }] },
  {},
  {
    verdict: 'diverges',
    observed: '0x5a',
    expected: [
      { clause: 'munmap.unmaps', text: 'SIGSEGV/MAPERR at a+1p' },
      { clause: 'access.other', text: 'SIGSEGV/ACCERR at a+1p' },
    ],
  },
  { verdict: 'conforms', expected: [{ clause: 'mincore.tells', text: 'bytes 01, 00 or 01' }] },
  { verdict: 'undecided', expected: [{ clause: 'open', text: 'more than 64 possible worlds' }] },
];

describe('expectedOf', () => {
  const expected = expectedOf(program, steps);

  test('plain words stand for any success, and stay as they are', () => {
    expect(expected[0]).toEqual({ any: [{ kind: 'ok' }], text: 'the address of a free place', clauses: ['mmap.chooses'] });
  });

  test("without a report the program's own expectation stands", () => {
    expect(expected[1]).toEqual({ any: [{ kind: 'errno', errno: 'EINVAL' }], text: 'EINVAL', clauses: [] });
  });

  test('alternatives are read with the names that are known there', () => {
    const fault = { kind: 'fault', signal: 'SIGSEGV', base: 'a', offset: 4096 };
    expect(expected[2]).toEqual({
      any: [
        { ...fault, code: 'MAPERR' },
        { ...fault, code: 'ACCERR' },
      ],
      text: 'SIGSEGV/MAPERR at a+1p or SIGSEGV/ACCERR at a+1p',
      clauses: ['munmap.unmaps', 'access.other'],
    });
  });

  test('a page that may be resident or not', () => {
    expect(expected[3]?.any).toEqual([{ kind: 'pages', pages: ['01', '??'] }]);
  });

  test('what was not judged is not expected', () => {
    expect(expected[4]).toEqual({ any: undefined, text: '', clauses: [] });
  });

  test('more alternatives than are named allow anything', () => {
    const [one] = expectedOf(parseProgram('load(arena)'), [{ verdict: 'conforms', expected: [{ clause: 'x', text: '0x1 or 0x2 or …' }] }]);
    expect(one?.any).toBeUndefined();
  });
});

describe('vkt', () => {
  test('expectations, clauses, and what was observed where it differs', () => {
    expect(exportProgram(program, 'vkt', { steps, title: 'munmap.unmaps' })).toBe(`# dialect: linux
# munmap.unmaps
a = mmap(0, 4p, rw, private|anon) -> ok                                               # mmap.chooses
munmap(a+1p, 1p)                  -> EINVAL
load(a+1p)                        -> SIGSEGV/MAPERR at a+1p | SIGSEGV/ACCERR at a+1p  # munmap.unmaps; access.other; observed 0x5a
mincore(a, 2p)                    -> ok                                               # mincore.tells
load(a)
`);
  });

  test('it is the same program still', () => {
    fc.assert(
      fc.property(wellFormedPrograms(), fc.string(), (any, title) => {
        expect(formatProgram(parseProgram(exportProgram(any, 'vkt', { title: `x ${title}` })))).toBe(formatProgram(any));
      }),
      { numRuns: 200 },
    );
  });
});

describe('vitest', () => {
  test('a test that holds the program and asks for conformance', () => {
    const text = exportProgram(program, 'vitest', { steps, title: 'a "title"' });
    expect(text).toContain("import { checkProgram } from 'vkconform';");
    expect(text).toContain('test("a \\"title\\"", async () => {');
    const literal = /`\n([^`]*)`/.exec(text)?.[1];
    expect(parseProgram(literal!).steps).toHaveLength(5);
  });

  test('bytes of mincore are expected where all are certain', () => {
    const mincore = parseProgram('mincore(arena, 2p)');
    const text = exportProgram(mincore, 'vitest', { steps: [{ expected: [{ clause: 'x', text: 'bytes 01, 01' }] }] });
    expect(text).toContain('mincore(arena, 2p) -> bytes 01 01');
  });
});

import { describe, expect, test } from 'vitest';
import { describeFinding, describeTrace } from './describe.ts';
import { audited, law, type Ran, ran } from './foreseen.testing.ts';

const told = ({ program, trace }: Ran) => describeTrace(law, program, trace);
const lastMemory = (text: string) => told(ran(text)).steps.at(-1)!.memory;

describe('memory after a step', () => {
  test('regions are runs of pages that are alike and hold the same, in ascending order', () => {
    const [p0] = lastMemory(`mmap(arena, 4p, rw, private|anon|fixed)
store(arena+1p+3, 0x5a)
mprotect(arena+3p, 1p, r)
`);
    expect(p0!.process).toBe('p0');
    expect(p0!.regions.map(({ start, pages, prot, content }) => [start, pages, prot, content])).toEqual([
      ['arena', 1, 'rw-', 'zeroes'],
      ['arena+1p', 1, 'rw-', '5a at 3'],
      ['arena+2p', 1, 'rw-', 'zeroes'],
      ['arena+3p', 1, 'r--', 'zeroes'],
    ]);
  });

  test('what is behind a mapping, and its flags', () => {
    const [p0] = lastMemory(`m = memfd_create()
ftruncate(m, 4p)
mmap(arena, 1p, rw, shared|fixed, m, 2p)
mmap(arena+2p, 1p, rw, shared|anon|fixed)
mmap(arena+4p, 1p, rw, private|anon|fixed)
mlock(arena+4p, 1p)
madvise(arena+4p, 1p, dontfork)
`);
    const [memfd, anonymous, locked] = p0!.regions;
    expect(memfd!.kind).toMatch(/^shared memfd #\d+\+2p$/);
    expect(anonymous!.kind).toMatch(/^shared anonymous #\d+$/);
    expect(locked!.kind).toBe('private anon');
    expect(locked!.flags).toEqual(['locked', 'dontfork']);
  });

  test('every process that is alive has its own', () => {
    const memory = lastMemory('mmap(arena, 1p, rw, private|anon|fixed)\np1 = fork()\np1: munmap(arena, 1p)');
    expect(memory.map(({ process, regions }) => [process, regions.length])).toEqual([
      ['p0', 1],
      ['p1', 0],
    ]);
    expect(lastMemory('p1 = fork()\np1: exit()').map(({ process }) => process)).toEqual(['p0']);
  });

  test('a long mapping is one region, and a page that may hold two things says so', () => {
    const [p0] = lastMemory(`mmap(arena, 1000p, rw, private|anon|fixed|noreserve)
store(arena, 0x11)
madvise(arena, 1p, free)
`);
    expect(p0!.regions.map(({ pages, content }) => [pages, content])).toEqual([
      [1, '11 at 0 or zeroes'],
      [999, 'zeroes'],
    ]);
  });

  test('no picture has more regions than can be looked at', () => {
    const steps = Array.from({ length: 80 }, (_, n) => `mmap(arena+${2 * n}p, 1p, rw, private|anon|fixed)`);
    expect(lastMemory(steps.join('\n'))[0]!.regions).toHaveLength(64);
  });
});

describe('steps', () => {
  test('an address is told by what lies near it, or plainly', () => {
    const { steps } = told(
      ran(
        'a = mmap(0, 1p, rw, private|anon)\nmmap(arena+3p, 1p, rw, private|anon|fixed)\nload(arena+9p)\nmmap(0, 0x100000000p, none, private|anon)',
      ),
    );
    expect(steps.slice(0, 3).map(({ observed }) => observed)).toEqual(['a', 'arena+3p', 'SIGSEGV/MAPERR at arena+9p']);
    expect(steps[3]!.observed).toMatch(/^0x[0-9a-f]+000$/);
  });

  test('what was allowed is told of each, with its clause', () => {
    const { steps } = told(ran('munmap(arena, 0)\nload(arena)', { 0: { kind: 'errno', errno: 'EIO' } }));
    expect(steps[0]).toMatchObject({ verdict: 'diverges', observed: 'EIO', clause: 'munmap.length-zero' });
    expect(steps[0]!.expected).toEqual([{ clause: 'munmap.length-zero', text: 'EINVAL' }]);
    expect(steps[1]!.verdict).toBe('conforms');
  });

  test('what is lost is not checked, and where the law is open it says why', () => {
    const lost = told(ran('munmap(arena, 1p)\nload(arena)', { 0: { kind: 'lost', why: 'it died' } }));
    expect(lost.steps.map(({ verdict }) => verdict)).toEqual(['unchecked', 'unchecked']);
    const open = told(ran('munmap(0x70000000p, 1p)', { 0: { kind: 'value', value: 0 } }));
    expect(open.steps[0]).toMatchObject({ verdict: 'undecided', expected: [{ clause: 'open' }] });
  });
});

describe('a finding', () => {
  const program = 'mmap(arena, 1p, rw, private|anon|fixed)\nstore(arena, 0x5a)\nload(arena)';

  test('of a step is told by the step', () => {
    const described = told(ran(program, { 2: { kind: 'bytes', bytes: [1] } }));
    expect(describeFinding(described, described.check.findings[0]!)).toEqual({
      expected: [{ clause: 'load.value', text: '0x5a' }],
      observed: '0x1',
    });
  });

  test('of the audit is told by the page, by what it holds or by the access', () => {
    const holds = told(audited(ran(program), (page, at) => (at === 0 ? { ...page, hash: 1 } : page)));
    expect(describeFinding(holds, holds.check.findings[0]!)).toEqual({
      expected: [{ clause: 'load.value', text: 'holds 5a at 0' }],
      observed: 'arena holds something else',
    });
    const probe = told(audited(ran(program), (page, at) => (at === 0 ? { ...page, store: 'SIGBUS/ADRERR' } : page)));
    expect(probe.audit).toEqual([
      { process: 'p0', page: 'arena', expected: [{ clause: 'store.value', text: 'store: ok' }], observed: 'store: SIGBUS/ADRERR' },
    ]);
  });
});

import { describe, expect, test } from 'vitest';
import type { Outcome } from '../../spec/language/index.ts';
import { checkTrace, signature } from './check-trace.ts';
import { audited, check, law, ran } from './foreseen.testing.ts';

const MAPPED = 'mmap(arena, 2p, rw, private|anon|fixed)\nstore(arena, 0x5a)\n';
const bytes = (...values: number[]): Outcome => ({ kind: 'bytes', bytes: values });

test('what the law foresees conforms, and every step names its clauses', () => {
  const clauses: string[] = [];
  const { program, trace } = ran(`${MAPPED}load(arena)\nmunmap(arena, 1p)\nload(arena)`);
  const checked = checkTrace(law, program, trace, (some) => clauses.push(some[0]!));
  expect(checked).toEqual({ findings: [], undecided: undefined, judged: 5, lost: undefined });
  expect(clauses.slice(0, 5)).toEqual(['mmap.fixed', 'store.value', 'load.value', 'munmap.unmaps', 'load.unmapped']);
  expect(clauses.length).toBeGreaterThan(5); // the audit names clauses too
});

test('an outcome that nothing allows diverges from its clause, and memory is then taken to hold what was read', () => {
  const { findings, judged } = check(ran(`${MAPPED}load(arena)\nload(arena)`, { 2: bytes(0x77), 3: bytes(0x77) }));
  expect(judged).toBe(4);
  expect(findings[0]).toMatchObject({ kind: 'diverges', at: { step: 2 }, clauses: ['load.value', 'store.value'], afterResync: false });
  expect(findings.filter((finding) => 'step' in finding.at)).toHaveLength(1);
});

test('a finding after a divergence is marked', () => {
  const { findings } = check(ran(`${MAPPED}load(arena)\nload(arena+1p)`, { 2: bytes(1), 3: bytes(2) }));
  const steps = findings.filter((finding) => 'step' in finding.at);
  expect(steps.map(({ afterResync }) => afterResync)).toEqual([false, true]);
});

test('an outcome of another variant of a choice says which, and the world goes on under it', () => {
  const text = 'mmap(arena, 1p, rw, private|anon|fixed)\nmunmap(arena, 0)\nload(arena)';
  const { findings } = check(ran(text, { 1: { kind: 'value', value: 0 } }));
  expect(findings).toHaveLength(1);
  expect(findings[0]).toMatchObject({ kind: 'variant', choice: 'munmap.length-zero', variant: 'accepted', at: { step: 1 } });
});

test('a step whose outcome is lost ends the checking, and the audit is not looked at', () => {
  const { findings, judged, lost } = check(ran(`${MAPPED}load(arena)`, { 1: { kind: 'lost', why: 'it died' } }));
  expect({ findings, judged, lost }).toEqual({ findings: [], judged: 1, lost: 'it died' });
});

test('a trace that ends too soon is lost, not judged to its end', () => {
  const { program, trace } = ran(MAPPED);
  expect(check({ program, trace: { ...trace, outcomes: trace.outcomes.slice(0, 1) } }).lost).toBe('the target gave no outcome');
});

test('where the law is open the rest is undecided', () => {
  const { undecided, judged } = check(ran('munmap(0x70000000p, 1p)', { 0: { kind: 'value', value: 0 } }));
  expect(undecided).toMatch(/not the program’s/);
  expect(judged).toBe(1);
});

describe('a signature', () => {
  const of = (outcome: Outcome): string => signature(check(ran(`${MAPPED}load(arena)`, { 2: outcome })).findings[0]!);

  test('leaves values out, so that one cause is one group', () => {
    expect(of(bytes(1))).toBe(of(bytes(2)));
  });

  test('tells kinds of outcome, errnos and faults apart', () => {
    const fault = (code: string): Outcome => ({ kind: 'fault', signal: 'SIGSEGV', code, address: 0 });
    const all = [bytes(1), fault('MAPERR'), fault('ACCERR'), { kind: 'errno', errno: 'EIO' }, { kind: 'stop', how: 'killed' }] as const;
    expect(new Set(all.map(of)).size).toBe(all.length);
  });

  test('of an audit says which access gave what', () => {
    const run = audited(ran(MAPPED), (page, index) => (index === 1 ? { ...page, store: 'SIGSEGV/ACCERR' } : page));
    expect(signature(check(run).findings[0]!)).toBe('diverges store.value mmap.maps store SIGSEGV/ACCERR');
  });
});

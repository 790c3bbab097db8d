import pc from 'picocolors';
import { expect, test } from 'vitest';
import { checkedText, conforms } from './checked-text.ts';
import { describeTrace } from './describe.ts';
import { unmetExpectations } from './expectations.ts';
import { audited, law, type Ran, ran } from './foreseen.testing.ts';

function told({ program, trace }: Ran): { readonly ok: boolean; readonly text: string } {
  const described = describeTrace(law, program, trace);
  const unmet = unmetExpectations(law, program, trace);
  return { ok: conforms(described, unmet), text: checkedText('title', described, unmet, pc.createColors(false)) };
}

const PROGRAM = 'a = mmap(arena, 1p, rw, private|anon|fixed)\nstore(a, 0x5a)\nload(a)';

test('a program that conforms: each step with its outcome and clause', () => {
  const { ok, text } = told(ran(PROGRAM));
  expect(ok).toBe(true);
  expect(text).toBe(`title
  ✓ a = mmap(arena, 1p, rw, private|fixed|anon)  -> arena  mmap.fixed
  ✓ store(a, 0x5a)                               -> 0  store.value
  ✓ load(a)                                      -> 0x5a  load.value
conforms
`);
});

test('a step that diverges says what was allowed', () => {
  const { ok, text } = told(ran(PROGRAM, { 2: { kind: 'bytes', bytes: [0] } }));
  expect(ok).toBe(false);
  expect(text).toMatch(/✗ load\(a\) +-> 0 {2}load\.value\n +allowed: 0x5a {2}load\.value/);
  expect(text).not.toContain('conforms');
});

test('another variant, an unmet expectation, an audit, what is lost and what is undecided have their words', () => {
  const variant = told(ran('munmap(arena, 0)', { 0: { kind: 'value', value: 0 } }));
  expect(variant.text).toMatch(/≠ munmap\(arena, 0\) +-> 0 {2}munmap\.length-zero\n +allowed: EINVAL/);
  const unmet = told(ran('munmap(arena, 1p) -> EINVAL'));
  expect(unmet.text).toContain('the program expects: EINVAL');
  const page = told(audited(ran(PROGRAM), (entry, at) => (at === 0 ? { ...entry, store: 'SIGSEGV/ACCERR' } : entry)));
  expect(page.text).toContain('✗ audit of p0, arena: store: SIGSEGV/ACCERR  allowed: store: ok  store.value');
  const lost = told(ran(PROGRAM, { 1: { kind: 'lost', why: 'it died' } }));
  expect(lost.text).toMatch(/· load\(a\) .*\nlost: it died/);
  const undecided = told(ran('munmap(0x70000000p, 1p)', { 0: { kind: 'value', value: 0 } }));
  expect(undecided.text).toMatch(/\? munmap.*\n.*\nundecided: /);
  expect([variant, unmet, page, lost, undecided].map(({ ok }) => ok)).toEqual([false, false, false, false, false]);
});

test('what a target says is shown as text: control characters are spelt out', () => {
  const { text } = told(ran(PROGRAM, { 1: { kind: 'lost', why: 'red \u001b[31m' } }));
  expect(text).not.toContain('\u001b');
});

import { describe, expect, test } from 'vitest';
import { conformingResult, exampleResult } from './result.testing.ts';
import { clauseRows, findingName, news, replayCommand, shellQuoted, vanishedQuirks, verdictOf } from './verdict.ts';

const example = exampleResult();

describe('verdictOf', () => {
  test('a finding that no quirk explains diverges', () => {
    expect(verdictOf(example)).toMatchObject({ kind: 'diverges', reason: expect.stringContaining('2 findings') });
    expect(verdictOf(example).reason).toContain('1 choice in which');
  });

  test('undecided and lost programs are not a pass', () => {
    expect(verdictOf({ ...example, divergences: [] })).toMatchObject({
      kind: 'unsettled',
      reason: 'Nothing diverged, but 3 programs undecided and 2 programs lost.',
    });
    expect(verdictOf({ ...conformingResult(), lost: { programs: 1, reasons: [] } }).reason).toContain('1 program lost');
    expect(verdictOf({ ...conformingResult(), undecidedPrograms: 1 }).kind).toBe('unsettled');
  });

  test('nothing run is not a pass', () => {
    expect(verdictOf({ ...conformingResult(), programs: 0 }).kind).toBe('unsettled');
    expect(verdictOf({ ...conformingResult(), notRun: 'no cc' })).toEqual({ kind: 'not-run', headline: 'Not run', reason: 'no cc' });
  });

  test('all judged and allowed conforms', () => {
    expect(verdictOf(conformingResult())).toMatchObject({ kind: 'conforms', reason: expect.stringContaining('203,118 programs') });
  });

  test('known quirks conform, and are told', () => {
    const quirks = [{ clause: 'madvise.hole', variant: 'skipped', reason: 'as BSD', count: 9 }];
    const result = { ...conformingResult(), divergences: [example.divergences[2]!], quirks };
    expect(verdictOf(result)).toMatchObject({ kind: 'conforms', reason: expect.stringContaining('apart from 1 known quirk') });
    expect(news(result)).toEqual([]);
    expect(verdictOf({ ...result, quirks: [{ ...quirks[0]!, variant: 'other' }] }).kind).toBe('diverges');
    expect(clauseRows(result).find((row) => row.id === 'madvise.hole')?.status).toBe('known');
  });
});

test('a quirk that was not met is told only when something ran', () => {
  expect(vanishedQuirks(example)).toHaveLength(1);
  expect(vanishedQuirks({ ...example, programs: 0 })).toEqual([]);
});

test('clauseRows: every clause has its row, sorted, also one that only a finding names', () => {
  const rows = clauseRows({ ...example, clauses: { 'z.z': { exercised: 1, diverged: 0 }, 'a.a': { exercised: 1, diverged: 2 } } });
  expect(rows.map(({ id, status }) => [id, status])).toEqual([
    ['a.a', 'diverges'],
    ['fork.private-copy', 'diverges'],
    ['madvise.hole', 'diverges'],
    ['munmap.unmaps', 'diverges'],
    ['z.z', 'conforms'],
  ]);
});

test('replayCommand quotes what a shell would interpret', () => {
  const target = { ...example.target, name: "exec:ssh root@host './vkagent'; reboot" };
  expect(replayCommand({ ...example, target })).toBe(
    "vkconform run --target 'exec:ssh root@host '\\''./vkagent'\\''; reboot' --dialect linux --seed 1234567 --programs 203118",
  );
  expect(shellQuoted('')).toBe("''");
});

test('findingName is a file name whatever the clause is', () => {
  const name = (clause: string) => findingName({ ...example.divergences[0]!, clause }, 6);
  expect(name('munmap.hole')).toBe('007-munmap.hole');
  expect(name('../../etc/passwd\0')).toBe('007-.._.._etc_passwd_');
  expect(name('')).toBe('007-unnamed');
  expect(name('x'.repeat(1000)).length).toBeLessThan(100);
});

import { describe, expect, test } from 'vitest';
import { resolveDialect } from '../../spec/dialects/dialect.ts';
import type { Outcome } from '../../spec/language/index.ts';
import { defaultHost } from '../generate/default-host.ts';
import { imaginedPlace } from '../generate/generate.ts';
import { programAt } from '../generate/programs.ts';
import { foreseenRun } from '../lies/model-target.ts';
import { checkTrace, signature } from './check-trace.ts';
import { foresightOf } from './foresight.ts';

const law = { host: defaultHost, choices: resolveDialect('linux', defaultHost) };
const place = imaginedPlace(defaultHost);
const SEED = 6;

/** The check with all that it told, in words that can be compared. */
function checked(program: ReturnType<typeof programAt>, outcomes: readonly Outcome[]) {
  const clauses: string[] = [];
  const trace = { ...foreseenRun(law, program, place), outcomes };
  const { findings, ...rest } = checkTrace(law, program, trace, (ids) => clauses.push(ids.join(' ')));
  return { ...rest, clauses, findings: findings.map((finding) => [signature(finding), finding.at]) };
}

describe('foresight', () => {
  test('a program that was generated has it under its own law and in its own place, and nowhere else', () => {
    const program = programAt(SEED, 0, { ...law, place });
    expect(foresightOf(program, law, place)).toHaveLength(program.steps.length);
    expect(foresightOf(program, { ...law, choices: { ...law.choices } }, place)).toHaveLength(0);
    expect(foresightOf(program, law, { ...place, heap: place.heap + 4096 })).toHaveLength(0);
    expect(foresightOf({ ...program }, law, place)).toHaveLength(0);
  });

  test('checking says the same with it as without it, whether the target does what was foreseen or not', () => {
    let differed = 0;
    for (let index = 0; index < 300; index++) {
      const program = programAt(SEED, index, { ...law, place });
      const { outcomes } = foreseenRun(law, program, place);
      const at = index % program.steps.length;
      const wrong = outcomes.map((outcome, i) => (i === at ? ({ kind: 'errno', errno: 'EIO' } as const) : outcome));
      for (const told of [outcomes, wrong]) {
        const known = checked(program, told);
        expect(known).toEqual(checked({ ...program }, told));
        differed += known.findings.length;
      }
    }
    expect(differed).toBeGreaterThan(0);
  });
});

import { beforeAll, describe, expect, it } from 'vitest';
import { resolveDialect } from '../../spec/dialects/dialect.ts';
import type { Trace } from '../../spec/language/outcome.ts';
import type { Program } from '../../spec/language/program.ts';
import { checkTrace, type Finding, type Law, signature } from '../check/check-trace.ts';
import { defaultHost } from '../generate/default-host.ts';
import { IMAGINED } from '../generate/generate.ts';
import { programAt } from '../generate/programs.ts';
import { isAudit } from '../minimize/criterion.ts';
import { minimize } from '../minimize/minimize.ts';
import { distort, type Lie, lyingTarget } from './lie.ts';
import { LIES } from './lies.ts';
import { foreseenRun, modelTarget } from './model-target.ts';

const law: Law = { host: defaultHost, choices: resolveDialect('linux', defaultHost) };
const SEED = 1;
const PROGRAMS = 2000;

let programs: readonly Program[] = [];
let traces: readonly Trace[] = [];
beforeAll(() => {
  programs = Array.from({ length: PROGRAMS }, (_, index) => programAt(SEED, index));
  traces = programs.map((program) => foreseenRun(law, program, IMAGINED));
});

const findings = (program: Program, trace: Trace): readonly Finding[] => checkTrace(law, program, trace, () => {}).findings;

/** The first program that shows the lie, and what it shows. */
function find(lie: Lie): { readonly program: Program; readonly finding: Finding } | undefined {
  for (const [i, program] of programs.entries()) {
    const finding = findings(program, distort(lie, program, traces[i]!)).find((found) => !found.afterResync);
    if (finding !== undefined) return { program, finding };
  }
  return undefined;
}

const shortestFor = (lie: Lie, finding: Finding): number | undefined => (isAudit(finding) ? lie.shortestInAudit : lie.shortest);

describe('the model as a target', () => {
  it('gives traces in which nothing is found', () => {
    const found = programs.flatMap((program, i) => findings(program, traces[i]!)).map(signature);
    expect(found).toEqual([]);
  });

  it('gives an audit that speaks of the pages the program worked on', () => {
    const readable = traces.flatMap(({ audits }) => audits.flatMap(({ pages }) => pages)).filter(({ load }) => load === 'ok');
    expect(readable.length).toBeGreaterThan(PROGRAMS);
    expect(readable.some(({ hash }) => hash !== 0)).toBe(true);
  });
});

describe('lies', () => {
  it('are at least 30, each with a name of its own', () => {
    expect(LIES.length).toBeGreaterThanOrEqual(30);
    expect(new Set(LIES.map(({ name }) => name)).size).toBe(LIES.length);
  });

  it('are each shown by some program, as known', () => {
    for (const lie of LIES) expect(lie.shortest ?? lie.shortestInAudit, lie.name).toBeDefined();
  });

  it('tell two liars of the same lie apart: what one saw the other does not know', () => {
    for (const lie of LIES) {
      const [first, second] = [programs[0]!, programs[1]!];
      const alone = distort(lie, second, traces[1]!);
      distort(lie, first, traces[0]!);
      expect(distort(lie, second, traces[1]!), lie.name).toEqual(alone);
    }
  });
});

describe.each(LIES.map((lie) => [lie.name, lie] as const))('%s', (_, lie) => {
  it(`is found within ${PROGRAMS} programs and shrunk to the shortest`, async () => {
    const found = find(lie);
    expect(found, 'found').toBeDefined();
    const { program, finding } = found!;
    expect(lie.clauses).toContain(finding.clauses[0]);
    const target = lyingTarget(modelTarget(law), lie);
    const budget = { seconds: 600, executions: 2000 };
    const shrunk = await minimize({ program, signature: signature(finding), target, law, budget });
    expect(shrunk.program.steps.length).toBe(shortestFor(lie, shrunk.finding!));
    expect(shrunk).toMatchObject({ ending: 'minimal', complete: true, deterministic: { hits: 5, of: 5 } });
    expect(shrunk.executions).toBeLessThan(250);
  });
});

import { describe, expect, test } from 'vitest';
import { formatJson } from '../../reports/json/json.ts';
import { parseResult, type Result } from '../../reports/result.ts';
import { verdictOf } from '../../reports/verdict.ts';
import { resolveDialect } from '../../spec/dialects/dialect.ts';
import { CALL_KINDS, decodeToken, type Program, parseProgram } from '../../spec/language/index.ts';
import { defaultHost } from '../generate/default-host.ts';
import { lyingTarget } from '../lies/lie.ts';
import { LIES } from '../lies/lies.ts';
import { modelTarget } from '../lies/model-target.ts';
import { type Target, TargetUnavailable } from '../targets/target.ts';
import { runCampaign } from './campaign.ts';
import type { CampaignOptions } from './options.ts';
import { Tally } from './tally.ts';

const law = { host: defaultHost, choices: resolveDialect('linux', defaultHost) };
const perfect = (): Target => modelTarget(law);

function options(target: Target, changes: Partial<CampaignOptions> = {}): CampaignOptions {
  return {
    target,
    targetName: target.name,
    dialect: 'linux',
    seed: 1,
    programs: 300,
    seconds: 600,
    steps: [8, 36],
    calls: CALL_KINDS,
    workers: 1,
    first: [],
    shrinkSeconds: 60,
    onProgress: () => {},
    onBest: () => {},
    signal: new AbortController().signal,
    ...changes,
  };
}

/** What does not depend on how fast the machine is. */
const timeless = ({ seconds, stepsPerSecond, startedAt, divergences, ...rest }: Result) => ({
  ...rest,
  divergences: divergences.map(({ minimisation, ...divergence }) => ({ ...divergence, steps: minimisation.steps })),
  times: [seconds, stepsPerSecond, startedAt].map((time) => typeof time),
});

const liar = LIES.find((lie) => lie.shortest === 1)!;

describe('runCampaign', () => {
  test('a target that is the model conforms, and every program is counted', async () => {
    const result = await runCampaign(options(perfect()));
    expect(verdictOf(result).kind).toBe('conforms');
    expect(result.programs).toBe(300);
    expect(result.clauses['load.value']!.exercised).toBeGreaterThan(0);
  });

  test('the same seed gives the same result, whatever the clock says', async () => {
    const [a, b] = [await runCampaign(options(lyingTarget(perfect(), liar))), await runCampaign(options(lyingTarget(perfect(), liar)))];
    expect(timeless(a)).toEqual(timeless(b));
  });

  test('a lie is found, shrunk to its shortest program, told with a token that replays it and a reproducer', async () => {
    const kept: Program[] = [];
    const result = await runCampaign(options(lyingTarget(perfect(), liar), { programs: 2000, onBest: (_, program) => kept.push(program) }));
    const divergence = result.divergences.find(({ clause }) => liar.clauses.includes(clause as never))!;
    const minimal = parseProgram(divergence.minimal);
    expect(minimal.steps).toHaveLength(liar.shortest!);
    const withoutExpectations = minimal.steps.map(({ expect: _, ...step }) => step);
    expect(decodeToken(divergence.token).steps).toEqual(withoutExpectations);
    expect(divergence.steps.some(({ verdict }) => verdict === 'diverges' || verdict === 'variant')).toBe(true);
    expect(divergence.reproducer.c).toContain('int main');
    expect(kept.length).toBeGreaterThan(0);
    expect(verdictOf(result).kind).toBe('diverges');
    expect(result.clauses[divergence.clause]!.diverged).toBeGreaterThan(0);
  });

  test('the result survives being written and read as JSON', async () => {
    const result = await runCampaign(options(lyingTarget(perfect(), liar)));
    expect(parseResult(formatJson(result))).toEqual(result);
  });

  test('programs given first run before any is generated', async () => {
    const ran: Program[] = [];
    const watched: Target = {
      ...perfect(),
      run: (programs) => {
        ran.push(...programs);
        return perfect().run(programs);
      },
    };
    const mine = parseProgram('a = mmap(0, 1p, rw, private|anon)\nload(a)\n');
    const result = await runCampaign(options(watched, { first: [mine], programs: 10 }));
    expect(ran[0]).toEqual(mine);
    expect(result.programs).toBe(11);
  });

  test('a target that is lost for good ends the run, with what was checked until then', async () => {
    let batches = 0;
    const dying: Target = {
      ...perfect(),
      run: (programs) => (++batches > 2 ? Promise.reject(new TargetUnavailable('it is gone')) : perfect().run(programs)),
    };
    const result = await runCampaign(options(dying, { programs: 1000 }));
    expect(result.programs).toBe(128);
    expect(result.notRun).toContain('it is gone');
    expect(verdictOf(result).kind).toBe('not-run');
  });

  test('a finding is not lost when the target is lost before it could be shrunk', async () => {
    const lying = lyingTarget(perfect(), liar);
    let programsLeft = 640;
    const dying: Target = {
      ...lying,
      run: (programs) => {
        programsLeft -= programs.length;
        return programsLeft < 0 ? Promise.reject(new TargetUnavailable('it is gone')) : lying.run(programs);
      },
    };
    const result = await runCampaign(options(dying, { programs: 600 }));
    expect(result.divergences.length).toBeGreaterThan(0);
    expect(parseProgram(result.divergences[0]!.minimal).steps.length).toBeGreaterThan(0);
  });

  test('a program without an answer is lost, counted, and not passed', async () => {
    const forgetful: Target = {
      ...perfect(),
      run: async (programs) => {
        const traces = await perfect().run(programs);
        return traces.map((trace, i) => (i === 0 ? { ...trace, outcomes: [{ kind: 'lost', why: 'it hung' } as const] } : trace));
      },
    };
    const result = await runCampaign(options(forgetful, { programs: 128 }));
    expect(result.lost).toMatchObject({ programs: 2, reasons: [{ why: 'it hung', count: 2 }] });
    expect(verdictOf(result).kind).toBe('unsettled');
  });

  test('stopping it ends it, and what was checked is told', async () => {
    const stop = new AbortController();
    const result = await runCampaign(options(perfect(), { programs: 1_000_000, signal: stop.signal, onProgress: () => stop.abort() }));
    expect(result.programs).toBeGreaterThan(0);
    expect(result.programs).toBeLessThan(1000);
    expect(verdictOf(result).kind).toBe('conforms');
  });
});

describe('Tally', () => {
  test('merging the tallies of halves gives the tally of the whole', async () => {
    const target = lyingTarget(perfect(), liar);
    const { checkTrace } = await import('../check/check-trace.ts');
    const { programAt } = await import('../generate/programs.ts');
    const programs = Array.from({ length: 200 }, (_, i) => programAt(3, i));
    const traces = await target.run(programs);
    const tallyOf = (indexes: readonly number[]): Tally => {
      const tally = new Tally();
      for (const i of indexes) tally.add(programs[i]!, checkTrace(law, programs[i]!, traces[i]!, tally.exercise));
      return tally;
    };
    const all = programs.map((_, i) => i);
    const whole = tallyOf(all);
    const merged = tallyOf(all.filter((i) => i % 2 === 0));
    merged.merge(tallyOf(all.filter((i) => i % 2 === 1)).toData());
    const comparable = (tally: Tally) => ({
      counts: [tally.programs, tally.steps, tally.undecidedPrograms, tally.lostPrograms],
      clauses: Object.fromEntries([...tally.clauses].sort()),
      groups: [...tally.groups.values()].map(({ program, ...group }) => ({ ...group, steps: program.steps.length })),
    });
    expect(comparable(merged)).toEqual(comparable(whole));
  });
});

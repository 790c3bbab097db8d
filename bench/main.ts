/**
 * The figures that the project goes by, each beside its peer, measured in turn in one run: `npm run bench`, or `npm run bench -- --short`.
 * Ratios are what counts: they say the same on a fast machine and on a slow one. Nothing fails here.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { linuxTarget } from '../conformance/targets/linux.ts';
import { bareAgent } from './agent.ts';
import { alternate, spread } from './alternate.ts';
import { drawnByFastCheck, drawnByOurMakers, fastCheckCommands } from './commands.ts';
import { lengthCurve, mappingCurve } from './curves.ts';
import { agentsStarted, endToEnd, waitingShare } from './end-to-end.ts';
import { generateAndJudge, generateOnly, judgeOnly } from './generate-and-judge.ts';
import { callMix, record, type Subject, subjectOf } from './subject.ts';
import { formatRows, formatTable } from './table.ts';

/** Many short rounds rather than few long ones: what else the machine does comes and goes. */
const FULL = { programs: 1500, rounds: 21, curveSteps: 20_000, curveRounds: 7, minimisationSeeds: 5 } as const;
const SHORT = { programs: 500, rounds: 9, curveSteps: 4000, curveRounds: 5, minimisationSeeds: 1 } as const;
type Size = typeof FULL | typeof SHORT;

const { values } = parseArgs({ options: { short: { type: 'boolean', default: false } } });
const size: Size = values.short ? SHORT : FULL;

/** As the command `run` has it; its agents are started first, to be told from the other's. */
const wide = await linuxTarget({ lanes: 2 });
const [wideAgent] = agentsStarted();
const target = await linuxTarget();
try {
  const subject = subjectOf(target);
  print(`${subject.law.host.system} ${subject.law.host.release}, Node ${process.versions.node}; median of ${size.rounds} rounds`);
  await speeds(subject, size);
  await curves(subject, size);
  minimisation(size);
} finally {
  await Promise.all([target.close(), wide.close()]);
}

async function speeds(subject: Subject, { programs, rounds }: Size): Promise<void> {
  const recorded = await record(subject, programs);
  const mix = callMix(recorded.programs);
  const figures = await alternate(
    {
      bare: await bareAgent(mix, programs),
      both: generateAndJudge(subject, recorded),
      generated: generateOnly(recorded),
      judged: judgeOnly(subject, recorded),
      commands: fastCheckCommands(recorded.options, mix, drawnByFastCheck, programs),
      seeded: fastCheckCommands(recorded.options, mix, drawnByOurMakers, programs),
      run: endToEnd({ ...subject, target: wide }, programs),
      narrow: endToEnd(subject, programs),
    },
    rounds,
  );
  const { bare, both, generated, judged, commands, seeded, run, narrow } = figures;
  const unit = 'steps/s';
  print(
    formatRows([
      { figure: 'generation + judging, one thread', unit, ours: both, peer: bare, peerName: 'bare agent', goal: 2 },
      { figure: 'generation + judging, one thread', unit, ours: both, peer: seeded, peerName: 'fc.commands', goal: 1 },
      { figure: 'end to end on this kernel, two agents', unit, ours: run, peer: bare, peerName: 'bare agent', goal: 0.7 },
      { figure: 'end to end on this kernel, one agent', unit, ours: narrow, peer: bare, peerName: 'bare agent', goal: 0.7 },
    ]),
  );
  const rate = (values: readonly number[]): string => Math.round(spread(values).median).toLocaleString('en-US');
  print(`fc.commands with arguments drawn in ignorance of the state, most of which fail: ${rate(commands)} steps/s`);
  print(`generation alone ${rate(generated)} steps/s; judging alone, audits included, ${rate(judged)} steps/s`);
  const share = await waitingShare(wideAgent!, endToEnd({ ...subject, target: wide }, programs * 2));
  print(`the agent waits for programs ${(share * 100).toFixed(1)} % of the time of a run (goal: at most 10 %)`);
}

async function curves(subject: Subject, { curveSteps, curveRounds }: Size): Promise<void> {
  const micros = (figures: readonly number[]): string => spread(figures).median.toFixed(2);
  const lengths = await lengthCurve(subject, [10, 30, 100, 300, 1000], curveSteps, curveRounds);
  print('\nmicroseconds a step, by the length of the program');
  print(
    formatTable([
      ['steps', ...lengths.map(({ size }) => String(size))],
      ['generation', ...lengths.map(({ generated }) => micros(generated))],
      ['judging, with audits', ...lengths.map(({ judged }) => micros(judged))],
    ]),
  );
  const mappings = await mappingCurve(subject, [1, 10, 100, 1000, 10_000], curveSteps, curveRounds);
  print('\nmicroseconds a step, foreseen and judged, by the mappings in the world');
  print(
    formatTable([
      ['mappings', ...mappings.map(({ size }) => String(size))],
      ['model', ...mappings.map(({ judged }) => micros(judged))],
    ]),
  );
}

/** A script of its own, for it takes no target and has options of its own. */
function minimisation({ minimisationSeeds }: Size): void {
  const script = fileURLToPath(new URL('./minimize.ts', import.meta.url));
  spawnSync(process.execPath, [script, '--seeds', String(minimisationSeeds)], { stdio: ['ignore', 'inherit', 'ignore'] });
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

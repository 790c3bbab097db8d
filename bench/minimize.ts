/**
 * Minimisation beside fast-check's own shrinking: both find every seeded lie with programs of their own and make them small, against the same
 * lying target. What counts is the length that is reached and how many programs were run for it: `node bench/minimize.ts [--seeds N]`.
 */
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { checkTrace, type Finding, type Law, signature } from '../conformance/check/check-trace.ts';
import { defaultHost } from '../conformance/generate/default-host.ts';
import { type GenerateOptions, IMAGINED } from '../conformance/generate/generate.ts';
import { programAt } from '../conformance/generate/programs.ts';
import { distort, type Lie, lyingTarget } from '../conformance/lies/lie.ts';
import { LIES } from '../conformance/lies/lies.ts';
import { foreseenRun, modelTarget } from '../conformance/lies/model-target.ts';
import { isAudit } from '../conformance/minimize/criterion.ts';
import { minimize } from '../conformance/minimize/minimize.ts';
import { resolveDialect } from '../spec/dialects/dialect.ts';
import { CALL_KINDS, formatProgram, type Program } from '../spec/language/index.ts';
import { intentPrograms } from './intents.ts';
import { formatTable } from './table.ts';

const { values } = parseArgs({ options: { seeds: { type: 'string', default: '5' } } });
const SEEDS = Array.from({ length: Number(values.seeds) }, (_, i) => i + 1);
/** Programs in which a lie is looked for. */
const PROGRAMS_MAX = 20_000;

const law: Law = { host: defaultHost, choices: resolveDialect('linux', defaultHost) };
const options: GenerateOptions = { ...law, stepsMin: 8, stepsMax: 36, calls: CALL_KINDS };
const truth = modelTarget(law);

interface Shrunk {
  /** Steps above the known shortest: 0 is the minimum. */
  readonly excess: number;
  /** Programs run from the one that was found to the last one tried. */
  readonly executions: number;
}

/** The finding under which a lie shows in a program, if it does. */
function show(lie: Lie, program: Program): Finding | undefined {
  const trace = distort(lie, program, foreseenRun(law, program, IMAGINED));
  return checkTrace(law, program, trace, () => {}).findings.find(
    (finding) => !finding.afterResync && lie.clauses.includes(finding.clauses[0]),
  );
}

function excess(lie: Lie, program: Program, finding: Finding): number {
  return program.steps.length - (isAudit(finding) ? lie.shortestInAudit! : lie.shortest!);
}

async function ours(lie: Lie, seed: number): Promise<Shrunk | undefined> {
  for (let index = 0; index < PROGRAMS_MAX; index++) {
    const program = programAt(seed, index, options);
    const found = show(lie, program);
    if (found === undefined) continue;
    const target = lyingTarget(truth, lie);
    const budget = { seconds: 60, executions: 10_000 };
    const shrunk = await minimize({ program, signature: signature(found), target, law, budget });
    return { excess: excess(lie, shrunk.program, shrunk.finding!), executions: shrunk.executions };
  }
  return undefined;
}

function fastChecks(lie: Lie, seed: number): Shrunk | undefined {
  /** Programs that fast-check ran after the first that failed; the same program again is not counted. */
  const run = new Set<string>();
  let failed = false;
  const property = fc.property(intentPrograms(options), (program) => {
    if (failed) run.add(formatProgram(program));
    const found = show(lie, program) !== undefined;
    failed ||= found;
    return !found;
  });
  const details = fc.check(property, { seed, numRuns: PROGRAMS_MAX });
  const program = details.counterexample?.[0];
  if (program === undefined) return undefined;
  return { excess: excess(lie, program, show(lie, program)!), executions: run.size };
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
}

/** How many reached the minimum, how far the worst stayed from it, and the median of the runs. */
function cells(list: readonly Shrunk[]): readonly string[] {
  if (list.length === 0) return ['not found', '', ''];
  const minimal = list.filter((shrunk) => shrunk.excess <= 0).length;
  const worst = Math.max(...list.map((shrunk) => shrunk.excess));
  return [`${minimal} of ${list.length}`, `+${worst}`, String(median(list.map(({ executions }) => executions)))];
}

const rows: (readonly string[])[] = [['lie', 'shortest', 'minimum reached', 'worst', 'runs', 'fast-check reached', 'worst', 'runs']];
const all: { readonly us: Shrunk[]; readonly them: Shrunk[] } = { us: [], them: [] };
for (const lie of LIES) {
  const us: Shrunk[] = [];
  const them: Shrunk[] = [];
  for (const seed of SEEDS) {
    const our = await ours(lie, seed);
    if (our !== undefined) us.push(our);
    const their = fastChecks(lie, seed);
    if (their !== undefined) them.push(their);
  }
  all.us.push(...us);
  all.them.push(...them);
  rows.push([lie.name, String(lie.shortestInAudit ?? lie.shortest), ...cells(us), ...cells(them)]);
  process.stderr.write('.');
}
rows.push(['all', '', ...cells(all.us), ...cells(all.them)]);
process.stdout.write(`\nMinimisation beside fast-check's shrinking, ${SEEDS.length} seeds, runs in the median\n${formatTable(rows)}\n`);

/** A checked trace in words: each step with what was observed, what was allowed, and what memory then holds. */

import type { Allowed } from '../../model/allowed.ts';
import { type Expected, foresee, isOpen } from '../../model/allowed.ts';
import { allow } from '../../model/judge.ts';
import { visible } from '../../model/memory/access.ts';
import type { Cell } from '../../model/memory/cell.ts';
import { has, type Mapping, TRAIT } from '../../model/memory/mapping.ts';
import type { Process, World } from '../../model/world.ts';
import { objectOf, startWorld } from '../../model/world.ts';
import type { Allowed as AllowedText, AuditRow, ProcessMemory, Region, ResultStep } from '../../reports/result.ts';
import { PAGE_SIZE } from '../../spec/language/constants.ts';
import {
  type CallKind,
  formatOutcome,
  formatStep,
  formatValue,
  type Outcome,
  type Program,
  RESULTS,
  type Step,
  type Trace,
} from '../../spec/language/index.ts';
import type { AuditFinding } from './check-audit.ts';
import { checkTrace, type Finding, type Law, type StepJudgement, type TraceCheck } from './check-trace.ts';
import { symbolic } from './symbols.ts';

export interface Described {
  readonly check: TraceCheck;
  readonly steps: readonly ResultStep[];
  readonly audit: readonly AuditRow[];
}

/** Checks a trace and tells the whole of it. */
export function describeTrace(law: Law, program: Program, trace: Trace): Described {
  const steps: ResultStep[] = [];
  let world = startWorld(law.host, law.choices, trace.place);
  const check = checkTrace(
    law,
    program,
    trace,
    () => {},
    (index, judgement) => {
      const step = program.steps[index]!;
      steps.push(describeStep(world, step, trace.outcomes[index]!, judgement));
      if ('world' in judgement && judgement.world !== undefined) world = judgement.world;
    },
  );
  for (let i = steps.length; i < program.steps.length; i++) {
    const outcome: Outcome = trace.outcomes[i] ?? { kind: 'lost', why: 'no outcome' };
    const step = program.steps[i]!;
    steps.push({ text: stepText(step), observed: observedText(world, step, outcome), verdict: 'unchecked', memory: [] });
  }
  const audit = check.findings
    .filter((finding): finding is AuditFinding => 'audit' in finding.at)
    .map((finding) => describeAudit(world, finding));
  return { check, steps, audit };
}

function describeStep(before: World, step: Step, outcome: Outcome, judgement: StepJudgement): ResultStep {
  // Told with the names that are known after it: the step's own result is one of them.
  const known = ('world' in judgement ? judgement.world : undefined) ?? before;
  const head = { text: stepText(step), observed: observedText(known, step, outcome) };
  if (judgement.verdict === 'unchecked') return { ...head, verdict: 'unchecked', memory: [] };
  if (judgement.verdict === 'undecided')
    return { ...head, verdict: 'undecided', expected: [{ clause: 'open', text: judgement.why }], memory: describeMemory(before) };
  const ruling = allow(before, step);
  const expected = isOpen(ruling) ? [] : ruling.map((allowed) => describeAllowed(before, step, allowed));
  return {
    ...head,
    verdict: judgement.verdict,
    clause: judgement.clauses[0] ?? '',
    expected,
    memory: describeMemory(judgement.world ?? before),
  };
}

const stepText = (step: Step): string =>
  formatStep({ process: step.process, ...(step.result === undefined ? {} : { result: step.result }), call: step.call });

function observedText(world: World, step: Step, outcome: Outcome): string {
  if (outcome.kind === 'value' && RESULTS[step.call.kind] === 'address' && symbolic(world, outcome.value).base === 'abs') {
    // An address near nothing that the program has named: in pages it would be a number that nobody recognises.
    return `0x${outcome.value.toString(16)}`;
  }
  return formatOutcome(outcome, (address) => symbolic(world, address), step.call.kind);
}

export function describeAllowed(world: World, step: Step, allowed: Allowed): AllowedText {
  return { clause: allowed.clauses[0], text: expectedText(world, allowed.expected, step.call.kind) };
}

const OPTIONS_SHOWN = 4;

function expectedText(world: World, expected: Expected, kind: CallKind): string {
  const print = (outcome: Outcome): string => formatOutcome(outcome, (address) => symbolic(world, address), kind);
  if (expected.kind === 'some') return expected.text;
  if (expected.kind !== 'bytes') return print(foresee(expected));
  const shown = expected.options.slice(0, OPTIONS_SHOWN).map((bytes) => print({ kind: 'bytes', bytes }));
  return [...new Set(shown)].join(' or ') + (expected.options.length > OPTIONS_SHOWN ? ' or …' : '');
}

function describeAudit(world: World, finding: AuditFinding): AuditRow {
  const { observed, at, clauses } = finding;
  const page = formatValue(symbolic(world, at.address));
  const [clause] = clauses;
  if (observed.kind === 'probe') {
    return {
      process: at.audit,
      page,
      expected: [{ clause, text: `${observed.access}: ${observed.expected}` }],
      observed: `${observed.access}: ${observed.probe}`,
    };
  }
  const process = world.processes.get(at.audit)!;
  const mapping = process.space.map.get(at.address / PAGE_SIZE);
  const cell = mapping === undefined ? undefined : cellOf(world, process, at.address / PAGE_SIZE, mapping);
  return {
    process: at.audit,
    page,
    expected: [{ clause, text: `holds ${cell === undefined ? 'zeroes' : contentText(cell)}` }],
    observed: 'holds something else',
  };
}

/** The regions of every process that is alive, in ascending order. */
export function describeMemory(world: World): readonly ProcessMemory[] {
  const alive = [...world.processes.values()].filter((process) => process.state === 'running');
  return alive.map((process) => ({ process: process.name, regions: regionsOf(world, process) }));
}

/** Long runs and many of them are cut short: a picture is to be looked at. */
const REGIONS_SHOWN = 64;

function regionsOf(world: World, process: Process): Region[] {
  const regions: Region[] = [];
  for (const run of process.space.map.all()) {
    let start = run.start;
    while (start < run.end && regions.length < REGIONS_SHOWN) {
      const content = pageText(world, process, start, run.value);
      // Pages of one mapping are one region as long as they hold the same; pages far into a long run are taken to.
      let end = start + 1;
      while (end < run.end && end - start < REGIONS_SHOWN && pageText(world, process, end, run.value) === content) end++;
      if (end - start === REGIONS_SHOWN) end = run.end;
      regions.push({
        start: formatValue(symbolic(world, start * PAGE_SIZE)),
        pages: end - start,
        prot: `${run.value.prot & 1 ? 'r' : '-'}${run.value.prot & 2 ? 'w' : '-'}${run.value.prot & 4 ? 'x' : '-'}`,
        kind: kindText(world, start, run.value),
        flags: flagsOf(run.value),
        content,
      });
      start = end;
    }
  }
  return regions;
}

function kindText(world: World, page: number, mapping: Mapping): string {
  const sharing = mapping.shared ? 'shared' : 'private';
  if (mapping.object === undefined) return `${sharing} anon`;
  const object = objectOf(world, mapping.object);
  const index = page + mapping.delta;
  return `${sharing} ${object.kind} #${object.id}${index === 0 ? '' : `+${index}p`}`;
}

function flagsOf(mapping: Mapping): string[] {
  const flags = Object.entries(TRAIT)
    .filter(([, bit]) => has(mapping, bit))
    .map(([name]) => name);
  return mapping.locked === 'no' ? flags : [mapping.locked === 'yes' ? 'locked' : 'locked on fault', ...flags];
}

function cellOf(world: World, process: Process, page: number, mapping: Mapping): Cell | undefined {
  const own = mapping.shared ? undefined : process.space.cells.get(page);
  return own ?? (mapping.object === undefined ? undefined : objectOf(world, mapping.object).cells.get(page + mapping.delta));
}

function pageText(world: World, process: Process, page: number, mapping: Mapping): string {
  const cell = cellOf(world, process, page, mapping);
  return cell === undefined ? 'zeroes' : contentText(cell);
}

const BYTES_SHOWN = 4;

function contentText(cell: Cell): string {
  const texts = visible(cell).map(({ entries }) => {
    if (entries.length === 0) return 'zeroes';
    const shown = entries.slice(0, BYTES_SHOWN).map((entry) => `${(entry & 0xff).toString(16).padStart(2, '0')} at ${entry >>> 8}`);
    return shown.join(', ') + (entries.length > BYTES_SHOWN ? ', …' : '');
  });
  return texts.join(' or ');
}

/** A finding's expectation and observation in words. */
export function describeFinding(
  described: Described,
  finding: Finding,
): { readonly expected: readonly AllowedText[]; readonly observed: string } {
  if ('step' in finding.at) {
    const step = described.steps[finding.at.step]!;
    return { expected: step.expected ?? [], observed: step.observed };
  }
  const row = described.audit.find((candidate) => candidate.process === (finding.at as AuditFinding['at']).audit);
  return row === undefined ? { expected: [], observed: '' } : { expected: row.expected, observed: `${row.page} ${row.observed}` };
}

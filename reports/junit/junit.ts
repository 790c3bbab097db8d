/** The result as JUnit XML, for continuous integration: a suite for each chapter, a case for each clause. */
import { create } from 'xmlbuilder2';
import type { Divergence, Result } from '../result.ts';
import { visible, visibleLine } from '../text.ts';
import { type ClauseRow, chapterOf, clauseRows, quirkOf, verdictOf } from '../verdict.ts';

interface Case {
  readonly name: string;
  readonly status: 'passed' | 'failure' | 'error' | 'skipped';
  readonly message?: string;
  readonly details?: string;
}

/** The document. A clause that no step exercised is skipped; undecided and lost programs are errors, as is a target that did not run. */
export function formatJunit(result: Result): string {
  const suites = suitesOf(result);
  const all = [...suites.values()].flat();
  const document = create({ version: '1.0', encoding: 'UTF-8' });
  const root = document.ele('testsuites', {
    name: line(`vkconform ${result.target.name}`),
    ...totals(all),
    time: result.seconds.toFixed(3),
  });
  for (const [name, cases] of suites) {
    const suite = root.ele('testsuite', {
      name: line(name),
      ...totals(cases),
      // Programs exercise many clauses at once, so that no clause has a time of its own.
      time: '0',
      timestamp: line(result.startedAt),
      hostname: line(`${result.target.system} ${result.target.version}`),
    });
    for (const { name: testName, status, message, details } of cases) {
      const testcase = suite.ele('testcase', {
        name: line(testName),
        classname: line(`vkconform.${result.target.name}.${name}`),
        time: '0',
      });
      if (status === 'passed') {
        if (details !== undefined) testcase.ele('system-out').txt(visible(details));
      } else {
        const element = testcase.ele(status, { message: line(message ?? '') });
        if (details !== undefined) element.txt(visible(details));
      }
    }
  }
  return `${document.end({ prettyPrint: true })}\n`;
}

const line = visibleLine;

function totals(cases: readonly Case[]): Readonly<Record<string, number>> {
  const of = (status: Case['status']) => cases.filter((one) => one.status === status).length;
  return { tests: cases.length, failures: of('failure'), errors: of('error'), skipped: of('skipped') };
}

/** Cases by suite, in the order of the document. */
function suitesOf(result: Result): ReadonlyMap<string, readonly Case[]> {
  const suites = new Map<string, Case[]>();
  const add = (suite: string, one: Case) => {
    const cases = suites.get(suite);
    if (cases === undefined) suites.set(suite, [one]);
    else cases.push(one);
  };
  for (const row of clauseRows(result)) add(chapterOf(row.id), clauseCase(result, row));
  const verdict = verdictOf(result);
  if (verdict.kind === 'not-run') add('(target)', { name: 'the target runs', status: 'error', message: verdict.reason });
  else if (result.programs === 0) add('(target)', { name: 'a program runs to its end', status: 'error', message: verdict.reason });
  for (const { reason, count, program } of result.undecided) {
    add('(undecided)', { name: reason, status: 'error', message: `undecided in ${count} programs`, details: program });
  }
  for (const { why, count, program } of result.lost.reasons) {
    add('(lost)', { name: why, status: 'error', message: `lost ${count} programs`, details: program });
  }
  return suites;
}

function clauseCase(result: Result, row: ClauseRow): Case {
  const divergences = row.divergences.map((i) => result.divergences[i]!);
  const details = divergences.map((divergence) => describe(result, divergence)).join('\n\n');
  switch (row.status) {
    case 'conforms':
      return { name: row.id, status: 'passed' };
    case 'known':
      return { name: row.id, status: 'passed', details };
    case 'not exercised':
      return { name: row.id, status: 'skipped', message: 'not exercised' };
    case 'diverges': {
      const first = divergences[0];
      const message =
        first === undefined ? `diverged in ${row.diverged} programs` : `expected ${allowed(first)}, observed ${first.observed}`;
      return { name: row.id, status: 'failure', message, details };
    }
  }
}

function allowed({ expected }: Divergence): string {
  return expected.map(({ text }) => text).join(' or ');
}

function describe(result: Result, divergence: Divergence): string {
  const quirk = quirkOf(result, divergence);
  const lines = [divergence.minimal.trimEnd(), '', `expected: ${allowed(divergence)}`, `observed: ${divergence.observed}`];
  if (divergence.variant !== undefined) lines.push(`variant: ${divergence.variant}`);
  if (quirk !== undefined) lines.push(`known quirk: ${quirk.reason}`);
  lines.push(`in ${divergence.count} programs; replay: vkconform check ${divergence.token}`);
  return lines.join('\n');
}

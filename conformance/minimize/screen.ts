/**
 * Screening: candidates of which the model says that they cannot show the finding are not run. A finding at a step is looked for at the last
 * step, one of the audit on the audited pages at the end.
 */
import { type Expected, isOpen, type Ruling } from '../../model/allowed.ts';
import { pageCell, reach } from '../../model/memory/access.ts';
import { lookup, type World } from '../../model/world.ts';
import type { ClauseId } from '../../spec/clauses.ts';
import type { Choices } from '../../spec/dialects/dialect.ts';
import { PAGE_SIZE } from '../../spec/language/constants.ts';
import type { Program } from '../../spec/language/program.ts';
import type { Finding } from '../check/check-trace.ts';
import { auditRanges } from '../targets/audit.ts';
import { type Criterion, criterionOf, isAudit } from './criterion.ts';
import { foreseeAll, lastRuling, type Stage } from './foresight.ts';

export class Screen {
  readonly stage: Stage;
  readonly #criterion: Criterion;
  readonly #choices: Choices;
  /** What the model says of the page at which the audit had the finding, in the program that first showed it. */
  readonly #page: string | undefined;

  /** @param finding  that is looked for @param program  which showed it */
  constructor(stage: Stage, finding: Finding, program: Program) {
    this.stage = stage;
    this.#criterion = criterionOf(finding);
    const { choice, variant } = this.#criterion;
    this.#choices = choice === undefined ? stage.choices : ({ ...stage.choices, [choice]: variant } as Choices);
    const end = foreseeAll(stage, program).worlds[program.steps.length];
    if (isAudit(finding) && end?.processes.has(finding.at.audit))
      this.#page = auditedPage(end, finding.at.audit, finding.at.address / PAGE_SIZE).text;
  }

  /** False where the program cannot show the finding, as far as the model knows, or does what the law is open about. */
  admits(program: Program): boolean {
    return this.key(program) !== undefined;
  }

  /**
   * What the model says about the place of the finding, so that two programs with the same key are alike to it; undefined where the finding
   * cannot be. Numbers and addresses are not part of it.
   */
  key(program: Program): string | undefined {
    return this.#criterion.where === 'step' ? this.#stepKey(program) : this.#auditKey(program);
  }

  #stepKey(program: Program): string | undefined {
    const ruling = lastRuling(this.stage, program, this.#choices);
    return ruling !== undefined && this.#exercises(ruling) ? describe(ruling) : undefined;
  }

  #exercises(ruling: Ruling): boolean {
    if (isOpen(ruling)) return false;
    // A divergence is reported under the first clause that it goes against, a variant under the one that allows it.
    const looked = this.#criterion.kind === 'diverges' ? ruling.slice(0, 1) : ruling;
    return looked.some(({ clauses }) => clauses[0] === this.#criterion.clause);
  }

  /** Which page it is does not count: that of the finding moves as the program gets simpler. */
  #auditKey(program: Program): string | undefined {
    const { worlds } = foreseeAll(this.stage, program);
    let end = worlds[program.steps.length];
    if (end === undefined) return undefined;
    let key: string | undefined;
    for (const process of end.processes.values()) {
      if (process.state !== 'running') continue;
      for (const page of auditedPages(end, program)) {
        const audited = auditedPage(end, process.name, page);
        end = audited.world;
        if (audited.text === this.#page) return this.#page;
        if (audited.clauses.includes(this.#criterion.clause)) key = 'another page';
      }
    }
    return key;
  }
}

/** The pages that the audit of a program looks at, as the model resolves them. */
export function auditedPages(world: World, program: Program): readonly number[] {
  const found: number[] = [];
  for (const range of auditRanges(program)) {
    const base = range.base === 'arena' || range.base === 'heap' ? world.place[range.base] : lookup(world, range.base);
    if (base === undefined) continue;
    const first = Math.floor((base + range.offset) / PAGE_SIZE);
    for (let page = first; page < first + range.pages; page++) found.push(page);
  }
  return found;
}

interface AuditedPage {
  /** The clauses under which a divergence can be reported. */
  readonly clauses: readonly ClauseId[];
  /** The same, with what they rest on, as text. */
  readonly text: string;
  /** The world after the accesses. */
  readonly world: World;
}

/** What the model says of a page that is audited. */
function auditedPage(world: World, name: string, page: number): AuditedPage {
  const clauses: ClauseId[] = [];
  let text = '';
  let after = world;
  for (const access of ['load', 'store', 'exec'] as const) {
    const reached = reach(after, name, page, access);
    after = reached.world;
    const { fault, mapping } = reached;
    const clause: ClauseId = fault !== undefined ? fault.clause : access === 'exec' ? 'exec.runs' : `${access}.value`;
    clauses.push(clause);
    text += `${clause} `;
    if (mapping === undefined) continue;
    text += `${mapping.by} `;
    if (access !== 'load') continue;
    const cell = pageCell(after, after.processes.get(name)!, page, mapping);
    text += `${cell.by} ${cell.contents.map(({ hash }) => (hash === 0 ? 'zeros' : 'bytes')).join('|')} `;
  }
  return { clauses, text, world: after };
}

function describe(ruling: Ruling): string {
  if (isOpen(ruling)) return ruling.open;
  return ruling.map(({ clauses, expected }) => `${clauses.join(' ')} ${shape(expected)}`).join('; ');
}

function shape(expected: Expected): string {
  switch (expected.kind) {
    case 'errno':
      return expected.errno;
    case 'fault':
      return `${expected.signal}/${expected.code}`;
    case 'bytes':
      return expected.options.map((bytes) => (bytes.some((byte) => byte !== 0) ? 'bytes' : 'zeros')).join('|');
    case 'stop':
      return expected.how;
    case 'value':
      return expected.value === 0 ? '0' : 'value';
    case 'some':
      return 'some';
  }
}

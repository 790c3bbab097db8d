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
import { auditRanges } from '../targets/audit.ts';
import type { Criterion } from './criterion.ts';
import { foreseeWorlds, lastRuling, type Stage } from './foresight.ts';

export class Screen {
  readonly stage: Stage;
  readonly #criterion: Criterion;
  readonly #choices: Choices;

  constructor(stage: Stage, criterion: Criterion) {
    this.stage = stage;
    this.#criterion = criterion;
    this.#choices =
      criterion.choice === undefined ? stage.choices : ({ ...stage.choices, [criterion.choice]: criterion.variant } as Choices);
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
    return looked.some(({ clauses }) => this.#matches(clauses));
  }

  #matches(clauses: readonly ClauseId[]): boolean {
    return clauses[0] === this.#criterion.clause && clauses[1] === this.#criterion.because;
  }

  #auditKey(program: Program): string | undefined {
    const worlds = foreseeWorlds(this.stage, program);
    if (worlds.length <= program.steps.length) return undefined;
    let end = worlds[worlds.length - 1]!;
    for (const process of end.processes.values()) {
      if (process.state !== 'running') continue;
      for (const page of auditedPages(end, program)) {
        const audited = auditClauses(end, process.name, page);
        if (audited.clauses.some((clauses) => this.#matches(clauses))) return `${this.#criterion.clause} ${this.#criterion.because}`;
        end = audited.world;
      }
    }
    return undefined;
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

/** The clauses under which the audit of a page can report a divergence, in pairs as findings name them, and the world after its accesses. */
function auditClauses(
  world: World,
  name: string,
  page: number,
): { readonly clauses: readonly (readonly ClauseId[])[]; readonly world: World } {
  const clauses: (readonly ClauseId[])[] = [];
  let after = world;
  for (const access of ['load', 'store', 'exec'] as const) {
    const reached = reach(after, name, page, access);
    after = reached.world;
    if (reached.fault !== undefined) clauses.push([reached.fault.clause]);
    else {
      clauses.push([access === 'exec' ? 'exec.runs' : `${access}.value`, reached.mapping.by]);
      if (access === 'load') clauses.push(['load.value', pageCell(after, after.processes.get(name)!, page, reached.mapping).by]);
    }
  }
  return { clauses, world: after };
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

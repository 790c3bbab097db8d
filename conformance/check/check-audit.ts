/** Checks the audit of a process at the end of a program: for every page, whether it can be loaded from, stored to and run, and what it holds. */
import { type Fault, observePage, pageCell, type Reach, reach, visible } from '../../model/memory/access.ts';
import type { World } from '../../model/world.ts';
import type { ClauseId } from '../../spec/clauses.ts';
import { PAGE_SIZE } from '../../spec/language/constants.ts';
import type { AuditPage, Probe, ProcessAudit } from '../../spec/language/outcome.ts';

type Access = 'load' | 'store' | 'exec';

/** What the audit of a page saw, where it is not what the model allows. */
export type AuditObservation =
  | { readonly kind: 'probe'; readonly access: Access; readonly probe: Probe; readonly expected: Probe }
  | { readonly kind: 'content'; readonly hash: number; readonly expected: readonly number[] };

export interface AuditFinding {
  readonly kind: 'diverges';
  readonly at: { readonly audit: string; readonly address: number };
  readonly clauses: readonly [ClauseId, ...ClauseId[]];
  readonly observed: AuditObservation;
  readonly afterResync: boolean;
}

/** The clause that lets each access through. */
const GOES_THROUGH = { load: 'load.value', store: 'store.value', exec: 'exec.runs' } as const;

export interface AuditCheck {
  readonly world: World;
  readonly findings: readonly AuditFinding[];
}

export function checkAudit(
  world: World,
  audit: ProcessAudit,
  afterResync: boolean,
  onClauses: (clauses: readonly ClauseId[]) => void,
): AuditCheck {
  const findings: AuditFinding[] = [];
  // A target may audit what the model does not know, after a fork that was to fail.
  if (world.processes.get(audit.process)?.state !== 'running') return { world, findings };
  const wrong: OnWrong = ({ address }, clauses, observed) => {
    findings.push({ kind: 'diverges', at: { audit: audit.process, address }, clauses, observed, afterResync });
  };
  let after = world;
  for (const page of audit.pages) after = checkPage(after, audit.process, page, wrong, onClauses);
  return { world: after, findings };
}

type OnWrong = (page: AuditPage, clauses: readonly [ClauseId, ...ClauseId[]], observed: AuditObservation) => void;

const ACCESSES = ['load', 'store', 'exec'] as const;

function checkPage(world: World, name: string, page: AuditPage, wrong: OnWrong, onClauses: (clauses: readonly ClauseId[]) => void): World {
  const number = page.address / PAGE_SIZE;
  let after = world;
  let reached: Reach | undefined;
  for (const access of ACCESSES) {
    const probe = page[access];
    if (probe === 'unknown') continue;
    // Where nothing is mapped, all accesses fault alike.
    if (reached?.fault?.clause !== 'load.unmapped')
      reached = reach(after, name, number, access, probe === 'SIGSEGV/MAPERR' ? 'stays' : 'grows');
    // A page that is not the program's may hold anything.
    if (reached.fault?.foreign) return after;
    after = reached.world;
    const expected = probeOf(reached.fault);
    if (probe !== expected) {
      const clauses: [ClauseId, ...ClauseId[]] =
        reached.fault !== undefined ? [reached.fault.clause] : [GOES_THROUGH[access], reached.mapping.by];
      wrong(page, clauses, { kind: 'probe', access, probe, expected });
      return after;
    }
    if (access !== 'load' || reached.fault !== undefined) continue;
    const cell = pageCell(after, after.processes.get(name)!, number, reached.mapping);
    onClauses([cell.by]);
    const contents = visible(cell);
    if (contents.length === 1 ? contents[0]!.hash === page.hash : contents.some((content) => content.hash === page.hash)) {
      if (contents.length > 1) after = observePage(after, name, number, reached.mapping, (content) => content.hash === page.hash) ?? after;
    } else {
      wrong(page, ['load.value', cell.by], { kind: 'content', hash: page.hash, expected: contents.map((content) => content.hash) });
      return after;
    }
  }
  return after;
}

/** What the probe of an access sees that meets the fault. */
function probeOf(fault: Fault | undefined): Probe {
  if (fault === undefined) return 'ok';
  if (fault.signal === 'SIGBUS') return 'SIGBUS/ADRERR';
  return fault.code === 'ACCERR' ? 'SIGSEGV/ACCERR' : 'SIGSEGV/MAPERR';
}

/**
 * A target that is the model itself: every program comes out as the law foresees it, the audit included. What tells lies, or measures the cost of
 * everything but a kernel, stands on it.
 */

import { foreseen } from '../../model/judge.ts';
import { pageCell, reach, visible } from '../../model/memory/access.ts';
import { startWorld, type World } from '../../model/world.ts';
import { PAGE_SIZE } from '../../spec/language/constants.ts';
import type { AuditPage, Outcome, Place, Probe, ProcessAudit, Trace } from '../../spec/language/outcome.ts';
import type { Program } from '../../spec/language/program.ts';
import type { Law } from '../check/check-trace.ts';
import { IMAGINED } from '../generate/generate.ts';
import { auditedPages } from '../minimize/screen.ts';
import type { Target } from '../targets/target.ts';

/** @param place  where programs are imagined to run */
export function modelTarget(law: Law, place: Place = IMAGINED): Target {
  return {
    name: 'model',
    host: law.host,
    restarts: 0,
    run: async (programs) => programs.map((program) => foreseenRun(law, program, place)),
    close: async () => {},
  };
}

/** The trace of a program as foreseen. What follows a step for which the law is open is lost, and then there is no audit. */
export function foreseenRun(law: Law, program: Program, place: Place): Trace {
  const outcomes: Outcome[] = [];
  let world = startWorld(law.host, law.choices, place);
  for (const step of program.steps) {
    const next = foreseen(world, step);
    if (next === undefined) {
      const lost: Outcome = { kind: 'lost', why: 'the law is open here' };
      return { place, outcomes: [...outcomes, ...program.steps.slice(outcomes.length).map(() => lost)], audits: [] };
    }
    outcomes.push(next.outcome);
    world = next.world;
  }
  const audits: ProcessAudit[] = [];
  for (const { name, state } of world.processes.values()) {
    if (state !== 'running') continue;
    const pages: AuditPage[] = [];
    for (const page of auditedPages(world, program)) {
      const audited = auditPage(world, name, page);
      world = audited.world;
      pages.push(audited.entry);
    }
    audits.push({ process: name, pages });
  }
  return { place, outcomes, audits };
}

function auditPage(world: World, name: string, page: number): { readonly world: World; readonly entry: AuditPage } {
  let after = world;
  let hash = 0;
  const probes: Record<'load' | 'store' | 'exec', Probe> = { load: 'ok', store: 'ok', exec: 'ok' };
  for (const access of ['load', 'store', 'exec'] as const) {
    const reached = reach(after, name, page, access);
    after = reached.world;
    if (reached.fault !== undefined) probes[access] = `${reached.fault.signal}/${reached.fault.code}` as Probe;
    else if (access === 'load') hash = visible(pageCell(after, after.processes.get(name)!, page, reached.mapping))[0]!.hash;
  }
  return { world: after, entry: { address: page * PAGE_SIZE, ...probes, hash } };
}

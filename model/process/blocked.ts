/** Calls that wait. Clause process.blocked */
import type { ClauseId } from '../../spec/clauses.ts';
import type { Allowed } from '../allowed.ts';
import type { Process, World } from '../world.ts';

/**
 * The call waits for something that only a later step could do. Steps are made one after the other, so nothing ever ends the wait, and the
 * program is ended with all its processes.
 */
export function blocks(clause: ClauseId, world: World): Allowed {
  return { clauses: [clause, 'process.blocked'], expected: { kind: 'stop', how: 'blocked' }, next: () => allGone(world) };
}

function allGone(world: World): World {
  const processes = new Map<string, Process>();
  for (const process of world.processes.values()) processes.set(process.name, { ...process, state: 'reaped' });
  return { ...world, processes };
}

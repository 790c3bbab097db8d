/** wait(pid): takes the exit status of a child that has ended. Clauses wait.* */
import type { ClauseId } from '../../spec/clauses.ts';
import type { CallOf } from '../../spec/language/call.ts';
import { type Allowed, type Ruling, refuse } from '../allowed.ts';
import { type Process, type World, withProcess } from '../world.ts';
import { blocks } from './blocked.ts';
import { pidArgument } from './pid.ts';

const INT_MIN = -(2 ** 31);
/** What stands for any child, and for any child of the caller's process group: a program's processes are all of one group. */
const ANY_CHILD = -1;
const OWN_GROUP = 0;

export function judgeWait(world: World, process: Process, call: CallOf<'wait'>): Ruling {
  const { pid, cut } = pidArgument(world, call.pid);
  if (pid === INT_MIN) return [refuse('wait.least-id', world.choices['wait.least-id'] === 'esrch' ? 'ESRCH' : 'ECHILD', world)];
  if (pid < ANY_CHILD) return [refuse('wait.no-child', 'ECHILD', world)];
  const any = pid === ANY_CHILD || pid === OWN_GROUP;
  const children = [...world.processes.values()].filter(
    (child) => child.parent === process.name && child.state !== 'reaped' && (any || child.pid === pid),
  );
  if (children.length === 0) return [refuse('wait.no-child', 'ECHILD', world)];
  const ended = children.filter((child) => child.state === 'exited');
  if (ended.length === 0) return [blocks('wait.blocks', world)];
  const takes = world.choices['wait.order'] === 'oldest' ? ended.slice(0, 1) : ended;
  const clauses: ClauseId[] = ['exit.status'];
  if (any) clauses.push('wait.order');
  if (cut) clauses.push('wait.low-half');
  return takes.map((child) => reap(world, child, clauses));
}

function reap(world: World, child: Process, clauses: readonly ClauseId[]): Allowed {
  return {
    clauses: ['wait.status', ...clauses],
    expected: { kind: 'value', value: child.status },
    next: () => withProcess(world, { ...child, state: 'reaped' }),
  };
}

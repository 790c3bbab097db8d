/** exit(status): the process ends. Clauses exit.* */
import type { CallOf } from '../../spec/language/call.ts';
import type { Ruling } from '../allowed.ts';
import { emptySpace } from '../memory/address-space.ts';
import { table } from '../table.ts';
import { type Process, type World, withProcess } from '../world.ts';

export function judgeExit(world: World, process: Process, call: CallOf<'exit'>): Ruling {
  return [
    {
      clauses: ['exit.ends', 'exit.releases'],
      expected: { kind: 'stop', how: 'exited' },
      next: () => ended(world, process, call.status),
    },
  ];
}

/** The world after the end of a process: its memory and descriptors are gone, its status waits for its parent. */
function ended(world: World, process: Process, status: number): World {
  return withProcess(world, {
    ...process,
    state: 'exited',
    status: ((status % 256) + 256) % 256,
    space: emptySpace(process.space.brk),
    fds: table(),
  });
}

/** Process ids as arguments. */
import type { Value } from '../../spec/language/call.ts';
import { toInt } from '../memory/word.ts';
import { type Process, signed, type World } from '../world.ts';

/** Linux gives no greater id than this (PID_MAX_LIMIT on 64-bit machines). */
const PID_MAX = 2 ** 22;

export interface PidArgument {
  /** The number as a kernel takes it: the low 32 bits, signed. */
  readonly pid: number;
  /** The argument was another number. */
  readonly cut: boolean;
}

export function pidArgument(world: World, value: Value): PidArgument {
  // 2^63 plus an offset is inexact; its low half is not.
  const number = value.base === 'high' ? 2 ** 32 + value.offset : signed(world, value);
  const pid = toInt(number);
  return { pid, cut: pid !== number };
}

/** The program's process that is alive by this id; undefined where no process is, `foreign` where it may be anybody's. */
export function processByPid(world: World, { pid }: PidArgument): Process | 'foreign' | undefined {
  if (pid <= 0 || pid > PID_MAX) return undefined;
  for (const process of world.processes.values()) if (process.pid === pid) return process.state === 'running' ? process : undefined;
  return 'foreign';
}

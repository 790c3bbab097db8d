/** Targets by the name that the command line gives them. */
import { execTarget } from './exec.ts';
import { linuxTarget } from './linux.ts';
import { type Target, TargetUnavailable } from './target.ts';

/**
 * `linux`, or `exec:COMMAND` for a command whose standard input and output reach an agent.
 * @param lanes  how many agents are to work side by side, where the target can have several
 * @throws TargetUnavailable
 */
export async function openTarget(name: string, { lanes = 1 }: { readonly lanes?: number } = {}): Promise<Target> {
  if (name === 'linux') return linuxTarget({ lanes });
  if (name.startsWith('exec:') && name.length > 'exec:'.length) return execTarget(name.slice('exec:'.length));
  throw new TargetUnavailable(`there is no target '${name}'; the targets are linux and exec:COMMAND`);
}

/** Targets that are one command away: the kernel that this runs on, and anything that can run the agent. */
import { type AgentOptions, AgentTarget } from './agent-target.ts';
import { type CompileOptions, compileAgent } from './compile.ts';
import type { Target } from './target.ts';

/**
 * The kernel of this machine.
 * @throws TargetUnavailable  without a C compiler, or where the agent does not run
 */
export async function linuxTarget(options: AgentOptions & CompileOptions = {}): Promise<Target> {
  const { cc, cache, ...agent } = options;
  const command = await compileAgent({ ...(cc === undefined ? {} : { cc }), ...(cache === undefined ? {} : { cache }) });
  return AgentTarget.start('linux', { command, args: [] }, agent);
}

/**
 * Whatever system a shell command runs the agent on; it speaks on standard input and output.
 * @throws TargetUnavailable  where the agent does not answer
 */
export async function execTarget(command: string, options: AgentOptions = {}): Promise<Target> {
  return AgentTarget.start(`exec:${command}`, { command: 'sh', args: ['-c', command] }, options);
}

/** The kernel that this runs on. */
import { type AgentOptions, AgentTarget } from './agent-target.ts';
import { type CompileOptions, compileAgent } from './compile.ts';
import type { Target } from './target.ts';

/**
 * Compiles the agent if need be and starts it on this machine.
 * @throws TargetUnavailable  without a C compiler, or where the agent does not run
 */
export async function linuxTarget(options: AgentOptions & CompileOptions = {}): Promise<Target> {
  return AgentTarget.start('linux', { command: await compileAgent(options), args: [] }, options);
}

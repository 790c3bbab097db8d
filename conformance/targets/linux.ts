/** The kernel that this runs on. */
import { type AgentOptions, AgentTarget } from './agent-target.ts';
import { type CompileOptions, compileAgent } from './compile.ts';
import { lanesOf } from './lanes.ts';
import type { Target } from './target.ts';

export interface LinuxOptions extends AgentOptions, CompileOptions {
  /** How many agents work at the same time; 1 unless told. */
  readonly lanes?: number;
}

/**
 * Compiles the agent if need be and starts it on this machine.
 * @throws TargetUnavailable  without a C compiler, or where the agent does not run
 */
export async function linuxTarget(options: LinuxOptions = {}): Promise<Target> {
  const command = await compileAgent(options);
  return lanesOf(options.lanes ?? 1, () => AgentTarget.start('linux', { command, args: [] }, options));
}

/** Anything that can run the agent. */
import { type AgentOptions, AgentTarget } from './agent-target.ts';
import type { Target } from './target.ts';

/**
 * The system that a shell command runs the agent on, with its standard input and output.
 * @throws TargetUnavailable  where the agent does not answer
 */
export function execTarget(command: string, options: AgentOptions = {}): Promise<Target> {
  return AgentTarget.start(`exec:${command}`, { command: 'sh', args: ['-c', command] }, options);
}

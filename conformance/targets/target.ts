/** What the suite sees of anything that runs programs. */
import type { Host } from '../../spec/dialects/host.ts';
import type { Trace } from '../../spec/language/outcome.ts';
import type { Program } from '../../spec/language/program.ts';

export interface Target {
  /** As on the command line: `linux`, `exec:COMMAND`. */
  readonly name: string;
  readonly host: Host;
  /**
   * Runs programs in order; one trace each, in the same order. A program whose run was lost gives outcomes of kind `lost`.
   * Several calls may be under way at once.
   * @throws TargetUnavailable  when the target cannot be started again
   */
  run(programs: readonly Program[]): Promise<readonly Trace[]>;
  /** How often the target had to be started again. */
  readonly restarts: number;
  close(): Promise<void>;
}

/** The target cannot be started, or fails again and again without doing anything; the message says what to do about it. */
export class TargetUnavailable extends Error {
  override readonly name = 'TargetUnavailable';
}

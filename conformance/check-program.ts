/** One program judged on one target, in one call: for tests and scripts. */
import pc from 'picocolors';
import { resolveDialect } from '../spec/dialects/dialect.ts';
import { parseProgram } from '../spec/language/index.ts';
import type { Law } from './check/check-trace.ts';
import { checkedText, conforms } from './check/checked-text.ts';
import { describeTrace } from './check/describe.ts';
import { unmetExpectations } from './check/expectations.ts';
import { openTarget } from './targets/open.ts';
import type { Target } from './targets/target.ts';

export interface CheckProgramOptions {
  /** A target that is open and stays open, or the name of one that is opened for this program. Default: `linux`, this machine's kernel. */
  readonly target?: Target | string;
  /** The dialect to hold it to. Default: `linux`. */
  readonly dialect?: 'linux';
}

export interface CheckedProgram {
  /** Every step was judged, the law allows every outcome, and the program's own expectations are met. */
  readonly conforms: boolean;
  /** What happened step by step, as plain text of several lines. */
  readonly report: string;
}

/**
 * Runs a program in the `.vkt` notation and judges what came back.
 * @throws ProgramSyntaxError when the text is not a program; TargetUnavailable when the target cannot run
 */
export async function checkProgram(programText: string, options: CheckProgramOptions = {}): Promise<CheckedProgram> {
  const program = parseProgram(programText);
  const { target: wanted = 'linux', dialect = 'linux' } = options;
  const target = typeof wanted === 'string' ? await openTarget(wanted) : wanted;
  try {
    const [trace] = await target.run([program]);
    const law: Law = { host: target.host, choices: resolveDialect(dialect, target.host) };
    const described = describeTrace(law, program, trace!);
    const unmet = unmetExpectations(law, program, trace!);
    const title = `program on ${target.name} (${target.host.system} ${target.host.release})`;
    return { conforms: conforms(described, unmet), report: checkedText(title, described, unmet, pc.createColors(false)) };
  } finally {
    if (typeof wanted === 'string') await target.close();
  }
}

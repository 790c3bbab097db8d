/** Opens a target for the time of one piece of work. */
import { openTarget } from '../targets/open.ts';
import { type Target, TargetUnavailable } from '../targets/target.ts';
import { EXIT, Failure } from './failure.ts';

/** @throws Failure with the exit code for "could not run" when the target is not there or does not come back */
export async function withTarget<T>(name: string, work: (target: Target) => Promise<T>): Promise<T> {
  let target: Target | undefined;
  try {
    target = await openTarget(name);
    return await work(target);
  } catch (error) {
    if (error instanceof TargetUnavailable) throw new Failure(`${name} was not run: ${error.message}`, EXIT.notRun);
    throw error;
  } finally {
    await target?.close();
  }
}

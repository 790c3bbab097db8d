/** Generation and judging on one thread, the target left out: its traces were recorded before. */
import { checkTrace } from '../conformance/check/check-trace.ts';
import { programAt } from '../conformance/generate/programs.ts';
import type { Measure } from './alternate.ts';
import { seconds } from './alternate.ts';
import { type Recorded, SEED, type Subject } from './subject.ts';

const IGNORE = (): void => {};

/** @returns steps generated and judged per second */
export function generateAndJudge({ law }: Subject, { options, traces }: Recorded): Measure {
  return async () => {
    let judged = 0;
    const took = await seconds(() => {
      for (let index = 0; index < traces.length; index++) {
        judged += checkTrace(law, programAt(SEED, index, options), traces[index]!, IGNORE).judged;
      }
    });
    return judged / took;
  };
}

/** @returns steps generated per second */
export function generateOnly({ options, traces, steps }: Recorded): Measure {
  return async () => {
    const took = await seconds(() => {
      for (let index = 0; index < traces.length; index++) programAt(SEED, index, options);
    });
    return steps / took;
  };
}

/** @returns steps judged per second, the audits of memory included */
export function judgeOnly({ law }: Subject, { programs, traces }: Recorded): Measure {
  return async () => {
    let judged = 0;
    const took = await seconds(() => {
      for (const [index, program] of programs.entries()) judged += checkTrace(law, program, traces[index]!, IGNORE).judged;
    });
    return judged / took;
  };
}

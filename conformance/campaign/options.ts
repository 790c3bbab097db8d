/** What a campaign is asked to do, and what its parts share. */
import type { CallKind, Program } from '../../spec/language/index.ts';
import type { Law } from '../check/check-trace.ts';
import type { GenerateOptions } from '../generate/generate.ts';
import type { Target } from '../targets/target.ts';
import type { Tally } from './tally.ts';

export interface CampaignOptions {
  readonly target: Target;
  /** What the user named it: what other workers open. */
  readonly targetName: string;
  readonly dialect: 'linux';
  readonly seed: number;
  /** Generated programs to run; at most as many as the time allows. */
  readonly programs: number;
  readonly seconds: number;
  readonly steps: readonly [min: number, max: number];
  readonly calls: readonly CallKind[];
  readonly workers: number;
  /** Programs to run before any is generated. */
  readonly first: readonly Program[];
  /** Seconds that shrinking all findings may take. */
  readonly shrinkSeconds: number;
  readonly onProgress: (tally: Tally, seconds: number, done: number) => void;
  /** The shortest program of a finding so far, to be kept whatever happens next. */
  readonly onBest: (clause: string, program: Program) => void;
  readonly signal: AbortSignal;
}

export function generateOptions(options: Pick<CampaignOptions, 'steps' | 'calls'>, law: Law): GenerateOptions {
  return { ...law, stepsMin: options.steps[0], stepsMax: options.steps[1], calls: options.calls };
}

export interface Clock {
  readonly seconds: () => number;
  /** The run is to end: its time is over, or the user has stopped it. */
  readonly over: () => boolean;
  readonly report: () => void;
}

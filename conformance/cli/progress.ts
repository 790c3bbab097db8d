/** The live line of a run: on a terminal it is redrawn in place, elsewhere a plain line comes every few seconds. */
import { SingleBar } from 'cli-progress';

export interface Progress {
  readonly programs: number;
  readonly steps: number;
  readonly divergences: number;
  readonly undecided: number;
  readonly lost: number;
  /** Seconds since the start, and how many are left as far as can be told. */
  readonly seconds: number;
  readonly secondsLeft: number;
  /** 0 to 1. */
  readonly done: number;
}

export interface ProgressLine {
  update(progress: Progress): void;
  end(): void;
}

const PLAIN_SECONDS = 5;

export function progressLine(target: string, stream: NodeJS.WriteStream, quiet: boolean): ProgressLine {
  if (quiet) return { update: () => {}, end: () => {} };
  return stream.isTTY ? barLine(target, stream) : plainLine(target, stream);
}

function barLine(target: string, stream: NodeJS.WriteStream): ProgressLine {
  const bar = new SingleBar({
    stream,
    format: `${target} {bar} {text}`,
    barsize: 20,
    hideCursor: true,
    clearOnComplete: true,
    barCompleteChar: '━',
    barIncompleteChar: '─',
    fps: 8,
  });
  bar.start(1000, 0, { text: 'starting' });
  return {
    update: (progress) => bar.update(Math.round(progress.done * 1000), { text: describe(progress) }),
    end: () => bar.stop(),
  };
}

function plainLine(target: string, stream: NodeJS.WriteStream): ProgressLine {
  let last = 0;
  return {
    update: (progress) => {
      if (progress.seconds - last < PLAIN_SECONDS) return;
      last = progress.seconds;
      stream.write(`${target}: ${describe(progress)}\n`);
    },
    end: () => {},
  };
}

function describe(progress: Progress): string {
  const rate = progress.seconds > 0 ? Math.round(progress.steps / progress.seconds) : 0;
  const parts = [
    `${group(progress.programs)} programs`,
    `${group(rate)} steps/s`,
    `${progress.divergences} divergence${progress.divergences === 1 ? '' : 's'}`,
  ];
  if (progress.undecided > 0) parts.push(`${progress.undecided} undecided`);
  if (progress.lost > 0) parts.push(`${progress.lost} lost`);
  return `${parts.join(' · ')} · ${Math.ceil(progress.secondsLeft)} s left`;
}

const group = (count: number): string => count.toLocaleString('en-US');

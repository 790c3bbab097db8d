/** Ways for a command to end other than well, each with its exit code. */

export const EXIT = { conforms: 0, diverges: 1, usage: 2, notRun: 3 } as const;

/** Ends the command with one clear message: what is wrong and what to do. */
export class Failure extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode: number) {
    super(message);
    this.name = 'Failure';
    this.exitCode = exitCode;
  }
}

export const wrongUsage = (message: string): Failure => new Failure(message, EXIT.usage);

/** One agent process and its byte streams; when it goes down it says so once, and never comes back. */
import { type ChildProcess, spawn } from 'node:child_process';
import { ANSWER_BYTES_MAX, FrameReader } from './wire.ts';

/** How to start an agent. It speaks on its standard input and output. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
}

export interface ConnectionEvents {
  /** A whole frame, without its length. An error that it throws takes the connection down. */
  readonly onFrame: (payload: Uint8Array) => void;
  /** The connection is gone; what the agent had answered before has been given to onFrame. */
  readonly onDown: (why: string) => void;
}

const MESSAGE_BYTES_MAX = 4096;
/** How long a dead agent's streams may stay open in the hands of others. */
const CLOSE_MS = 1000;

export class Connection {
  readonly #child: ChildProcess;
  readonly #events: ConnectionEvents;
  readonly #frames = new FrameReader();
  #messages = '';
  #why: string | undefined;
  #down = false;
  readonly #closed: Promise<void>;

  constructor(launch: Launch, events: ConnectionEvents) {
    this.#events = events;
    // A process group of its own: killing it takes the programs' processes with it.
    const child = spawn(launch.command, launch.args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    this.#child = child;
    child.stdout!.on('data', (chunk: Buffer) => this.#receive(chunk));
    child.stderr!.on('data', (chunk: Buffer) => {
      if (this.#messages.length < MESSAGE_BYTES_MAX) this.#messages += chunk.toString('latin1');
    });
    // A broken pipe is followed by the end of the process, which tells more.
    child.stdin!.on('error', () => {});
    this.#closed = new Promise((resolve) => {
      const close = (why: string): void => {
        this.#goDown(why);
        resolve();
      };
      child.on('error', (error) => close(`it cannot be started: ${error.message}`));
      child.on('exit', (code, signal) => {
        const why = signal === null ? `it ended with status ${code}` : `it was killed by ${signal}`;
        this.#killGroup();
        child.on('close', () => close(why));
        setTimeout(() => close(why), CLOSE_MS).unref();
      });
    });
  }

  /** Queues bytes for the agent. */
  send(bytes: Uint8Array): void {
    this.#child.stdin!.write(bytes);
  }

  /** Ends the agent at once; onDown follows with this reason. */
  kill(why: string): void {
    this.#why ??= why;
    this.#killGroup();
    this.#goDown(why);
  }

  /** Lets the agent end by itself, which it does when it has answered everything; kills it after some time. */
  async end(graceMs: number): Promise<void> {
    this.#down = true;
    this.#child.stdin!.end();
    const timer = setTimeout(() => this.#killGroup(), graceMs);
    await this.#closed;
    clearTimeout(timer);
  }

  #receive(chunk: Uint8Array): void {
    if (this.#down) return;
    try {
      this.#frames.push(chunk, ANSWER_BYTES_MAX, this.#events.onFrame);
    } catch (error) {
      this.kill(error instanceof Error ? error.message : String(error));
    }
  }

  #goDown(why: string): void {
    if (this.#down) return;
    this.#down = true;
    const messages = this.#messages.trim();
    this.#events.onDown(`${this.#why ?? why}${messages === '' ? '' : ` (${messages})`}`);
  }

  #killGroup(): void {
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, 'SIGKILL');
    } catch {
      // Nobody is left in it.
    }
  }
}

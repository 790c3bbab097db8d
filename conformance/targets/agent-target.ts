/** A target behind an agent: keeps many programs in flight, and starts the agent again when it fails. */
import type { Host } from '../../spec/dialects/host.ts';
import type { Place, Trace } from '../../spec/language/outcome.ts';
import type { Program } from '../../spec/language/program.ts';
import { auditRanges } from './audit.ts';
import { Connection, type Launch } from './connection.ts';
import { decodeHello } from './hello.ts';
import { type Target, TargetUnavailable } from './target.ts';
import { decodeAnswer, RequestWriter } from './wire.ts';

export interface AgentOptions {
  /** How long one program may run before the agent gives it up, in milliseconds. */
  readonly programTimeoutMs?: number;
  /** How long the agent may be silent while it has work, or take to start. */
  readonly silenceTimeoutMs?: number;
  /** How often in a row the agent may fail without having answered anything. */
  readonly failuresMax?: number;
  /** How many programs are on their way at a time. */
  readonly window?: number;
  /** Audits try every access on every page. */
  readonly thorough?: boolean;
}

/** One program on its way. */
interface Job {
  readonly id: number;
  readonly program: Program;
  readonly frame: Uint8Array;
  readonly batch: Batch;
  readonly index: number;
}

/** One call of run. */
interface Batch {
  readonly traces: Trace[];
  left: number;
  readonly resolve: (traces: readonly Trace[]) => void;
  readonly reject: (error: Error) => void;
}

export class AgentTarget implements Target {
  readonly name: string;
  readonly #launch: Launch;
  readonly #options: Required<AgentOptions>;
  #host: Host | undefined;
  #place: Place = { arena: 0, heap: 0, buf: 0 };
  #connection: Connection | undefined;
  #started = false;
  #greeted = false;
  #waiting: Job[] = [];
  #flying: Job[] = [];
  /** Answered jobs at the front of #flying. */
  #answered = 0;
  #nextId = 1;
  #failures = 0;
  #restarts = 0;
  #unavailable: TargetUnavailable | undefined;
  #heard = 0;
  #timer: NodeJS.Timeout | undefined;
  #restarting: NodeJS.Timeout | undefined;
  #onGreeting: (() => void) | undefined;

  private constructor(name: string, launch: Launch, options: AgentOptions) {
    this.name = name;
    this.#launch = launch;
    const defaults = { programTimeoutMs: 5000, silenceTimeoutMs: 20_000, failuresMax: 10, window: 512, thorough: false };
    this.#options = { ...defaults, ...options };
  }

  /**
   * Starts an agent and waits for its greeting.
   * @throws TargetUnavailable
   */
  static async start(name: string, launch: Launch, options: AgentOptions = {}): Promise<AgentTarget> {
    const target = new AgentTarget(name, launch, options);
    await new Promise<void>((resolve) => {
      target.#onGreeting = resolve;
      target.#connect();
    });
    if (target.#unavailable) throw target.#unavailable;
    return target;
  }

  get host(): Host {
    return this.#host!;
  }

  get restarts(): number {
    return this.#restarts;
  }

  /** @throws UnencodableProgram  with nothing run */
  run(programs: readonly Program[]): Promise<readonly Trace[]> {
    return new Promise((resolve, reject) => {
      if (this.#unavailable) throw this.#unavailable;
      const batch: Batch = { traces: [], left: programs.length, resolve, reject };
      const jobs = this.#encode(programs, batch);
      if (jobs.length === 0) resolve([]);
      for (const job of jobs) this.#waiting.push(job);
      this.#send();
    });
  }

  async close(): Promise<void> {
    const connection = this.#connection;
    this.#unavailable ??= new TargetUnavailable(`${this.name} is closed`);
    this.#connection = undefined;
    this.#rejectAll(this.#unavailable);
    clearInterval(this.#timer);
    clearTimeout(this.#restarting);
    await connection?.end(2000);
  }

  #encode(programs: readonly Program[], batch: Batch): Job[] {
    const writer = new RequestWriter();
    const first = this.#nextId;
    const ends = programs.map((program, index) => {
      const ranges = auditRanges(program, { thorough: this.#options.thorough });
      return writer.add(first + index, program, ranges, this.#options.programTimeoutMs);
    });
    this.#nextId += programs.length;
    const bytes = writer.take();
    return programs.map((program, index) => {
      const frame = bytes.subarray(index === 0 ? 0 : ends[index - 1], ends[index]);
      return { id: (first + index) >>> 0, program, frame, batch, index };
    });
  }

  #connect(): void {
    this.#restarting = undefined;
    if (this.#started) this.#restarts++;
    this.#started = true;
    this.#greeted = false;
    this.#heard = performance.now();
    this.#timer ??= setInterval(() => this.#checkSilence(), 500);
    const connection = new Connection(this.#launch, {
      onFrame: (payload) => this.#receive(payload),
      onDown: (why) => this.#down(why),
    });
    this.#connection = connection;
  }

  /** Fills the window from the queue, in few large writes. */
  #send(): void {
    if (this.#connection === undefined) {
      if (this.#restarting === undefined) this.#connect();
      return;
    }
    const flying = this.#flying.length - this.#answered;
    if (!this.#greeted || this.#waiting.length === 0 || flying > this.#options.window / 2) return;
    if (flying === 0) this.#heard = performance.now();
    const jobs = this.#waiting.splice(0, this.#options.window - flying);
    const frames = jobs.map((job) => job.frame);
    this.#flying = this.#flying.slice(this.#answered);
    this.#answered = 0;
    for (const job of jobs) this.#flying.push(job);
    this.#connection.send(frames.length === 1 ? frames[0]! : Buffer.concat(frames));
  }

  #receive(payload: Uint8Array): void {
    this.#heard = performance.now();
    if (!this.#greeted) {
      const { host, place } = decodeHello(payload);
      this.#host ??= host;
      this.#place = place;
      this.#greeted = true;
      this.#onGreeting?.();
      this.#send();
      return;
    }
    const job = this.#flying[this.#answered];
    if (job === undefined) throw new Error('it answered what nobody asked');
    const answer = decodeAnswer(payload, { id: job.id, program: job.program, place: this.#place });
    this.#answered++;
    this.#failures = 0;
    if (answer.status === 'done') this.#finish(job, answer.trace);
    else this.#lose(job, answer.status === 'lost' ? 'the program did not end in time' : 'the agent refused the program');
    this.#send();
  }

  #finish(job: Job, trace: Trace): void {
    job.batch.traces[job.index] = trace;
    job.batch.left--;
    if (job.batch.left === 0) job.batch.resolve(job.batch.traces);
  }

  #lose(job: Job, why: string): void {
    this.#finish(job, { place: this.#place, outcomes: job.program.steps.map(() => ({ kind: 'lost', why })), audits: [] });
  }

  #checkSilence(): void {
    const working = !this.#greeted || this.#flying.length > this.#answered;
    if (!working || performance.now() - this.#heard < this.#options.silenceTimeoutMs) return;
    this.#connection?.kill(`it said nothing for ${this.#options.silenceTimeoutMs / 1000} s`);
  }

  /** The agent failed. The program that it was at is lost; those behind it go to the next agent. */
  #down(why: string): void {
    const [suspect, ...others] = this.#flying.slice(this.#answered);
    const greeted = this.#greeted;
    this.#connection = undefined;
    this.#flying = [];
    this.#answered = 0;
    this.#waiting = others.concat(this.#waiting);
    if (greeted && suspect === undefined && this.#waiting.length === 0) return; // it ended while idle: the next run starts another
    this.#failures++;
    if (suspect) this.#lose(suspect, `the agent failed: ${why}`);
    if (this.#failures >= this.#options.failuresMax) {
      this.#unavailable = new TargetUnavailable(`the agent of ${this.name} failed ${this.#failures} times in a row: ${why}`);
      clearInterval(this.#timer);
      this.#rejectAll(this.#unavailable);
      this.#onGreeting?.();
      return;
    }
    // The first restart is at once; what fails again and again gets time to recover.
    this.#restarting = setTimeout(() => this.#connect(), this.#failures === 1 ? 0 : 2 ** this.#failures);
  }

  #rejectAll(error: TargetUnavailable): void {
    for (const job of this.#flying.slice(this.#answered).concat(this.#waiting)) job.batch.reject(error);
    this.#flying = [];
    this.#waiting = [];
    this.#answered = 0;
  }
}

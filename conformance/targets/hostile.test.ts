/** Frames that no honest suite sends: the agent refuses them or ends, and never hangs. */
import { type ChildProcess, spawn } from 'node:child_process';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseProgram } from '../../spec/language/index.ts';
import { wellFormedPrograms } from '../../spec/language/program.testing.ts';
import { auditRanges } from './audit.ts';
import { compileAgent } from './compile.ts';
import { ANSWER_BYTES_MAX, encodeProgram, FrameReader } from './wire.ts';

let command: string;
beforeAll(async () => {
  command = await compileAgent();
});

/** A bare connection: sends frames one by one and gives each answer's id and status, or how the agent ended. */
class RawAgent {
  readonly #child: ChildProcess = spawn(command, [], { stdio: ['pipe', 'pipe', 'ignore'] });
  readonly #frames = new FrameReader();
  #answers: Uint8Array[] = [];
  #notify: (() => void) | undefined;
  ended: string | undefined;

  constructor() {
    this.#child.stdin!.on('error', () => {});
    this.#child.stdout!.on('data', (chunk: Buffer) => {
      this.#frames.push(chunk, ANSWER_BYTES_MAX, (frame) => this.#answers.push(frame));
      this.#notify?.();
    });
    this.#child.on('close', (code, signal) => {
      this.ended = signal ?? `status ${code}`;
      this.#notify?.();
    });
  }

  /** The next frame from the agent; undefined when it has ended. */
  async next(): Promise<Uint8Array | undefined> {
    while (this.#answers.length === 0 && this.ended === undefined) {
      await new Promise<void>((resolve) => {
        this.#notify = resolve;
      });
    }
    return this.#answers.shift();
  }

  write(bytes: Uint8Array): void {
    this.#child.stdin!.write(bytes);
  }

  end(): void {
    this.#child.stdin!.end();
  }
}

const frame = (payload: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(4 + payload.length);
  new DataView(bytes.buffer).setUint32(0, payload.length, true);
  bytes.set(payload, 4);
  return bytes;
};
const statusOf = (answer: Uint8Array | undefined): number | undefined => answer?.[4];
const good = encodeProgram(parseProgram('load(buf)'), { id: 1, ranges: [], timeoutMs: 1000 });

describe('an agent that stays up', () => {
  let agent: RawAgent;
  beforeAll(async () => {
    agent = new RawAgent();
    await agent.next();
  });
  afterAll(() => agent.end());

  /** Sends a payload, then a good program, which must be answered; gives the status of the first. */
  async function statusAfter(payload: Uint8Array): Promise<number | undefined> {
    agent.write(frame(payload));
    agent.write(good);
    const status = statusOf(await agent.next());
    expect(statusOf(await agent.next())).toBe(0);
    return status;
  }

  const base = encodeProgram(parseProgram('q = pipe()\np1 = fork()\nreadv(q.r, [buf:1])\nopen(f1, rdonly)'), {
    id: 1,
    ranges: [{ base: 'arena', offset: 0, pages: 1, exec: false, loads: false, thorough: false }],
    timeoutMs: 1000,
  }).slice(4);
  const edited = (at: number, ...bytes: number[]): Uint8Array => {
    const payload = base.slice();
    payload.set(bytes, at);
    return payload;
  };
  // Offsets: a head of 10 bytes, steps of 5 + 10 n.
  const [PIPE, FORK, READV, OPEN, RANGE] = [10, 25, 40, 85, 110];

  test('runs the frame that the others are made of', async () => {
    expect(base.length).toBe(RANGE + 13);
    expect(await statusAfter(base)).toBe(0);
  });

  test.each([
    ['no bytes', new Uint8Array(0)],
    ['half a head', base.subarray(0, 7)],
    ['a byte too few', base.subarray(0, base.length - 1)],
    ['a byte too many', Uint8Array.from([...base, 0])],
    ['more steps than there are', edited(6, 5)],
    ['65535 steps', edited(6, 0xff, 0xff)],
    ['65535 ranges', edited(8, 0xff, 0xff)],
    ['a process that never is', edited(READV, 2)],
    ['a process number beyond all', edited(READV, 200)],
    ['a step of a process before its fork', edited(PIPE, 1)],
    ['an unknown call', edited(PIPE + 1, 250)],
    ['a result in a fixed slot', edited(PIPE + 2, 3, 0)],
    ['a result in a slot beyond all', edited(PIPE + 2, 0xfe, 0xff)],
    ['an argument from a slot beyond all', edited(PIPE + 5, 0xfe, 0xff)],
    ['an argument from a slot without meaning', edited(PIPE + 5, 10, 0)],
    ['fewer arguments than the call has', edited(PIPE + 4, 0)],
    ['more arguments than there are', edited(OPEN + 4, 255)],
    ['a fork into p0', edited(FORK + 7, 0)],
    ['a fork into a process beyond all', edited(FORK + 7, 16)],
    ['a fork into a negative process', edited(FORK + 7, 1, 0, 0, 0, 0, 0, 0, 0x80)],
    ['a fork into a process by a name', edited(FORK + 5, 16)],
    ['a vector longer than its arguments', edited(READV + 17, 2)],
    ['a vector of negative length', edited(READV + 17, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff)],
    ['a vector of a named length', edited(READV + 15, 16)],
    ['a file beyond all', edited(OPEN + 7, 64)],
    ['a negative file', edited(OPEN + 14, 0x80)],
    ['a range at a slot without meaning', edited(RANGE, 12)],
    ['a range of too many pages', edited(RANGE + 10, 0xff, 0xff)],
  ])('refuses %s', async (_, payload) => {
    expect(await statusAfter(payload)).toBe(1);
  });

  test('refuses two forks into one process, and too many segments', async () => {
    const fork = base.subarray(FORK, READV);
    expect(await statusAfter(Uint8Array.from([...[1, 0, 0, 0], ...[0, 1], ...[2, 0], ...[0, 0], ...fork, ...fork]))).toBe(1);
    const segments = encodeProgram(parseProgram('shmget(1p)\n'.repeat(257)), { id: 1, ranges: [], timeoutMs: 100 });
    expect(await statusAfter(segments.subarray(4))).toBe(1);
  });

  test('refuses a program whose answer could not be sent', async () => {
    const looks = encodeProgram(parseProgram('mincore(arena, 1p)\n'.repeat(5000)), { id: 1, ranges: [], timeoutMs: 100 });
    expect(await statusAfter(looks.subarray(4))).toBe(1);
  });

  test('answers or refuses whatever bytes of a program are changed', async () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(
        wellFormedPrograms({ maxSteps: 6, kinds: ['mmap', 'munmap', 'load', 'store', 'fork', 'pipe', 'mincore', 'open'] }),
        edits,
        async (program, changes) => {
          const payload = encodeProgram(program, { id: 1, ranges: auditRanges(program), timeoutMs: 100 }).slice(4);
          for (const [at, byte] of changes) payload[at % payload.length] = byte;
          payload.set([100, 0], 4);
          expect([0, 1, 2]).toContain(await statusAfter(payload));
        },
      ),
      { numRuns: 300 },
    );
  });

  test('refuses noise', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (payload) => {
        payload.set([100, 0].slice(0, Math.max(0, payload.length - 4)), Math.min(4, payload.length));
        expect([0, 1]).toContain(await statusAfter(payload));
      }),
      { numRuns: 200 },
    );
  });
});

describe('an agent that ends', () => {
  test('does so quietly when its input ends, even within a frame', async () => {
    for (const part of [0, 2, 4, good.length - 1]) {
      const agent = new RawAgent();
      await agent.next();
      agent.write(good.subarray(0, part));
      agent.end();
      expect(await agent.next()).toBeUndefined();
      expect(agent.ended).toBe('status 0');
    }
  });

  test('says that it refuses a frame that is too long', async () => {
    const agent = new RawAgent();
    await agent.next();
    agent.write(Uint8Array.from([...good, 1, 0, 16, 0]));
    expect(statusOf(await agent.next())).toBe(0);
    expect(statusOf(await agent.next())).toBe(1);
    expect(await agent.next()).toBeUndefined();
    expect(agent.ended).toBe('status 2');
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { abs, type Outcome, parseProgram, type Trace } from '../../spec/language/index.ts';
import { wellFormedPrograms } from '../../spec/language/program.testing.ts';
import { auditRanges } from './audit.ts';
import { answerFrame, readRequest } from './wire.testing.ts';
import { ANSWER_BYTES_MAX, BadAnswer, decodeAnswer, encodeProgram, FrameReader, RequestWriter, UnencodableProgram } from './wire.ts';

const place = { arena: 0x2020000000, heap: 0x5000000, buf: 0x1004000000 };
const program = parseProgram('a = mmap(0, 1p, rw, private|anon)\nload(a)\np1 = fork()');
const encoded = (text: string): ReturnType<typeof readRequest> =>
  readRequest(encodeProgram(parseProgram(text), { id: 7, ranges: [], timeoutMs: 99 }));

describe('a request', () => {
  test('has slots for names, and two for a pipe', () => {
    const { id, timeoutMs, steps } = encoded('a = mmap(heap+1p, 1p, rw, private|anon)\nq = pipe()\nb = dup(q.w)\nread(q.r, a-1, 2)');
    expect([id, timeoutMs]).toEqual([7, 99]);
    expect(steps.map(({ slot }) => slot)).toEqual([16, 17, 19, 0xffff]);
    expect(steps[0]!.args.map(([slot]) => slot)).toEqual([2, 0, 0, 0, 0, 0]);
    expect(steps[2]!.args).toEqual([[18, 0n]]);
    expect(steps[3]!.args).toEqual([
      [17, 0n],
      [16, -1n],
      [0, 2n],
    ]);
  });

  test('counts processes and vectors', () => {
    const { steps } = encoded('p1 = fork()\np1: c = fork()\nc: readv(0, [buf:1, arena+1:2])');
    expect(steps.map(({ process }) => process)).toEqual([0, 1, 2]);
    expect(steps.map(({ args }) => args)).toEqual([
      [[0, 1n]],
      [[0, 2n]],
      [
        [0, 0n],
        [0, 2n],
        [5, 0n],
        [0, 1n],
        [1, 1n],
        [0, 2n],
      ],
    ]);
  });

  test('keeps every number of 53 bits and its sign', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (offset) => {
        const steps = [{ process: 'p0', call: { kind: 'brk', addr: abs(offset) } }] as const;
        expect(readRequest(encodeProgram({ steps }, { id: 0, ranges: [], timeoutMs: 0 })).steps[0]!.args).toEqual([[0, BigInt(offset)]]);
      }),
    );
  });

  test('exists for every well-formed program, with its ranges', () => {
    fc.assert(
      fc.property(wellFormedPrograms(), (any) => {
        const ranges = auditRanges(any);
        const request = readRequest(encodeProgram(any, { id: 1, ranges, timeoutMs: 5000 }));
        expect(request.steps).toHaveLength(any.steps.length);
        expect(request.ranges.map(({ pages }) => pages)).toEqual(ranges.map(({ pages }) => pages));
      }),
    );
  });

  const iov = (count: number) => Array.from({ length: count }, () => ({ addr: abs(0), length: abs(1) }));
  const load = { process: 'p0', call: { kind: 'load', addr: abs(0), size: 1 } } as const;
  const fork = (result: string) => ({ process: 'p0', result, call: { kind: 'fork' } }) as const;
  test.each([
    ['an unbound name', { steps: [{ ...load, call: { ...load.call, addr: { base: 'nowhere', offset: 0 } } }] }, 'nowhere is not bound'],
    ['an unknown process', { steps: [{ ...load, process: 'p7' }] }, 'no process p7'],
    ['two processes of a name', { steps: [fork('p1'), fork('p1')] }, 'two processes p1'],
    ['too many processes', { steps: Array.from({ length: 16 }, (_, i) => fork(`c${i}`)) }, '16 processes'],
    ['too many steps', { steps: Array.from({ length: 16385 }, () => load) }, '16384 steps'],
    ['too long a vector', { steps: [{ process: 'p0', call: { kind: 'readv', fd: abs(0), iov: iov(200) } } as const] }, '255 numbers'],
    [
      'too many bytes',
      { steps: Array.from({ length: 1000 }, () => ({ process: 'p0', call: { kind: 'readv', fd: abs(0), iov: iov(120) } }) as const) },
      '1048576 bytes',
    ],
  ])('is refused for %s, and leaves the writer as it was', (_, bad, message) => {
    const writer = new RequestWriter();
    const end = writer.add(1, program, [], 1);
    expect(() => writer.add(2, bad, [], 1)).toThrow(UnencodableProgram);
    expect(() => writer.add(2, bad, [], 1)).toThrow(message);
    expect(writer.take()).toEqual(encodeProgram(program, { id: 1, ranges: [], timeoutMs: 1 }));
    expect(end).toBeGreaterThan(0);
  });
});

const outcomes: fc.Arbitrary<Outcome> = fc.oneof(
  fc.record({ kind: fc.constant('value' as const), value: fc.maxSafeInteger() }),
  fc.record({ kind: fc.constant('errno' as const), errno: fc.constantFrom('EINVAL', 'EOPNOTSUPP', 'E4000') }) as fc.Arbitrary<Outcome>,
  fc.record({
    kind: fc.constant('fault' as const),
    signal: fc.constant('SIGSEGV' as const),
    code: fc.constantFrom('MAPERR', 'ACCERR', 'KERNEL', '-6'),
    address: fc.maxSafeNat(),
  }),
  fc.record({ kind: fc.constant('bytes' as const), bytes: fc.array(fc.nat(255), { maxLength: 40 }) }),
  fc.record({
    kind: fc.constant('stop' as const),
    how: fc.constantFrom('exited' as const, 'blocked' as const, 'killed' as const, 'gone' as const, 'refused' as const),
  }),
);
const probes = fc.constantFrom(
  'ok' as const,
  'SIGSEGV/MAPERR' as const,
  'SIGSEGV/ACCERR' as const,
  'SIGBUS/ADRERR' as const,
  'other' as const,
  'unknown' as const,
);
const pages = fc.array(fc.record({ address: fc.maxSafeNat(), load: probes, store: probes, exec: probes, hash: fc.nat() }), {
  maxLength: 5,
});
const traces: fc.Arbitrary<Trace> = fc.record({
  place: fc.constant(place),
  outcomes: fc.array(outcomes, { minLength: 3, maxLength: 3 }),
  audits: fc.tuple(pages, pages).map(([first, second]) => [
    { process: 'p0', pages: first },
    { process: 'p1', pages: second },
  ]),
});

describe('an answer', () => {
  test('is read as it was written', () => {
    fc.assert(
      fc.property(traces, (trace) => {
        expect(decodeAnswer(answerFrame(5, trace).subarray(4), { id: 5, program, place })).toEqual({ status: 'done', id: 5, trace });
      }),
    );
  });

  test('is a bad answer at worst, whatever is done to it', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 });
    fc.assert(
      fc.property(traces, changes, fc.nat(), (trace, edits, cut) => {
        const payload = answerFrame(5, trace).slice(4);
        for (const [at, byte] of edits) payload[at % payload.length] = byte;
        try {
          decodeAnswer(payload.subarray(0, payload.length - (cut % payload.length)), { id: 5, program, place });
        } catch (error) {
          expect(error).toBeInstanceOf(BadAnswer);
        }
      }),
    );
  });

  const trace: Trace = { place, outcomes: [1, 2, 3].map((value) => ({ kind: 'value', value })), audits: [{ process: 'p0', pages: [] }] };
  const good = answerFrame(5, trace).subarray(4);
  const edited = (at: number, byte: number): Uint8Array => Uint8Array.from(good, (old, i) => (i === at ? byte : old));
  test.each([
    ['another program', edited(0, 6), 'for program 6'],
    ['an unknown status', edited(4, 3), 'status 3'],
    ['a missing outcome', edited(5, 2), '2 outcomes for 3 steps'],
    ['an unknown outcome', edited(8, 9), 'outcome of kind 9'],
    ['an unknown stop', Uint8Array.from([...good.subarray(0, 8), 4, 9]), 'unknown stop'],
    ['an unknown signal', Uint8Array.from([...good.subarray(0, 8), 2, 99]), 'signal 99'],
    ['a process that is not there', edited(good.length - 3, 2), 'does not have'],
    ['too few bytes', good.subarray(0, good.length - 1), 'too soon'],
    ['too many bytes', Uint8Array.from([...good, 0]), 'longer'],
  ])('is bad with %s', (_, payload, message) => {
    expect(() => decodeAnswer(payload, { id: 5, program, place })).toThrow(message);
  });

  test('is bad with an unknown probe', () => {
    const page = { address: 0, load: 'ok', store: 'ok', exec: 'ok', hash: 0 } as const;
    const payload = answerFrame(5, { ...trace, audits: [{ process: 'p0', pages: [page] }] }).slice(4);
    payload[payload.length - 6] = 77;
    expect(() => decodeAnswer(payload, { id: 5, program, place })).toThrow('probe 77');
  });

  test('may say that there is no trace', () => {
    const none = (status: number): Uint8Array => Uint8Array.from([5, 0, 0, 0, status, 0, 0, 0]);
    expect(decodeAnswer(none(1), { id: 5, program, place })).toEqual({ status: 'rejected', id: 5 });
    expect(decodeAnswer(none(2), { id: 5, program, place })).toEqual({ status: 'lost', id: 5 });
  });
});

describe('a stream of frames', () => {
  test('is cut at the frames wherever it was cut on its way', () => {
    const frames = fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 8 });
    fc.assert(
      fc.property(frames, fc.infiniteStream(fc.integer({ min: 1, max: 20 })), (payloads, sizes) => {
        const stream = Buffer.concat(payloads.flatMap((payload) => [Buffer.from([payload.length, 0, 0, 0]), payload]));
        const reader = new FrameReader();
        const read: Uint8Array[] = [];
        for (let at = 0; at < stream.length; ) {
          const size = sizes.next().value!;
          reader.push(stream.subarray(at, at + size), ANSWER_BYTES_MAX, (frame) => read.push(frame));
          at += size;
        }
        expect(read.map((frame) => [...frame])).toEqual(payloads.map((payload) => [...payload]));
      }),
    );
  });

  test('is bad with a length beyond the limit', () => {
    const read: Uint8Array[] = [];
    const push = (): void => new FrameReader().push(Uint8Array.from([1, 0, 0, 0, 7, 0, 0, 0, 1]), 1000, (frame) => read.push(frame));
    expect(push).toThrow(BadAnswer);
    expect(read).toEqual([Uint8Array.from([7])]);
  });
});

/** The other side of the wire: reads requests and writes answers as the agent does. For tests. */
import { ERRNO, type Outcome, SIGNAL, SIGNAL_CODES, type Trace } from '../../spec/language/index.ts';

export interface Request {
  readonly id: number;
  readonly timeoutMs: number;
  readonly steps: readonly { process: number; call: number; slot: number; args: readonly (readonly [slot: number, offset: bigint])[] }[];
  readonly ranges: readonly { slot: number; offset: bigint; pages: number; flags: number }[];
}

/** Reads one whole request frame, with its length. */
export function readRequest(frame: Uint8Array): Request {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  let at = 4;
  const take = (bytes: number): number => {
    at += bytes;
    return at - bytes;
  };
  const number = (): readonly [number, bigint] => [view.getUint16(take(2), true), view.getBigInt64(take(8), true)];
  const id = view.getUint32(take(4), true);
  const [timeoutMs, stepCount, rangeCount] = [0, 0, 0].map(() => view.getUint16(take(2), true)) as [number, number, number];
  const steps = Array.from({ length: stepCount }, () => {
    const [process, call] = [view.getUint8(take(1)), view.getUint8(take(1))];
    const slot = view.getUint16(take(2), true);
    return { process, call, slot, args: Array.from({ length: view.getUint8(take(1)) }, number) };
  });
  const ranges = Array.from({ length: rangeCount }, () => {
    const [slot, offset] = number();
    return { slot, offset, pages: view.getUint16(take(2), true), flags: view.getUint8(take(1)) };
  });
  if (at !== frame.length || view.getUint32(0, true) !== at - 4) throw new Error(`the frame has ${frame.length} bytes, read ${at}`);
  return { id, timeoutMs, steps, ranges };
}

const PROBES = ['ok', 'SIGSEGV/MAPERR', 'SIGSEGV/ACCERR', 'SIGBUS/ADRERR', 'other'];
const STOPS = ['exited', 'blocked', 'killed', 'gone', 'refused'];

/** Bytes of numbers, little endian: `[width, number]` pairs. */
function bytes(...numbers: readonly (readonly [width: 1 | 2 | 4 | 8, value: number])[]): number[] {
  return numbers.flatMap(([width, value]) => {
    const view = new DataView(new ArrayBuffer(8));
    view.setBigInt64(0, BigInt(value), true);
    return [...new Uint8Array(view.buffer, 0, width)];
  });
}

function outcomeBytes(outcome: Outcome): number[] {
  switch (outcome.kind) {
    case 'value':
      return bytes([1, 0], [8, outcome.value]);
    case 'errno':
      return bytes([1, 1], [2, ERRNO[outcome.errno as keyof typeof ERRNO] ?? Number(outcome.errno.slice(1))]);
    case 'fault': {
      const codes = (SIGNAL_CODES as Record<string, Record<string, number>>)[outcome.signal] ?? {};
      return bytes([1, 2], [1, SIGNAL[outcome.signal]], [4, codes[outcome.code] ?? Number(outcome.code)], [8, outcome.address]);
    }
    case 'bytes':
      return [...bytes([1, 3], [2, outcome.bytes.length]), ...outcome.bytes];
    case 'stop':
      return [4, STOPS.indexOf(outcome.how)];
    case 'lost':
      throw new Error('an agent that is lost says nothing');
  }
}

/** The frame, with its length, that answers a program with this trace; processes are called p0, p1, … in it. */
export function answerFrame(id: number, trace: Trace): Uint8Array {
  const probe = (name: string): number => (name === 'unknown' ? 255 : PROBES.indexOf(name));
  const payload = [
    ...bytes([4, id], [1, 0], [2, trace.outcomes.length], [1, trace.audits.length]),
    ...trace.outcomes.flatMap(outcomeBytes),
    ...trace.audits.flatMap(({ process, pages }) => [
      ...bytes([1, Number(process.slice(1))], [2, pages.length]),
      ...pages.flatMap(({ address, load, store, exec, hash }) =>
        bytes([8, address], [1, probe(load)], [1, probe(store)], [1, probe(exec)], [1, 0], [4, hash]),
      ),
    ]),
  ];
  return Uint8Array.from([...bytes([4, payload.length]), ...payload]);
}

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Outcome, type Program, parseProgram, type Trace } from '../../spec/language/index.ts';
import { type AgentOptions, AgentTarget } from './agent-target.ts';
import { execTarget } from './exec.ts';
import { helloPayload } from './hello.testing.ts';
import { linuxTarget } from './linux.ts';
import { type Target, TargetUnavailable } from './target.ts';

const load = parseProgram('load(buf)');
const mapping = parseProgram('a = mmap(0, 2p, rw, private|anon)\nstore(a, 1)\nload(a)\nmunmap(a, 1p)\nload(a)');

/** An agent written in JavaScript: greets, then calls `answer` with each request's id, which gives the bytes of the answer's frame. */
function fakeAgent(answer: string, options: AgentOptions = {}): Promise<AgentTarget> {
  const hello = Buffer.from(helloPayload()).toString('base64');
  const script = `
    const frame = (bytes) => { const b = Buffer.alloc(4 + bytes.length); b.writeUInt32LE(bytes.length); Buffer.from(bytes).copy(b, 4); return b; };
    const value = (id, n) => { const b = Buffer.alloc(17); b.writeUInt32LE(id); b.writeUInt16LE(1, 5); b.writeBigInt64LE(BigInt(n), 9); return frame(b); };
    const done = (id) => process.stdout.write(value(id, id));
    let pending = Buffer.alloc(0), served = 0, broken = false;
    process.stdout.write(frame(Buffer.from('${hello}', 'base64')));
    process.stdin.on('data', (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      while (!broken && pending.length >= 4 && pending.length >= 4 + pending.readUInt32LE()) {
        const id = pending.readUInt32LE(4);
        pending = pending.subarray(4 + pending.readUInt32LE());
        (${answer})(id, served++);
      }
    });`;
  return AgentTarget.start('fake', { command: process.execPath, args: ['-e', script] }, options);
}

const program = parseProgram('load(buf)');
const kinds = (traces: readonly Trace[]): string[] => traces.map(({ outcomes }) => outcomes[0]!.kind);
const why = (trace: Trace): string => (trace.outcomes[0] as Extract<Outcome, { kind: 'lost' }>).why;

describe('a target behind an agent', () => {
  test('answers in order, however many calls are under way and however small the window', async () => {
    const target = await linuxTarget({ window: 3 });
    const sizes = [1, 10, 0, 40, 2];
    const all = await Promise.all(sizes.map((size) => target.run(Array.from({ length: size }, (_, i) => (i % 2 === 0 ? load : mapping)))));
    expect(all.map((traces) => traces.length)).toEqual(sizes);
    for (const traces of all) expect(kinds(traces)).toEqual(traces.map((_, i) => (i % 2 === 0 ? 'bytes' : 'value')));
    expect(target.restarts).toBe(0);
    await target.close();
  });

  test('refuses a program that does not fit the wire, runs none of its batch, and goes on', async () => {
    const target = await linuxTarget();
    await expect(target.run([load, { steps: [{ ...load.steps[0]!, process: 'p9' }] }])).rejects.toThrow('no process p9');
    expect(kinds(await target.run([load]))).toEqual(['bytes']);
    await target.close();
  });

  test('says that it is closed', async () => {
    const target = await linuxTarget();
    const running = expect(target.run(Array.from({ length: 2000 }, () => load))).rejects.toThrow('linux is closed');
    await target.close();
    await running;
    await expect(target.run([load])).rejects.toThrow(TargetUnavailable);
  });

  test('runs through a shell command', async () => {
    const direct = await linuxTarget();
    const path = readFileSync(`/proc/${agentOf()}/cmdline`, 'latin1');
    expect(path).toBe('');
    const target = await execTarget('cat /dev/null; exec "$(ls -t ~/.cache/vkconform/vkagent-* | head -1)"');
    expect(kinds(await target.run([load]))).toEqual(['bytes']);
    expect(target.host).toEqual(direct.host);
    await Promise.all([target.close(), direct.close()]);
  });
});

describe('a target whose agent fails', () => {
  test.each([
    ['garbage', "() => process.stdout.write('no frame at all')", /a frame of \d+ bytes/],
    ['half a frame', '(id) => { process.stdout.write(value(id, 1).subarray(0, 9), () => process.exit(3)); }', /it ended with status 3/],
    ["another program's answer", '(id) => process.stdout.write(value(id + 9, 1))', /for program \d+, not \d+/],
    ['too long a frame', '() => process.stdout.write(Buffer.from([0, 0, 0, 16]))', /a frame of 268435456 bytes/],
    ['nothing', '() => {}', /it said nothing for 0.3 s/],
    ['a last word', "() => { process.stderr.write('out of luck', () => process.exit(1)); }", /it ended with status 1 \(out of luck\)/],
  ])('loses the program that got %s, and no other', async (_, bad, message) => {
    // Every agent answers two programs well and fails at the third.
    const target = await fakeAgent(`(id, served) => served < 2 ? done(id) : ((broken = true), (${bad})(id))`, { silenceTimeoutMs: 300 });
    const traces = await target.run([program, program, program, program, program]);
    expect(kinds(traces)).toEqual(['value', 'value', 'lost', 'value', 'value']);
    expect(why(traces[2]!)).toMatch(message);
    expect(target.restarts).toBe(1);
    await target.close();
  });

  test('loses what the agent refuses or gives up', async () => {
    const status = (n: number): string => `process.stdout.write(frame([id & 255, id >> 8, 0, 0, ${n}, 0, 0, 0]))`;
    const target = await fakeAgent(`(id) => id === 1 ? ${status(1)} : ${status(2)}`);
    const traces = await target.run([program, program]);
    expect(traces.map(why)).toEqual(['the agent refused the program', 'the program did not end in time']);
    expect(target.restarts).toBe(0);
    await target.close();
  });

  test('starts another one after it ended with nothing to do', async () => {
    const before = children().length;
    const target = await fakeAgent('(id) => { done(id); setTimeout(() => process.exit(0), 5); }');
    expect(kinds(await target.run([program]))).toEqual(['value']);
    while (children().length > before) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(kinds(await target.run([program]))).toEqual(['value']);
    await target.close();
  });

  test('gives up after some failures without any progress; all that waits is told why', async () => {
    const target = await fakeAgent('() => process.exit(7)', { failuresMax: 3 });
    const programs = Array.from({ length: 9 }, () => program);
    const running = [target.run(programs), target.run(programs)];
    for (const run of running) await expect(run).rejects.toThrow('failed 3 times in a row: it ended with status 7');
    await expect(target.run([program])).rejects.toThrow(TargetUnavailable);
    await target.close();
  });

  test.each([
    ['there is no such command', 'exec /nowhere/agent', /nowhere/],
    ['it greets wrongly', "printf '\\004\\000\\000\\000HTTP'; sleep 9", /not the agent/],
    ['it greets with nonsense', 'echo hello world; sleep 9', /a frame of \d+ bytes/],
  ])('is unavailable when %s', async (_, command, message) => {
    const started = execTarget(command, { failuresMax: 2 });
    await expect(started).rejects.toThrow(TargetUnavailable);
    await expect(started).rejects.toThrow(message);
  });

  test('is unavailable when its command cannot be started', async () => {
    await expect(AgentTarget.start('none', { command: '/nowhere/agent', args: [] })).rejects.toThrow(/cannot be started.*ENOENT/);
  });

  test('is unavailable when it never greets', async () => {
    await expect(execTarget('sleep 60', { silenceTimeoutMs: 200, failuresMax: 1 })).rejects.toThrow(/said nothing/);
  });
});

/** The processes that this one has started and that it has not yet seen end. */
function children(): number[] {
  const pids = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ');
  return pids.filter((pid) => pid !== '').map(Number);
}

/** The process id of the agent that this process has started last, or undefined. */
function agentOf(): number | undefined {
  return children().findLast((pid) => readFileSync(`/proc/${pid}/stat`, 'utf8').includes('(vkagent) '));
}

test('an agent killed a hundred times: every program is answered or lost', async () => {
  const target: Target = await linuxTarget();
  let random = 1;
  const next = (below: number): number => {
    random = (random * 48271) % 0x7fffffff;
    return random % below;
  };
  const blocked: Program = parseProgram('q = pipe()\nread(q.r, buf, 1)');
  let [answered, lost, kills] = [0, 0, 0];
  while (kills < 100) {
    const programs = Array.from({ length: 1 + next(120) }, () => (next(400) === 0 ? blocked : mapping));
    const running = target.run(programs);
    const killing = setTimeout(() => {
      const pid = agentOf();
      if (pid === undefined) return;
      process.kill(pid, 'SIGKILL');
      kills++;
    }, next(12));
    const traces = await running;
    clearTimeout(killing);
    expect(traces).toHaveLength(programs.length);
    for (const { outcomes } of traces) {
      if (outcomes[0]!.kind === 'lost') lost++;
      else answered++;
    }
  }
  expect(answered).toBeGreaterThan(lost * 10);
  expect(lost).toBeLessThanOrEqual(kills);
  expect(target.restarts).toBeGreaterThan(50);
  await target.close();
});

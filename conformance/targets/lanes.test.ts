import { expect, test } from 'vitest';
import { parseProgram } from '../../spec/language/index.ts';
import { lanesOf } from './lanes.ts';
import { linuxTarget } from './linux.ts';
import { type Target, TargetUnavailable } from './target.ts';

const load = parseProgram('load(buf)');

test('batches go to the lane that has the least to do, and come back whole', async () => {
  const target = await linuxTarget({ lanes: 2 });
  const sizes = [3, 100, 1, 1, 0, 7];
  const all = await Promise.all(sizes.map((size) => target.run(Array.from({ length: size }, () => load))));
  expect(all.map((traces) => traces.map(({ outcomes }) => outcomes.length))).toEqual(sizes.map((size) => Array(size).fill(1)));
  expect([target.name, target.host.system, target.restarts]).toEqual(['linux', 'Linux', 0]);
  await target.close();
});

test('lanes are used in turn', async () => {
  const seen: number[] = [];
  let made = 0;
  const target = await lanesOf(3, async () => {
    const lane = made++;
    const run: Target['run'] = async (programs) => {
      seen.push(lane);
      return programs.map(() => ({ place: { arena: 0, heap: 0, buf: 0 }, outcomes: [], audits: [] }));
    };
    return { name: 'fake', host: {} as Target['host'], restarts: lane, run, close: async () => {} };
  });
  await Promise.all([target.run([load, load]), target.run([load]), target.run([load]), target.run([load])]);
  expect(seen).toEqual([0, 1, 2, 1]);
  expect(target.restarts).toBe(3);
});

test('when one lane does not start the others are closed', async () => {
  let [made, closed] = [0, 0];
  const started = lanesOf(3, async () => {
    if (made++ === 1) throw new TargetUnavailable('no more');
    return { close: async () => void closed++ } as unknown as Target;
  });
  await expect(started).rejects.toThrow('no more');
  expect(closed).toBe(2);
});

test('one lane is the target itself, and none is none', async () => {
  const only = {} as Target;
  expect(await lanesOf(1, async () => only)).toBe(only);
  await expect(lanesOf(0, async () => only)).rejects.toThrow(RangeError);
});

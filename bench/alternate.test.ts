import { expect, test } from 'vitest';
import { alternate, ratios, spread } from './alternate.ts';

test('every measure is warmed up once, then taken in every round, the order turning', async () => {
  const order: string[] = [];
  const measure = (name: string) => () => order.push(name);
  const figures = await alternate({ a: measure('a'), b: measure('b') }, 2);
  expect(order.join('')).toBe('ab' + 'ab' + 'ba');
  expect(figures).toEqual({ a: [3, 6], b: [4, 5] });
});

test('a spread is the median between the least and the most', () => {
  expect(spread([5, 1, 3])).toEqual({ median: 3, min: 1, max: 5 });
  expect(spread([4, 1, 3, 2])).toEqual({ median: 2.5, min: 1, max: 4 });
});

test('ratios are taken round by round', () => {
  expect(ratios([2, 9], [1, 3])).toEqual([2, 3]);
});

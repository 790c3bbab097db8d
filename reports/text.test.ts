import { expect, test } from 'vitest';
import { counted, formatSeconds, shortened, visible, visibleLine } from './text.ts';

test('visible spells out what could deceive, and keeps the rest', () => {
  expect(visible('a\r\nb\tc é 😀')).toBe('a\nb\tc é 😀');
  expect(visible('\0\x1b[31m\r\u202e\ud800\u2028\ufffe')).toBe('\\u{0}\\u{1b}[31m\\u{d}\\u{202e}\\u{d800}\\u{2028}\\u{fffe}');
});

test('visibleLine has no line feed', () => {
  expect(visibleLine(' a\n\n b\tc ')).toBe('a b c');
});

test('shortened says how much is missing', () => {
  expect(shortened('abcdef', 6)).toBe('abcdef');
  expect(shortened('abcdef', 2)).toBe('ab … (4 more characters)');
});

test('figures read as people write them', () => {
  expect([counted(1, 'step'), counted(1234, 'step')]).toEqual(['1 step', '1,234 steps']);
  expect([0.04, 0.75, 9.96, 75.4, 119.6, 725].map(formatSeconds)).toEqual(['0 s', '0.8 s', '10 s', '75 s', '2 min 0 s', '12 min 5 s']);
});

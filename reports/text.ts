/** Texts from a target as texts that may stand in a report. */

/**
 * What a report must not contain as it is: control characters but tab and line feed, characters that no XML document may hold, halves of
 * surrogate pairs, and the marks that reorder or break lines and so let a text look like another one.
 */
const HIDDEN = // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
  /[\u{0}-\u{8}\u{b}-\u{1f}\u{7f}-\u{9f}\u{ad}\u{61c}\u{200b}-\u{200f}\u{2028}-\u{202e}\u{2060}-\u{206f}\u{feff}\u{fff9}-\u{fffb}\u{fffe}\u{ffff}\u{d800}-\u{dfff}]/gu;

/** The text with line ends as line feeds and every hidden character spelt out, as in `\u{202e}`. */
export function visible(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(HIDDEN, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

/** The same on one line: line feeds and tabs become spaces. */
export function visibleLine(text: string): string {
  return visible(text)
    .replace(/[\n\t ]+/g, ' ')
    .trim();
}

/** At most so many characters, the rest told as a number. */
export function shortened(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) return text;
  return `${text.slice(0, lengthMax)} … (${formatCount(text.length - lengthMax)} more characters)`;
}

/** A count with its thousands apart: `1,234,567`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** `1 program`, `2 programs`. */
export function counted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** A duration as people say it: `0.4 s`, `75 s`, `12 min 5 s`. @param seconds  not negative */
export function formatSeconds(seconds: number): string {
  if (seconds < 10) return `${Math.round(seconds * 10) / 10} s`;
  const whole = Math.round(seconds);
  return whole < 120 ? `${whole} s` : `${formatCount(Math.floor(whole / 60))} min ${whole % 60} s`;
}

/**
 * Texts as Markdown that shows them and does nothing else, in CommonMark and in GitHub's dialect. All that comes from a target stands in code:
 * there nothing is a mention, a link or an emoji.
 */
import { visible, visibleLine } from '../text.ts';

/** A code span; not for cells of tables. */
export function codeSpan(text: string): string {
  const line = visibleLine(text);
  if (line === '') return '` `';
  const fence = '`'.repeat(longestRun(line, /`+/g) + 1);
  const pad = line.startsWith('`') || line.endsWith('`') ? ' ' : '';
  return fence + pad + line + pad + fence;
}

/** A code span in a cell of a table, in which a bar ends the cell even in code. */
export function codeCell(text: string): string {
  const span = codeSpan(text);
  if (!span.includes('|')) return span;
  if (!span.includes('\\')) return span.replaceAll('|', '\\|');
  // A backslash before an escaped bar would take its escape away, so this one is spelt in character references.
  const references = visibleLine(text).replace(/[!-/:-@[-`{-~]/g, (character) => `&#${character.charCodeAt(0)};`);
  return `<code>${references}</code>`;
}

/** A code block that no line of the text can end. @param language  a word */
export function codeBlock(text: string, language: string): string {
  const body = visible(text).replace(/\n+$/, '');
  const fence = '`'.repeat(Math.max(3, longestRun(body, /`+/g) + 1));
  return `${fence}${language}\n${body}\n${fence}`;
}

/** A link that shows its address, or the address as code where it is not one of the web. */
export function link(address: string): string {
  const url = URL.parse(address);
  if (url === null || !/^https?:$/.test(url.protocol) || /[^!-~]|[<>|`\\]/.test(url.href)) return codeSpan(address);
  return `<${url.href}>`;
}

/** A table from cells that are Markdown already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function longestRun(text: string, run: RegExp): number {
  return (text.match(run) ?? []).reduce((longest, match) => Math.max(longest, match.length), 0);
}

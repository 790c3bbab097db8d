/** HTML that cannot be put together unescaped: a template whose every inserted text is escaped. */
import { visible } from '../text.ts';

/** A piece of HTML. Only this file makes one. */
export class Html {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/** What a template takes: texts and numbers are escaped, HTML is not, lists are joined, nothing gives nothing. */
export type Insertion = string | number | Html | undefined | readonly Insertion[];

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** The text for an element's content or for an attribute's value in quotes. */
function escaped(text: string): string {
  return visible(text).replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

function inserted(value: Insertion): string {
  if (value === undefined) return '';
  if (value instanceof Html) return value.toString();
  if (typeof value === 'object') return value.map(inserted).join('');
  return escaped(String(value));
}

/** A template of HTML. Attributes must stand in quotes, and nothing may be inserted into a script, a style or an attribute that names an address. */
export function html(strings: TemplateStringsArray, ...values: readonly Insertion[]): Html {
  let text = strings[0]!;
  for (const [i, value] of values.entries()) text += inserted(value) + strings[i + 1]!;
  return new Html(text);
}

/** A link out of the page, or the address as text where it is not one of the web. */
export function webLink(address: string): Html {
  const url = URL.parse(address);
  if (url === null || !/^https?:$/.test(url.protocol)) return html`${address}`;
  return html`<a href="${url.href}" rel="noreferrer noopener">${address}</a>`;
}

/** A program in the notation, its calls, expectations and comments marked. */
export function highlighted(program: string): Html {
  const lines = visible(program).replace(/\n+$/, '').split('\n');
  return html`${lines.map((line, i) => html`${i === 0 ? '' : '\n'}${highlightedStep(line)}`)}`;
}

/** One line of the notation. */
export function highlightedStep(line: string): Html {
  if (line.startsWith('#')) return html`<span class="comment">${line}</span>`;
  const arrow = line.indexOf(' -> ');
  const action = arrow === -1 ? line : line.slice(0, arrow);
  const expectation = arrow === -1 ? undefined : html`<span class="expect">${line.slice(arrow)}</span>`;
  const call = /^((?:\w+: )?(?:\w+ = )?)(\w+)(?=\()/.exec(action);
  if (call === null) return html`${action}${expectation}`;
  return html`${call[1]}<span class="call">${call[2]}</span>${action.slice(call[0].length)}${expectation}`;
}

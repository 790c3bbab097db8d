import fc from 'fast-check';
import { type DefaultTreeAdapterTypes, parse } from 'parse5';
import { describe, expect, test } from 'vitest';
import { conformingResult, exampleResult, hostileText, results } from '../result.testing.ts';
import { highlighted, html, webLink } from './html.ts';
import { formatHtml } from './page.ts';

type Element = DefaultTreeAdapterTypes.Element;

function elements(page: string): Element[] {
  const walk = (nodes: readonly DefaultTreeAdapterTypes.ChildNode[]): Element[] =>
    nodes.flatMap((node) => ('tagName' in node ? [node, ...walk(node.childNodes)] : []));
  return walk(parse(page).childNodes);
}

function textOf(node: DefaultTreeAdapterTypes.ChildNode): string {
  if ('value' in node) return node.value;
  return 'childNodes' in node ? node.childNodes.map(textOf).join('') : '';
}

const attribute = (element: Element, name: string) => element.attrs.find((one) => one.name === name)?.value;
const ids = (page: string) => elements(page).flatMap((element) => attribute(element, 'id') ?? []);
const withClass = (page: string, name: string) =>
  elements(page).filter((element) => (attribute(element, 'class') ?? '').split(' ').includes(name));

/** The shape of a page: every element with the names of its attributes, texts left aside. */
const shape = (page: string) => elements(page).map(({ tagName, attrs }) => [tagName, ...attrs.map(({ name }) => name)].join(' '));

describe('formatHtml', () => {
  const page = formatHtml(exampleResult());

  test('the verdict is the first heading', () => {
    const heading = (text: string) => textOf(elements(text).find(({ tagName }) => tagName === 'h1')!);
    expect(heading(page)).toBe('✗ Diverges');
    expect(heading(formatHtml(conformingResult()))).toBe('✓ Conforms');
    expect(heading(formatHtml({ ...exampleResult(), divergences: [] }))).toBe('? Not settled');
    expect(heading(formatHtml({ ...conformingResult(), notRun: 'no cc' }))).toBe('– Not run');
  });

  test('nothing is fetched: no address but anchors, data and the files of findings', () => {
    const addresses = elements(page).flatMap((element) =>
      element.attrs.filter(({ name }) => ['src', 'href', 'action', 'data', 'srcset'].includes(name)).map(({ value }) => value),
    );
    const outside = addresses.filter((address) => !/^(#|data:,$|findings\/)/.test(address));
    expect(outside).toEqual(['https://example.org/brk?a=1&b=2']);
    expect(elements(page).some(({ tagName }) => tagName === 'img' || tagName === 'iframe')).toBe(false);
  });

  test('a link within the page has its target', () => {
    const known = new Set(ids(page));
    const links = elements(page).flatMap((element) => attribute(element, 'href') ?? []);
    const inner = links.filter((link) => link.startsWith('#'));
    expect(inner.length).toBeGreaterThan(10);
    expect(inner.filter((link) => !known.has(link.slice(1)))).toEqual([]);
    expect(known.size).toBe(ids(page).length);
  });

  test('each step has its row and its picture', () => {
    expect(withClass(page, 'frame')).toHaveLength(4 + 9 + 3);
    const labels = withClass(page, 'memory').flatMap((svg) => attribute(svg, 'aria-label') ?? []);
    expect(labels[1]).toBe(
      'p0: arena 1 page rw- private anon, holds zeroes; p0: arena+1p 1 page rw- private anon, holds 0x5a; p0: arena+2p 2 pages rw- private anon, holds zeroes',
    );
  });

  test('the finding opens at the step that it is about', () => {
    expect(withClass(page, 'trace').map((trace) => attribute(trace, 'data-start'))).toEqual(['4', '9', '3']);
  });

  test('every clause has its row', () => {
    const table = elements(page).find((element) => (attribute(element, 'class') ?? '').includes('sortable'))!;
    const body = table.childNodes.find((node) => node.nodeName === 'tbody') as Element;
    expect(body.childNodes.filter(({ nodeName }) => nodeName === 'tr')).toHaveLength(60);
  });

  test('200 findings and 500 clauses stay below two megabytes, and every finding keeps its program', () => {
    const [first, second] = exampleResult(500).divergences;
    const c = '/* line */\n'.repeat(700);
    const program = first!.program.repeat(20);
    const divergences = Array.from({ length: 200 }, (_, i) => ({
      ...(i % 2 ? first! : second!),
      clause: `munmap.rule-${i}`,
      program,
      steps: [...(i % 2 ? first! : second!).steps, ...first!.steps],
      reproducer: { c },
    }));
    const large = formatHtml({ ...exampleResult(500), divergences });
    expect(Buffer.byteLength(large)).toBeLessThan(1_900_000);
    expect(withClass(large, 'finding')).toHaveLength(200);
    expect(withClass(large, 'finding').filter((finding) => attribute(finding, 'open') !== undefined)).toEqual([]);
    expect(withClass(large, 'minimal')).toHaveLength(200);
    expect(large.includes('The pictures of this finding are left out')).toBe(true);
    expect(large.includes('The steps of this finding are left out')).toBe(true);
  });

  test('a file with more than anyone reads is cut, and says so', () => {
    const [first] = exampleResult().divergences;
    const steps = Array.from({ length: 300 }, () => first!.steps[0]!);
    const audit = Array.from({ length: 300 }, () => first!.audit![0]!);
    const regions = Array.from({ length: 200 }, (_, i) => ({
      start: `arena+${2 * i}p`,
      pages: 1,
      prot: 'rw-',
      kind: 'private anon',
      flags: [],
    }));
    const wide = [{ ...first!.steps[0]!, memory: Array.from({ length: 40 }, (_, i) => ({ process: `p${i}`, regions })) }];
    const page = formatHtml({
      ...exampleResult(5000),
      divergences: [{ ...first!, steps, audit }, { ...first!, steps: wide }, ...Array.from({ length: 500 }, () => first!)],
    });
    expect(page).toContain('and 200 steps more');
    expect(page).toContain('and 200 pages more');
    expect(page).toContain('and 102 findings more');
    expect(page).toContain('and 3,000 clauses more');
    expect(page).toContain('more is mapped than is drawn');
  });
});

test('any text in any place gives only the elements and attributes of a harmless one', () => {
  // An empty list of what was expected is written with emphasis.
  const tags = new Set(['em', ...shape(formatHtml(exampleResult())).map((element) => element.split(' ')[0])]);
  fc.assert(
    fc.property(results(), (result) => {
      const page = formatHtml(result);
      const found = elements(page);
      for (const { tagName, attrs } of found) {
        expect(tags).toContain(tagName);
        for (const { name, value } of attrs) {
          expect(name).not.toMatch(/^on|^style$|^srcdoc$/);
          if (name === 'href') expect(value).toMatch(/^(#[\w-]+|data:,|findings\/[\w.-]+|https?:\/\/.*)$/);
        }
      }
      expect(found.filter(({ tagName }) => tagName === 'script')).toHaveLength(1);
      expect(found.filter(({ tagName }) => tagName === 'style')).toHaveLength(1);
    }),
    { numRuns: 150 },
  );
});

test('the elements do not depend on the texts', () => {
  const plain = exampleResult();
  fc.assert(
    fc.property(hostileText, (text) => {
      const hostile = {
        ...plain,
        tool: { name: text, version: text },
        target: { ...plain.target, name: text, system: text, version: text, machine: text, host: { [`x${text}`]: text } },
        dialect: text,
        divergences: plain.divergences.map((one) => ({
          ...one,
          clause: text,
          variant: text,
          token: text,
          observed: text,
          expected: one.expected.map(() => ({ clause: text, text })),
          reproducer: { c: `x${text}` },
        })),
      };
      const same = { ...plain, divergences: plain.divergences.map((one) => ({ ...one, clause: 'x', variant: 'x' })) };
      // The rows of clauses and choices do depend on which names there are.
      const upTo = (page: string) => shape(page.slice(0, page.indexOf('<section id="choices">')));
      expect(upTo(formatHtml(hostile))).toEqual(upTo(formatHtml(same)));
    }),
    { numRuns: 60 },
  );
});

describe('html', () => {
  test('escapes texts and keeps HTML', () => {
    expect(String(html`<p title="${'"<&\'>'}">${html`<b>${1}</b>`}${['<', undefined, html`<i></i>`]}</p>`)).toBe(
      '<p title="&quot;&lt;&amp;&#39;&gt;"><b>1</b>&lt;<i></i></p>',
    );
  });

  test('a link leads only to the web', () => {
    expect(String(webLink('javascript:alert(1)'))).toBe('javascript:alert(1)');
    expect(String(webLink('data:text/html,x'))).toBe('data:text/html,x');
    expect(String(webLink('https://a.example/"x'))).toContain('href="https://a.example/%22x"');
  });

  test('highlighting leaves the text as it was', () => {
    fc.assert(
      fc.property(fc.oneof(hostileText, fc.stringMatching(/^[ -~\n]*$/)), (text) => {
        const pre = elements(`<pre>\n${highlighted(text)}</pre>`).find(({ tagName }) => tagName === 'pre')!;
        expect(textOf(pre)).toBe(parsedText(text));
      }),
    );
  });
});

/** The text as it looks in a page without any highlighting. */
function parsedText(text: string): string {
  const plain = elements(`<pre>\n${html`${text.replaceAll('\r\n', '\n').replace(/\n+$/, '')}`}</pre>`);
  return textOf(plain.find(({ tagName }) => tagName === 'pre')!);
}

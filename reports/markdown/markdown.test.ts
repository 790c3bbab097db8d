import fc from 'fast-check';
import { marked } from 'marked';
import { type DefaultTreeAdapterTypes, parseFragment } from 'parse5';
import { describe, expect, test } from 'vitest';
import { conformingResult, exampleResult, hostileText, results } from '../result.testing.ts';
import { codeBlock, codeCell, codeSpan, link, table } from './escape.ts';
import { formatMarkdown } from './markdown.ts';

type Html = DefaultTreeAdapterTypes.ChildNode;
type Element = DefaultTreeAdapterTypes.Element;

const render = (markdown: string): string => marked.parse(markdown, { async: false, gfm: true });

/** All elements of rendered Markdown, depth first. */
function elements(markdown: string): Element[] {
  const walk = (nodes: readonly Html[]): Element[] => nodes.flatMap((node) => ('tagName' in node ? [node, ...walk(node.childNodes)] : []));
  return walk(parseFragment(render(markdown)).childNodes);
}

function textOf(node: Html): string {
  if (node.nodeName === '#text') return 'value' in node ? node.value : '';
  return 'childNodes' in node ? node.childNodes.map(textOf).join('') : '';
}

describe('formatMarkdown', () => {
  const markdown = formatMarkdown(exampleResult());

  test('the verdict is the first line', () => {
    expect(markdown).toMatch(/^# ❌ Diverges: `linux`\n/);
    expect(formatMarkdown(conformingResult())).toMatch(/^# ✅ Conforms/);
    expect(formatMarkdown({ ...exampleResult(), divergences: [] })).toMatch(/^# ⚠️ Not settled/);
    expect(formatMarkdown({ ...conformingResult(), notRun: 'no cc' })).toMatch(/^# ⚪ Not run.*\n\n`no cc`\n/);
  });

  test('each finding has its program, expectation and token', () => {
    for (const { clause, minimal, token } of exampleResult().divergences) {
      expect(markdown).toContain(`\`${clause}\``);
      expect(markdown).toContain(`\`\`\`vkt\n${minimal}\`\`\``);
      expect(markdown).toContain(`vkconform check ${token}`);
    }
    expect(markdown).toContain('Expected `0` (`fork.private-copy`) or `any byte` (`access.load-unknown`), observed `0x77`.');
  });

  test('the choices that differ, open questions, gone quirks and unused clauses are told', () => {
    expect(markdown).toContain('| `madvise.hole` | `skipped` |');
    expect(markdown).toContain('more than 64 possible worlds');
    expect(markdown).toContain('the agent died of SIGKILL');
    expect(markdown).toContain('`brk.limit`: `older kernels counted the stack` <https://example.org/brk?a=1&b=2>');
    expect(markdown).toContain('`mremap.dontunmap-shared`');
  });

  test('hundreds of findings still fit a comment', () => {
    const [first] = exampleResult().divergences;
    const many = formatMarkdown({ ...exampleResult(), divergences: Array.from({ length: 300 }, () => first!) });
    expect(many.length).toBeLessThan(65_536);
    expect(many).toContain('Further findings');
    expect(many).toContain('and 235 more');
  });
});

test('any text in any place gives only the elements of a harmless one', () => {
  const allowed = new Set(['h1', 'h2', 'h3', 'p', 'code', 'pre', 'strong', 'ul', 'li', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'a']);
  fc.assert(
    fc.property(results(), (result) => {
      const found = elements(formatMarkdown(result));
      expect(found.map((element) => element.tagName).filter((name) => !allowed.has(name))).toEqual([]);
      for (const element of found) {
        if (element.tagName === 'a') expect(element.attrs.map(({ value }) => value)).toEqual([expect.stringMatching(/^https?:/)]);
      }
      const plain = { ...result, divergences: result.divergences.map((one) => ({ ...one, minimal: 'x' })) };
      expect(found.filter(({ tagName }) => tagName === 'h3').length).toBe(
        elements(formatMarkdown(plain)).filter(({ tagName }) => tagName === 'h3').length,
      );
    }),
    { numRuns: 100 },
  );
});

describe('escapes show the text itself', () => {
  const spaced = (text: string) => text.replace(/[\s\u00a0]+/g, ' ').trim();

  test('codeSpan', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ -~]{1,12}$/), (text) => {
        const [p, code, ...rest] = elements(`a ${codeSpan(text)} b`);
        expect([p?.tagName, code?.tagName, rest.length]).toEqual(['p', 'code', 0]);
        expect(spaced(textOf(code!))).toBe(spaced(text));
      }),
    );
  });

  test('codeCell', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[ -~]{1,12}$/), (text) => {
        const cells = elements(table(['a', 'b'], [[codeCell(text), '1']])).filter(({ tagName }) => tagName === 'td');
        expect(cells.map((cell) => spaced(textOf(cell)))).toEqual([spaced(text), '1']);
      }),
      { numRuns: 1000 },
    );
  });

  test('codeBlock', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        expect(elements(`${codeBlock(text, 'vkt')}\n\nend`).map(({ tagName }) => tagName)).toEqual(['pre', 'code', 'p']);
      }),
    );
  });

  test.each([
    ['https://example.org/a?b=c', '<https://example.org/a?b=c>'],
    ['javascript:alert(1)', '`javascript:alert(1)`'],
    ['not a url', '`not a url`'],
    ['https://example.org/ <b>', '<https://example.org/%20%3Cb%3E>'],
    ['https://example.org/`|`', '`` https://example.org/`|` ``'],
  ])('link %s', (address, expected) => {
    expect(link(address)).toBe(expected);
  });
});

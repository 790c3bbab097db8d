import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { create } from 'xmlbuilder2';
import { conformingResult, exampleResult, results } from '../result.testing.ts';
import type { Result } from '../result.ts';
import { formatJunit } from './junit.ts';

type Node = ReturnType<typeof create>;

/** The elements of a name below a document, in order. */
function elements(xml: string, name: string): Element[] {
  const found: Element[] = [];
  const document: Node = create(xml);
  document.each(
    (child) => {
      if (child.node.nodeName === name) found.push(child.node as unknown as Element);
    },
    false,
    true,
  );
  return found;
}
interface Element {
  readonly nodeName: string;
  readonly textContent: string;
  getAttribute(name: string): string | null;
  readonly firstChild: Element | null;
}

const cases = (result: Result) =>
  Object.fromEntries(elements(formatJunit(result), 'testcase').map((one) => [one.getAttribute('name'), one.firstChild]));

describe('formatJunit', () => {
  const all = cases(exampleResult());

  test('a clause that diverged fails with its minimal program', () => {
    const failed = all['munmap.unmaps'];
    expect(failed?.nodeName).toBe('failure');
    expect(failed?.getAttribute('message')).toBe('expected SIGSEGV/MAPERR at arena+1p, observed 0x5a');
    expect(failed?.textContent).toContain('munmap(a+1p, 1p)');
  });

  test('a clause that held passes, one never met is skipped', () => {
    expect(all['access.rule-12']).toBeNull();
    expect(all['mremap.dontunmap-shared']?.nodeName).toBe('skipped');
  });

  test('undecided and lost programs are errors', () => {
    expect(all['more than 64 possible worlds']?.nodeName).toBe('error');
    expect(all['the agent died of SIGKILL']?.getAttribute('message')).toBe('lost 2 programs');
  });

  test('a known quirk passes and is told', () => {
    const quirks = [{ clause: 'munmap.unmaps', reason: 'as ever', count: 1 }];
    const row = cases({ ...exampleResult(), quirks })['munmap.unmaps'];
    expect(row?.nodeName).toBe('system-out');
    expect(row?.textContent).toContain('known quirk: as ever');
  });

  test('a clause whose findings were not kept fails all the same', () => {
    const row = cases({ ...exampleResult(), divergences: [] })['munmap.unmaps'];
    expect(row?.getAttribute('message')).toBe('diverged in 37 programs');
  });

  test('a target that did not run is an error, as is a run without programs', () => {
    expect(cases({ ...conformingResult(), notRun: 'no cc', programs: 0 })['the target runs']?.getAttribute('message')).toBe('no cc');
    expect(cases({ ...conformingResult(), programs: 0 })['a program runs to its end']?.nodeName).toBe('error');
  });

  test('the totals are the sums of the suites', () => {
    const xml = formatJunit(exampleResult());
    const root = elements(xml, 'testsuites')[0]!;
    const suites = elements(xml, 'testsuite');
    for (const [total, element] of [
      ['failures', 'failure'],
      ['errors', 'error'],
      ['skipped', 'skipped'],
      ['tests', 'testcase'],
    ] as const) {
      const counted = elements(xml, element).length;
      expect(Number(root.getAttribute(total))).toBe(counted);
      expect(suites.reduce((sum, suite) => sum + Number(suite.getAttribute(total)), 0)).toBe(counted);
    }
  });
});

test('any text in any place leaves the XML well-formed and legal', () => {
  fc.assert(
    fc.property(results(), (result) => {
      const xml = formatJunit(result);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the characters that XML 1.0 forbids
      expect(xml).not.toMatch(/[\u{0}-\u{8}\u{b}-\u{1f}\u{fffe}\u{ffff}\u{d800}-\u{dfff}]/u);
      const names = new Set<string>();
      create(xml).each((child) => names.add(child.node.nodeName), false, true);
      const known = ['testsuites', 'testsuite', 'testcase', 'failure', 'error', 'skipped', 'system-out', '#text'];
      expect([...names].filter((name) => !known.includes(name))).toEqual([]);
    }),
    { numRuns: 100 },
  );
});

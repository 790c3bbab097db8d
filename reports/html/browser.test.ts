/** The page in a real browser. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exampleResult } from '../result.testing.ts';
import type { Result } from '../result.ts';
import { writeReports } from '../write.ts';

const CHROMIUM = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (path) => path !== undefined && existsSync(path),
);

if (CHROMIUM === undefined)
  console.warn('reports/html: there is no chromium here (set CHROMIUM to its path); the tests in a browser do not run');

/** Without a browser the one test is that the page is written. */
test('the page is written, in a browser or not', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vkconform-page-'));
  writeReports(exampleResult(), folder);
  expect(readFileSync(join(folder, 'report.html'), 'utf8')).toContain('</html>');
  rmSync(folder, { recursive: true, force: true });
});

if (CHROMIUM !== undefined)
  describe('the page in chromium', () => {
    let browser: Browser;
    let folder: string;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'vkconform-page-'));
      browser = await chromium.launch({
        executablePath: CHROMIUM,
        args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
      });
    });
    afterAll(async () => {
      await browser?.close();
      rmSync(folder, { recursive: true, force: true });
    });

    /** Opens the report of a result and gathers what must not happen. */
    async function open(result: Result, javaScriptEnabled = true): Promise<{ page: Page; trouble: string[] }> {
      writeReports(result, folder);
      const context = await browser.newContext({ javaScriptEnabled, acceptDownloads: true });
      const page = await context.newPage();
      const trouble: string[] = [];
      page.on('console', (message) => trouble.push(message.text()));
      page.on('pageerror', (error) => trouble.push(error.message));
      page.on('dialog', (dialog) => {
        trouble.push(`dialog ${dialog.message()}`);
        void dialog.dismiss();
      });
      const address = pathToFileURL(join(folder, 'report.html')).href;
      page.on('request', (request) => {
        if (request.url() !== address && !request.url().startsWith('data:')) trouble.push(`request ${request.url()}`);
      });
      await page.goto(address);
      return { page, trouble };
    }

    test('steps, sorts, filters, follows links and downloads, without a word on the console', async () => {
      const { page, trouble } = await open(exampleResult());
      const finding = page.locator('#finding-1');
      expect(await finding.evaluate((element) => element.hasAttribute('open'))).toBe(true);
      const caption = () => finding.locator('.frame.current figcaption').textContent();
      expect(await finding.locator('.frame:visible').count()).toBe(1);
      expect(await caption()).toBe('After step 4: load(a+1p)');
      await finding.locator('.trace').press('ArrowLeft');
      expect(await caption()).toBe('After step 3: munmap(a+1p, 1p)');
      await finding.locator('.stepper input').press('ArrowLeft');
      expect(await caption()).toContain('After step 2');
      await finding.locator('tbody tr').first().click();
      expect(await caption()).toContain('After step 1');
      await finding.locator('.stepper button').last().click();
      expect(await caption()).toContain('After step 2');

      const firstClause = () => page.locator('#clauses tbody tr:visible td').first().textContent();
      const rows = () => page.locator('#clauses tbody tr:visible').count();
      await page.locator('#clauses thead button').first().click();
      expect(await firstClause()).toBe('access.rule-0');
      await page.locator('#clauses thead button').first().click();
      expect(await firstClause()).toBe('shm.rule-47');
      await page.locator('#clauses thead button').nth(2).click();
      await page.locator('#clauses thead button').nth(2).click();
      expect(await firstClause()).toBe('mlock.rule-34');
      await page.locator('input[type=search]').fill('MADVISE diverges');
      expect([await rows(), await firstClause()]).toEqual([1, 'madvise.hole']);

      await page.locator('#clauses a').filter({ hasText: 'finding 3', visible: true }).click();
      expect(await page.locator('#finding-3').evaluate((element) => element.hasAttribute('open'))).toBe(true);

      await finding.getByText('The reproducer in C').click();
      const [download] = await Promise.all([page.waitForEvent('download'), finding.locator('a.download').click()]);
      expect(download.suggestedFilename()).toBe('001-munmap.unmaps.c');
      expect(readFileSync(await download.path(), 'utf8')).toBe(exampleResult().divergences[0]!.reproducer.c);
      await finding.locator('.block').first().hover();
      await finding.locator('.copy').first().click();
      await finding.getByText('Copied').waitFor();

      await page.getByText('Open all').click();
      expect(await page.locator('.finding[open]').count()).toBe(3);
      expect(trouble).toEqual([]);
    });

    test('nothing that a target says is run or becomes part of the page', async () => {
      const attack =
        '</script></pre></title></style><script>alert(1)</script><img src=x onerror=alert(2)><svg onload=alert(3)>" onfocus="alert(4)" autofocus x="';
      const plain = exampleResult();
      const poison = <T>(value: T): T => {
        if (Array.isArray(value)) return value.map(poison) as T;
        if (typeof value !== 'object' || value === null) return (typeof value === 'string' ? value + attack : value) as T;
        return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, poison(member)])) as T;
      };
      const { divergences, undecided, lost, quirks, choices, target } = plain;
      const keep = poison({ undecided, lost, quirks, choices, target });
      const poisoned = poison(divergences).map((one, i) => ({
        ...one,
        kind: divergences[i]!.kind,
        steps: one.steps.map((step, k) => ({ ...step, verdict: divergences[i]!.steps[k]!.verdict })),
      }));
      const { page, trouble } = await open({ ...plain, ...keep, quirks: keep.quirks!, divergences: poisoned } as Result);
      await page.getByText('Open all').click();
      expect(await page.locator('script').count()).toBe(1);
      expect(await page.locator('img, [onerror], [onload], [onfocus], [autofocus], svg[onload]').count()).toBe(0);
      expect(trouble).toEqual([]);
    });

    test('without scripts the verdict, all steps and all pictures are there', async () => {
      const { page, trouble } = await open(exampleResult(), false);
      expect(await page.locator('h1').textContent()).toContain('Diverges');
      await page.locator('#finding-1 > summary').click();
      expect(await page.locator('#finding-1 .frame:visible').count()).toBe(4);
      expect(await page.locator('#clauses tbody tr:visible').count()).toBe(60);
      expect(trouble).toEqual([]);
    });

    test('fits a narrow screen: the page itself never scrolls sideways', async () => {
      const { page } = await open(exampleResult());
      await page.setViewportSize({ width: 360, height: 740 });
      await page.getByText('Open all').click();
      const [inner, outer] = await page.evaluate<[number, number]>('[document.documentElement.scrollWidth, innerWidth]');
      expect(inner).toBeLessThanOrEqual(outer);
    });
  });

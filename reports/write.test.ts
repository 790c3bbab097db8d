import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { conformingResult, exampleResult } from './result.testing.ts';
import { parseResult } from './result.ts';
import { ReportsNotWritten, writeReports } from './write.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vkconform-reports-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

test('all reports and every finding are there, and nothing else', () => {
  const target = join(folder, 'a', 'b');
  writeReports(exampleResult(), target);
  expect(readdirSync(target).sort()).toEqual(['findings', 'report.html', 'report.json', 'report.md', 'report.xml']);
  expect(readdirSync(join(target, 'findings')).sort()).toEqual([
    '001-munmap.unmaps.c',
    '001-munmap.unmaps.vkt',
    '002-fork.private-copy.c',
    '002-fork.private-copy.vkt',
    '003-madvise.hole.c',
    '003-madvise.hole.vkt',
  ]);
  expect(parseResult(readFileSync(join(target, 'report.json'), 'utf8'))).toEqual(exampleResult());
  expect(readFileSync(join(target, 'findings', '003-madvise.hole.vkt'), 'utf8')).toBe(exampleResult().divergences[2]!.minimal);
});

test('findings of an earlier run go, files of others stay', () => {
  writeReports(exampleResult(), folder);
  writeFileSync(join(folder, 'findings', 'notes.txt'), 'mine');
  writeReports(conformingResult(), folder);
  expect(readdirSync(join(folder, 'findings'))).toEqual(['notes.txt']);
});

test('a folder that cannot be made or written is one clear error', () => {
  writeFileSync(join(folder, 'file'), '');
  expect(() => writeReports(exampleResult(), join(folder, 'file'))).toThrow(ReportsNotWritten);
  expect(() => writeReports(exampleResult(), join(folder, 'file'))).toThrow(/could not be written to .*file: E/);
  mkdirSync(join(folder, 'report.json'));
  expect(() => writeReports(exampleResult(), folder)).toThrow(ReportsNotWritten);
  expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

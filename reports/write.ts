/** Writes all reports of a result into a folder. */
import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { formatHtml } from './html/page.ts';
import { formatJson } from './json/json.ts';
import { formatJunit } from './junit/junit.ts';
import { formatMarkdown } from './markdown/markdown.ts';
import type { Result } from './result.ts';
import { findingName } from './verdict.ts';

/** The reports could not be written; the message says where and why. */
export class ReportsNotWritten extends Error {
  constructor(folder: string, cause: Error) {
    super(`the reports could not be written to ${folder}: ${cause.message}`, { cause });
    this.name = 'ReportsNotWritten';
  }
}

/**
 * Writes report.json, report.xml (JUnit), report.md and report.html into the folder, which is made if it is not there, and each finding's minimal
 * program and C reproducer into `findings/` below it. Findings of an earlier run are removed. Each file is there whole or not at all.
 * @throws ReportsNotWritten
 */
export function writeReports(result: Result, folder: string): void {
  const findings = join(folder, 'findings');
  try {
    mkdirSync(findings, { recursive: true });
    // The JSON goes first: all others can be made from it again.
    replace(join(folder, 'report.json'), formatJson(result));
    const names = new Set<string>();
    for (const [i, divergence] of result.divergences.entries()) {
      const name = findingName(divergence, i);
      names.add(`${name}.vkt`).add(`${name}.c`);
      replace(join(findings, `${name}.vkt`), divergence.minimal);
      replace(join(findings, `${name}.c`), divergence.reproducer.c);
    }
    for (const old of readdirSync(findings)) {
      if (/^\d{3,}-.*\.(vkt|c)$/.test(old) && !names.has(old)) rmSync(join(findings, old));
    }
    replace(join(folder, 'report.xml'), formatJunit(result));
    replace(join(folder, 'report.md'), formatMarkdown(result));
    replace(join(folder, 'report.html'), formatHtml(result));
  } catch (error) {
    if (error instanceof Error && 'code' in error) throw new ReportsNotWritten(folder, error);
    throw error;
  }
}

/** Writes a file beside its place and moves it there, so that a reader finds the old one or the new one. */
function replace(path: string, text: string): void {
  const draft = join(dirname(path), `.${process.pid}.tmp`);
  try {
    writeFileSync(draft, text);
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}

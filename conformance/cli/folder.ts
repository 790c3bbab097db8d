/** Folders that a command is to write into. */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { wrongUsage } from './failure.ts';

/**
 * Makes the folder, so that a run finds out at its start and not at its end that it cannot keep its report. One level at a time: a recursive mkdir
 * does not return on file systems that refuse a new folder as if its parent were missing, such as /proc.
 * @throws Failure
 */
export function makeFolder(folder: string): void {
  const missing: string[] = [];
  for (let path = resolve(folder); !existsSync(path); path = dirname(path)) missing.unshift(path);
  for (const path of missing) {
    try {
      mkdirSync(path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EEXIST') throw wrongUsage(`the folder ${folder} cannot be made (${code}); name another with --report`);
    }
  }
}

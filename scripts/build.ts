/**
 * Builds dist/: the entry points that tsconfig.build.json names and all that they import, as JavaScript with declarations, and the data files
 * that these read from beside them. Tests, benchmarks and scripts are imported by none of them, so they stay out.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const inRoot = (path: string): string => join(ROOT, path);

rmSync(inRoot('dist'), { recursive: true, force: true });
execFileSync(process.execPath, [inRoot('node_modules/typescript/bin/tsc'), '--project', 'tsconfig.build.json'], {
  cwd: ROOT,
  stdio: 'inherit',
});
cpSync(inRoot('spec/chapters'), inRoot('dist/spec/chapters'), { recursive: true });
chmodSync(inRoot('dist/conformance/cli/main.js'), 0o755);

/** Builds the agent on first use and keeps it in the user's cache. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import envPaths from 'env-paths';
import { packageRoot } from '../package-root.ts';
import { TargetUnavailable } from './target.ts';

const run = promisify(execFile);

const FLAGS = ['-O2', '-std=gnu11', '-Wall', '-Wextra', '-fno-stack-protector'];
/** Tried in this order: only a static agent can be alone in its address space. */
const LINKAGES = [['-static', '-no-pie', '-DAGENT_STATIC'], []];

export interface CompileOptions {
  /** The compiler, `cc` by default. */
  readonly cc?: string;
  /** Where built agents are kept; the user's cache folder by default. */
  readonly cache?: string;
}

async function compilerVersion(cc: string): Promise<string> {
  try {
    return (await run(cc, ['--version'])).stdout;
  } catch {
    throw new TargetUnavailable(
      `the agent needs a C compiler, and there is no ${cc}: install one (Debian, Ubuntu: apt install gcc libc6-dev)`,
    );
  }
}

/** Compiles and puts the result in place at once, so that others see all of it or nothing. */
async function build(cc: string, sources: readonly string[], output: string): Promise<void> {
  await mkdir(dirname(output), { recursive: true });
  const scratch = await mkdtemp(join(dirname(output), 'build-'));
  const binary = join(scratch, 'vkagent');
  const messages: string[] = [];
  try {
    for (const linkage of LINKAGES) {
      try {
        await run(cc, [...FLAGS, ...linkage, '-o', binary, ...sources]);
        await chmod(binary, 0o755);
        await rename(binary, output);
        return;
      } catch (error) {
        messages.push((error as { stderr?: string }).stderr ?? String(error));
      }
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  throw new TargetUnavailable(`${cc} cannot build the agent (Debian, Ubuntu: apt install gcc libc6-dev):\n${messages.at(-1)!.trim()}`);
}

/**
 * The path of the agent, built if it is not there yet.
 * @throws TargetUnavailable  without a compiler, or when it fails
 */
export async function compileAgent(options: CompileOptions = {}): Promise<string> {
  const cc = options.cc ?? 'cc';
  const folder = join(packageRoot(), 'conformance', 'agent');
  const files = readdirSync(folder)
    .filter((name) => /\.[ch]$/.test(name))
    .sort();
  const hash = createHash('sha256').update(JSON.stringify([await compilerVersion(cc), process.arch, FLAGS, LINKAGES]));
  for (const name of files) hash.update(name).update(readFileSync(join(folder, name)));
  const output = join(options.cache ?? envPaths('vkconform', { suffix: '' }).cache, `vkagent-${hash.digest('hex').slice(0, 16)}`);
  if (!existsSync(output)) {
    const sources = files.filter((name) => name.endsWith('.c')).map((name) => join(folder, name));
    await build(cc, sources, output);
  }
  return output;
}

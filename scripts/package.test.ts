/** The package as its users get it: packed, installed elsewhere from the tarball, run and compiled against. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

interface Packed {
  readonly filename: string;
  readonly version: string;
  readonly integrity: string;
  readonly files: readonly { readonly path: string; readonly mode: number }[];
}

interface Lock {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly devOptional?: boolean; readonly optional?: boolean }>>;
}

let folder: string;
let packed: Packed;

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

/** Runs a command in the consumer's folder, with the Node of this project first. @returns what it printed */
function run(command: string, ...args: readonly string[]): { readonly status: number | null; readonly output: string } {
  const env = { ...process.env, PATH: `${join(ROOT, 'node_modules/.bin')}${delimiter}${process.env.PATH}`, NO_COLOR: '1' };
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, env, encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

const bin = (...args: readonly string[]) => run(join(folder, 'node_modules/.bin/vkconform'), ...args);

/** A consumer that depends on the tarball alone; what the tarball itself depends on is pinned as in this project, so that no registry is needed. */
function writeConsumer(): void {
  const manifest = readJson(join(ROOT, 'package.json')) as Record<string, unknown>;
  const lock = readJson(join(ROOT, 'package-lock.json')) as Lock;
  const production = Object.entries(lock.packages).filter(
    ([path, entry]) => path !== '' && !entry.dev && !entry.devOptional && !entry.optional,
  );
  const resolved = `file:${packed.filename}`;
  const consumer = { name: 'consumer', version: '1.0.0', type: 'module', dependencies: { vkconform: resolved } };
  const { version, integrity } = packed;
  const installed = { version, resolved, integrity, bin: manifest.bin, dependencies: manifest.dependencies };
  const packages = { '': consumer, ...Object.fromEntries(production), 'node_modules/vkconform': installed };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(consumer));
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ name: 'consumer', version: '1.0.0', lockfileVersion: 3, packages }));
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vkconform-package-'));
  const listed = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: ROOT,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // The build speaks first; the list is the last thing that is printed.
  [packed] = JSON.parse(listed.slice(listed.lastIndexOf('\n[') + 1)) as [Packed];
  writeConsumer();
  const installed = run('npm', 'ci', '--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund');
  expect(installed).toMatchObject({ status: 0 });
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the files', () => {
  test('are those that are needed, and no tests, benchmarks, scripts or sources', () => {
    const paths = packed.files.map(({ path }) => path);
    const chapters = readdirSync(join(ROOT, 'spec/chapters')).map((name) => `dist/spec/chapters/${name}`);
    const agent = readdirSync(join(ROOT, 'conformance/agent'))
      .filter((name) => /\.[ch]$/.test(name))
      .map((name) => `conformance/agent/${name}`);
    expect(paths).toEqual(
      expect.arrayContaining(['LICENSE', 'README.md', 'package.json', 'dist/index.js', 'dist/index.d.ts', ...chapters, ...agent]),
    );
    const allowed = [
      /^dist\/(index|(spec|model|impl|conformance|reports)\/.*)\.(js|d\.ts|md)$/,
      /^conformance\/(agent\/\w+\.[ch]|corpus\/.*\.vkt)$/,
      /^([A-Z]+(\.md)?|package\.json)$/,
    ];
    const isTest = (path: string): boolean => /\.(test|testing)\./.test(path);
    expect(paths.filter((path) => isTest(path) || !allowed.some((form) => form.test(path)))).toEqual([]);
  });

  test('have an executable command', () => {
    expect(packed.files.find(({ path }) => path === 'dist/conformance/cli/main.js')!.mode & 0o111).toBe(0o111);
  });
});

describe('the command', () => {
  test('tells its version', () => {
    expect(bin('--version')).toEqual({ status: 0, output: `${packed.version}\n` });
  });

  test('finds its agent, and this machine able', () => {
    const { status, output } = bin('doctor');
    expect(output).toMatch(/✓ linux/);
    expect(status).toBe(0);
  });

  test('judges the kernel, in one thread and in two', () => {
    for (const workers of ['1', '2']) {
      const { output } = bin('run', '--programs', '512', '--seed', '1', '--workers', workers, '--json', 'result.json');
      const result = readJson(join(folder, 'result.json')) as { programs: number; notRun?: string };
      expect(result, output).not.toHaveProperty('notRun');
      expect(result.programs).toBeGreaterThanOrEqual(512);
    }
  });
});

const CONSUMER = `
import fc from 'fast-check';
import { checkProgram, formatProgram, parseProgram, parseResult, programs, type CheckedProgram, type Program, type Result } from 'vkconform';

const roundTrip = (program: Program): boolean => formatProgram(parseProgram(formatProgram(program))) === formatProgram(program);
fc.assert(fc.property(programs(), roundTrip), { numRuns: 20, seed: 1 });
const checked: CheckedProgram = await checkProgram('a = mmap(0, 1p, rw, private|anon) -> ok\\nload(a) -> 1');
export const read: (json: string) => Result = parseResult;
console.log(JSON.stringify(checked));
`;

describe('the library', () => {
  beforeAll(() => {
    mkdirSync(join(folder, 'source'));
    writeFileSync(join(folder, 'source/consumer.mts'), CONSUMER);
  });

  test('has declarations that a strict consumer compiles against', () => {
    const options = {
      strict: true,
      exactOptionalPropertyTypes: true,
      module: 'nodenext',
      target: 'es2024',
      types: [],
      rootDir: 'source',
      outDir: 'out',
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, include: ['source'] }));
    expect(run(join(ROOT, 'node_modules/.bin/tsc'), '--project', '.')).toEqual({ status: 0, output: '' });
  });

  test('runs as compiled', () => {
    const { status, output } = run('node', 'out/consumer.mjs');
    expect(status, output).toBe(0);
    const checked = JSON.parse(output) as { conforms: boolean; report: string };
    expect(checked.conforms).toBe(false);
    expect(checked.report).toContain('the program expects: 0x1');
  });
});

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parseResult } from '../../reports/result.ts';
import { encodeToken, parseProgram } from '../../spec/language/index.ts';
import { packageRoot, packageVersion } from '../package-root.ts';

const folder = mkdtempSync(join(tmpdir(), 'vkconform-cli-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const MAIN = join(packageRoot(), 'conformance/cli/main.ts');

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function vkconform(args: readonly string[], options: { input?: string; env?: NodeJS.ProcessEnv } = {}): Ran {
  const ran = spawnSync(process.execPath, [MAIN, ...args], {
    encoding: 'utf8',
    cwd: folder,
    input: options.input ?? '',
    // A machine of continuous integration has colours on.
    env: { ...(options.env ?? process.env), NO_COLOR: '1' },
  });
  return { code: ran.status, out: ran.stdout, err: ran.stderr };
}

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const CONFORMING =
  'a = mmap(0, 2p, rw, private|anon) -> ok\nstore(a, 0x5a)\nload(a) -> 0x5a\nmunmap(a, 1p) -> 0\nload(a) -> SIGSEGV/MAPERR at a\n';

describe('vkconform', () => {
  test('--help says what there is, in words that need no others', () => {
    const { code, out } = vkconform(['--help']);
    expect(code).toBe(0);
    for (const command of ['run', 'check', 'minimize', 'repro', 'doctor']) expect(out).toContain(command);
    expect(out).toContain('Exit codes');
  });

  test('--version is the package’s', () => {
    expect(vkconform(['--version']).out.trim()).toBe(packageVersion());
  });

  test.each([
    [['frobnicate'], /unknown command|too many arguments/],
    [['run', '--programs', 'many'], /whole number/],
    [['run', '--time', 'soon'], /60s/],
    [['run', '--seed', '1.5'], /whole number/],
    [['run', '--calls', 'mmap,mumble'], /no call 'mumble'/],
    [['run', '--steps', '9..3'], /8\.\.36/],
    [['run', '--dialect', 'plan9'], /Allowed choices are linux/],
    [['run', '--frob'], /unknown option/],
    [['check'], /missing required argument/],
    [['check', 'nowhere.vkt'], /no such file/],
    [['check', '.'], /is a folder/],
    [['check', 'vk1-!!!'], /token/],
    [['repro', 'nowhere.vkt', '--as', 'fortran'], /Allowed choices are c, vkt, vitest/],
  ])('wrong usage: %j gives one clear message and exit code 2', (args, message) => {
    const { code, err } = vkconform(args);
    expect(code).toBe(2);
    expect(err).toMatch(message);
    expect(err).not.toContain('    at ');
  });

  test('a malformed program: line, column and what was expected; exit code 2', () => {
    const { code, err } = vkconform(['check', file('bad.vkt', 'a = mmap(0, 1p, rw, private|anon)\nload(b)\n')]);
    expect(code).toBe(2);
    expect(err).toMatch(/bad\.vkt:2:6/);
  });

  test.each([
    ['exec:exit 1', /exec:exit 1 was not run/],
    ['exec:cat /etc/hostname', /was not run/],
    ['exec:nosuchcommand', /was not run/],
    ['mars', /there is no target 'mars'/],
  ])('a target that cannot run: %s, exit code 3', (target, message) => {
    const { code, err } = vkconform(['check', file('c.vkt', CONFORMING), '--target', target]);
    expect(code).toBe(3);
    expect(err).toMatch(message);
    expect(err).not.toContain('    at ');
  });

  test('without a compiler: what to install, exit code 3', () => {
    const env = { PATH: '/nowhere', HOME: folder, XDG_CACHE_HOME: join(folder, 'cache') };
    const { code, err } = vkconform(['check', file('c.vkt', CONFORMING)], { env });
    expect(code).toBe(3);
    expect(err).toMatch(/gcc/);
  });
});

describe('vkconform check', () => {
  test('a program that conforms: every step with its clause, exit code 0', () => {
    const { code, out } = vkconform(['check', file('c.vkt', CONFORMING)]);
    expect(out).toContain('load.value');
    expect(out).toContain('conforms');
    expect(code).toBe(0);
  });

  test('an expectation that is not met is shown, exit code 1', () => {
    const { code, out } = vkconform(['check', file('e.vkt', 'munmap(arena, 0) -> 0\n')]);
    expect(out).toContain('the program expects: 0');
    expect(code).toBe(1);
  });

  test('reads tokens and standard input', () => {
    expect(vkconform(['check', encodeToken(parseProgram(CONFORMING))]).code).toBe(0);
    expect(vkconform(['check', '-'], { input: CONFORMING }).code).toBe(0);
  });
});

describe('vkconform run', () => {
  test('judges this kernel, writes the reports and the JSON, exit code 0', () => {
    const report = join(folder, 'report');
    const json = join(folder, 'result.json');
    const { code, out, err } = vkconform(['run', '--programs', '300', '--seed', '11', '--report', report, '--json', json]);
    expect(out, err).toContain('Conforms');
    expect(code).toBe(0);
    const result = parseResult(readFileSync(json, 'utf8'));
    expect(result).toMatchObject({ seed: 11, target: { name: 'linux' }, divergences: [], undecidedPrograms: 0, lost: { programs: 0 } });
    expect(result.programs).toBeGreaterThanOrEqual(300);
    for (const name of ['report.json', 'report.xml', 'report.md', 'report.html'])
      expect(readFileSync(join(report, name), 'utf8').length).toBeGreaterThan(0);
  });

  test('several workers check the same programs as one', () => {
    const results = ['1', '2'].map((workers) => {
      const json = join(folder, `workers-${workers}.json`);
      const { err } = vkconform([
        'run',
        '--programs',
        '1500',
        '--seed',
        '4',
        '--workers',
        workers,
        '--json',
        json,
        '--quiet',
        '--report',
        join(folder, 'w'),
      ]);
      expect(err).toBe('');
      return parseResult(readFileSync(json, 'utf8'));
    });
    expect(results[1]!.programs).toBe(results[0]!.programs);
    expect(results[1]!.steps).toBe(results[0]!.steps);
  });

  test('an interrupt ends the run, and the report tells what was checked', async () => {
    const json = join(folder, 'interrupted.json');
    const child = spawn(process.execPath, [MAIN, 'run', '--time', '10m', '--report', join(folder, 'i'), '--json', json], { cwd: folder });
    const seen = new Promise<void>((resolve) => child.stderr.once('data', () => resolve()));
    await seen;
    child.kill('SIGINT');
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    expect(code).toBe(0);
    expect(parseResult(readFileSync(json, 'utf8')).programs).toBeGreaterThan(0);
  });

  test('a report folder that cannot be written: one message, exit code 2', () => {
    const { code, err } = vkconform(['run', '--programs', '64', '--report', '/proc/nowhere']);
    expect(code).toBe(2);
    expect(err).toContain('/proc/nowhere');
  });
});

describe('vkconform repro', () => {
  test.each(['c', 'vkt', 'vitest'])('as %s', (form) => {
    const { code, out } = vkconform(['repro', file('c.vkt', CONFORMING), '--as', form]);
    expect(code).toBe(0);
    expect(out).toContain('mmap(');
  });
});

describe('vkconform minimize', () => {
  test('a program that conforms leaves nothing to shrink', () => {
    const { code, err } = vkconform(['minimize', file('c.vkt', CONFORMING)]);
    expect(code).toBe(0);
    expect(err).toContain('nothing to shrink');
  });
});

describe('vkconform doctor', () => {
  test('says what is there', () => {
    const { code, out } = vkconform(['doctor']);
    expect(out).toMatch(/linux +Linux \d/);
    expect(code).toBe(0);
  });

  test('says what to install for what is not', () => {
    const { code, out } = vkconform(['doctor'], { env: { PATH: '/nowhere', HOME: folder, XDG_CACHE_HOME: join(folder, 'other-cache') } });
    expect(out).toContain('apt-get install gcc');
    expect(code).toBe(3);
  });
});

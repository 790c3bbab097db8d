import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { packageRoot } from '../package-root.ts';
import { AgentTarget } from './agent-target.ts';
import { compileAgent } from './compile.ts';
import { linuxTarget } from './linux.ts';
import { TargetUnavailable } from './target.ts';
import { runText } from './trace.testing.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vkconform-test-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A compiler of our own making, as a shell script. */
function compiler(script: string): string {
  const path = join(folder, 'cc');
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe('the agent', () => {
  test('is built once for its sources and its compiler, and nothing else is left in the cache', async () => {
    const cc = compiler(`echo "$*" >> ${folder}/log; exec cc "$@"`);
    const cache = join(folder, 'cache');
    const first = await compileAgent({ cc, cache });
    const { mtimeMs } = statSync(first);
    expect(await compileAgent({ cc, cache })).toBe(first);
    expect(statSync(first).mtimeMs).toBe(mtimeMs);
    expect(readdirSync(cache)).toHaveLength(1);
    const log = execFileSync('cat', [join(folder, 'log')], { encoding: 'utf8' });
    expect(log.split('\n').filter((line) => line.includes('-o '))).toHaveLength(1);
  });

  test('is built by several at once', async () => {
    const cache = join(folder, 'cache');
    const paths = await Promise.all([compileAgent({ cache }), compileAgent({ cache }), compileAgent({ cache })]);
    expect(new Set(paths).size).toBe(1);
    expect(readdirSync(cache)).toHaveLength(1);
  });

  test('is linked dynamically where there are no static libraries, and runs', async () => {
    const cc = compiler('for a; do [ "$a" = -static ] && { echo "cannot find -lc" >&2; exit 1; }; done; exec cc "$@"');
    const target = await linuxTarget({ cc, cache: join(folder, 'cache') });
    const [trace] = await target.run([{ steps: [{ process: 'p0', call: { kind: 'munlockall' } }] }]);
    await target.close();
    expect(trace!.outcomes).toEqual([{ kind: 'value', value: 0 }]);
  });

  test('cannot be had without a compiler, and the message says what to install', async () => {
    const built = linuxTarget({ cc: join(folder, 'nothing'), cache: folder });
    await expect(built).rejects.toThrow(TargetUnavailable);
    await expect(built).rejects.toThrow(/there is no .*nothing.*apt install gcc/);
  });

  test('cannot be had from a compiler that fails, whose words are passed on', async () => {
    const cc = compiler('case "$1" in --version) echo 1;; *) echo "stdio.h: No such file" >&2; exit 1;; esac');
    const cache = join(folder, 'cache');
    await expect(compileAgent({ cc, cache })).rejects.toThrow(/cannot build the agent[\s\S]*stdio\.h: No such file/);
    expect(readdirSync(cache)).toEqual([]);
  });

  /** Builds it as `compileAgent` does, but with these flags, and with every warning an error. */
  function build(...flags: readonly string[]): string {
    const sources = join(packageRoot(), 'conformance', 'agent');
    const files = readdirSync(sources).filter((name) => name.endsWith('.c'));
    const output = join(folder, 'agent');
    execFileSync('cc', ['-std=gnu11', '-Wall', '-Wextra', '-Werror', ...flags, '-o', output, ...files.map((name) => join(sources, name))]);
    return output;
  }

  test.each([['-O2 -static -no-pie -DAGENT_STATIC'], ['-O2'], ['-O0']])('compiles without a warning with %s', (flags) => {
    expect(statSync(build(...flags.split(' '))).size).toBeGreaterThan(10_000);
  });

  test('runs with nothing but the functions of POSIX, and says what is missing then', async () => {
    const target = await AgentTarget.start('posix', { command: build('-O2', '-DAGENT_PORTABLE'), args: [] });
    expect(target.host.missing).toEqual([
      ...['mremap', 'mlock2', 'process_vm_readv', 'process_vm_writev', 'memfd_create', 'fallocate', 'add_seals', 'get_seals'],
    ]);
    const { unmet } = await runText(
      target,
      `f = open(f0, rdwr|creat)                     -> 0
       ftruncate(f, 2p)                             -> 0
       a = mmap(arena, 4p, rw, shared|fixed, f)     -> arena
       p1 = fork()                                  -> ok
       p1: store(a+1p, 7)                           -> 0
       load(a+1p)                                   -> 7
       load(a+2p)                                   -> SIGBUS/ADRERR at a+2p
       madvise(a, 1p, dontneed)                     -> 0
       madvise(a, 1p, hugepage)                     -> EINVAL
       msync(a, 1p, sync)                           -> 0
       p1: exit(9)                                  -> exited
       wait(p1)                                     -> 9
       q = pipe(nonblock)                           -> ok
       read(q.r, buf, 1)                            -> EAGAIN
       s = shmget(1p)                               -> ok
       shmat(s, 0)                                  -> ok
       setrlimit(fsize, 0x1000, 0x1000)             -> 0
       pwrite(f, buf, 1, 0x1000)                    -> EFBIG
       brk(heap+1p)                                 -> heap+1p
       unlink(f0)                                   -> 0
       get_seals(f)                                 -> ENOSYS`,
    );
    expect(unmet).toEqual([]);
    await target.close();
  });
});

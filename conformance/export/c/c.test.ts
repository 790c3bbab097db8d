/** Exported C programs, built and run on this machine's kernel. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  abs,
  CALL_KINDS,
  formatOutcome,
  type Program,
  parseProgram,
  plainValue,
  RESULTS,
  type Trace,
  type Value,
} from '../../../spec/language/index.ts';
import { wellFormedPrograms } from '../../../spec/language/program.testing.ts';
import { openTarget } from '../../targets/open.ts';
import type { Target } from '../../targets/target.ts';
import { exportProgram, type StepReport } from '../export.ts';

/** Together they make every call, and meet every kind of outcome. */
const PROGRAMS: Readonly<Record<string, string>> = {
  'faults and their addresses': `
    a = mmap(arena, 4p, rw, private|anon|fixed)
    store(a+1p, 0x5a)
    munmap(a+1p, 1p)
    load(a+1p)
    mprotect(a+2p, 1p, r)
    store(a+2p+8, 0x11223344556677, 8)
    store(a+2p-4, 0xff, 8)
    load(top)
    load(high)
    load(a, 8)
    load(a, 3)
    store(a, 1, 3)`,
  'code is run where it may be': `
    a = mmap(0, 1p, rwx, private|anon)
    exec(a)
    store(a, code, 8)
    exec(a)
    mprotect(a, 1p, rw)
    exec(a)`,
  'advice, locks and residency': `
    a = mmap(arena, 3p, rw, private|anon|fixed)
    store(a, 1)
    madvise(a, 1p, dontneed)
    load(a)
    madvise(a, 1p, 0x999)
    madvise(a+1p, 1p, guard_install)
    load(a+1p)
    mlock(a, 1p)
    mlock2(a, 1p, onfault)
    mlock2(a, 1p, 0x80)
    munlock(a, 1p)
    mlockall(0)
    munlockall()
    msync(a, 3p, sync)
    msync(a, 3p, sync|async)
    mincore(a, 1p)
    mincore(a, 1p, 0)
    mincore(a, 2p, a+2p)
    brk(0)
    brk(heap+2p)
    store(heap+1p, 7)
    brk(heap)
    load(heap)`,
  'mappings move and grow': `
    a = mmap(arena, 2p, rw, private|anon|fixed)
    store(a+1p, 0x77)
    b = mremap(a, 2p, 4p, maymove|fixed, arena+16p)
    load(b+1p)
    load(a+1p)
    c = mremap(b, 4p, 4p, maymove)
    mremap(b, 0, 4p)
    d = mremap(b, 4p, 4p, maymove|dontunmap, 0)
    load(d+1p)
    mmap(arena+1, 1p, rw, private|anon|fixed)
    mmap(0, 0, rw, private|anon)
    mmap(0, -1p, rw, private|anon)
    mmap(0, 1p, rw, type=7|anon)
    mmap(0, 1p, rw, private|anon, -1, 1)
    mmap(arena, 1p, rw|growsdown, shared|anon|fixed|0x800000000)
    mmap(b, 1p, rw, private|anon|fixed_noreplace)`,
  'files: sizes, positions, seals': `
    f = open(f0, rdwr|creat)
    g = dup(f)
    write(f, buf, 100)
    pwrite(f, buf, 10, 2p)
    fsize(f)
    ftruncate(g, 3p)
    fallocate(f, punch_hole|keep_size, 0, 1p)
    lseek(f, 0, end)
    lseek(f, -1, set)
    lseek(f, 0, 9)
    a = mmap(0, 3p, rw, shared, f)
    store(a+2p, 0x42)
    pread(f, arena, 1p, 0)
    pread(g, a, 1, 2p)
    load(a)
    ftruncate(f, 1p)
    load(a+1p)
    close(g)
    close(g)
    unlink(f0)
    unlink(f0)
    open(f7, rdonly)
    m = memfd_create(allow_sealing)
    add_seals(m, write|grow)
    get_seals(m)
    get_seals(f)
    write(m, buf, 1)`,
  'vectors, pipes and pointers that lead nowhere': `
    q = pipe(nonblock)
    a = mmap(arena, 2p, rw, private|anon|fixed)
    read(q.r, a, 1)
    writev(q.w, [a:5, a+1p:3])
    readv(q.r, [a+1p:2, arena+64p:4, a:2])
    writev(q.w, [])
    write(q.w, arena+64p, 1)
    read(-1, a, 1)
    close(q.r)
    write(q.w, a, 1)`,
  'segments of shared memory': `
    s = shmget(2p)
    a = shmat(s, arena+8p)
    store(a, 9)
    b = shmat(s, 0, rdonly)
    load(b)
    store(b, 1)
    shmdt(a+1p)
    shmdt(a)
    shm_rmid(s)
    shmat(77777, 0)
    shmget(0)`,
  'processes share what they should': `
    a = mmap(arena, 1p, rw, private|anon|fixed)
    s = mmap(arena+2p, 1p, rw, shared|anon|fixed)
    p1 = fork()
    p1: store(a, 0x11)
    p1: store(s, 0x22)
    load(a)
    load(s)
    p1: b = mmap(arena+4p, 1p, rw, private|anon|fixed)
    load(b)
    process_vm_readv(p1, [a:1], [a:1])
    load(a)
    process_vm_writev(p1, [s:1], [b:1, arena+9p:1])
    process_vm_readv(p1, [a:1], [a:1], 1)
    p2 = fork()
    p1: p3 = fork()
    p3: load(b)
    p2: exit(7)
    wait(p2)
    p2: load(a)
    wait(p2)
    exit(0)
    p1: load(b)`,
  'limits, and a read that waits': `
    setrlimit(as, vm+16p, inf)
    mmap(0, 64p, rw, private|anon)
    setrlimit(data, vmdata+1p, inf)
    mmap(0, 64p, rw, private|anon)
    setrlimit(memlock, 2p, 1p)
    setrlimit(99, 0, 0)
    setrlimit(nofile, 0, 0)
    q = pipe()
    a = mmap(arena, 1p, rw, private|anon|fixed)
    wait(-1)`,
  'a process that waits': `
    q = pipe()
    read(q.r, buf, 1)
    load(arena)`,
};

let folder: string;
let target: Target;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vkconform-c-'));
  // A program that starts as root goes on as nobody.
  chmodSync(folder, 0o1777);
  target = await openTarget('linux');
});
afterAll(async () => {
  await target?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Builds C without a warning; the path of the program. @param linking  how header comments say to build it */
function build(c: string, ...linking: readonly string[]): string {
  const source = join(folder, 'program.c');
  const binary = join(folder, 'program');
  writeFileSync(source, c);
  execFileSync('cc', ['-std=gnu11', '-O2', '-Wall', '-Wextra', '-Werror', ...linking, '-o', binary, source], { stdio: 'pipe' });
  return binary;
}

function run(c: string): { readonly status: number | null; readonly output: string } {
  const linking = /-Wextra -static`/.test(c) ? ['-static'] : [];
  const { status, stdout, stderr } = spawnSync(build(c, ...linking), { encoding: 'utf8', timeout: 20_000 });
  return { status, output: stdout + stderr };
}

/** Writes addresses as the program would, as far as the trace goes. */
function symbolise(program: Program, { place, outcomes }: Trace): (address: number) => Value {
  const bases: [string, number][] = [
    ['heap', place.heap],
    ...program.steps.flatMap(({ result, call }, i): [string, number][] => {
      const outcome = outcomes[i]!;
      return result !== undefined && RESULTS[call.kind] === 'address' && outcome.kind === 'value' ? [[result, outcome.value]] : [];
    }),
  ];
  return (address) => {
    if (Math.abs(address - place.arena) < 2 ** 29) return { base: 'arena', offset: address - place.arena };
    const near = bases.filter(([, start]) => address >= start && address - start < 2 ** 29);
    near.sort(([, a], [, b]) => b - a);
    return near[0] === undefined ? plainValue(address) : { base: near[0][0], offset: address - near[0][1] };
  };
}

/** What this kernel does, as what is expected. */
async function observed(program: Program): Promise<readonly StepReport[]> {
  const [trace] = await target.run([program]);
  const symbol = symbolise(program, trace!);
  return program.steps.map(({ call }, i) => {
    const text = formatOutcome(trace!.outcomes[i]!, symbol, call.kind);
    return { observed: text, verdict: 'conforms', expected: [{ clause: 'as.observed', text }] };
  });
}

test('the programs make every call', () => {
  const kinds = Object.values(PROGRAMS).flatMap((text) => parseProgram(text).steps.map(({ call }) => call.kind));
  expect(CALL_KINDS.filter((kind) => !kinds.includes(kind))).toEqual([]);
});

describe('the same kernel gives a C program what it gives the agent', () => {
  test.each(Object.entries(PROGRAMS))('%s', async (title, text) => {
    const program = parseProgram(text);
    const steps = await observed(program);
    expect(steps.filter((step) => step.observed?.startsWith('lost'))).toEqual([]);
    const { status, output } = run(exportProgram(program, 'c', { steps, title }));
    expect(output).toContain(`all ${program.steps.length} steps are as expected`);
    expect(output).not.toContain('differs');
    expect(status).toBe(0);
  });
});

describe('a step that gives something else makes the exit status 1 and is marked', () => {
  const wrong: readonly [string, string][] = [
    ['a = mmap(arena, 1p, r, private|anon|fixed)\nstore(a, 1)', 'SIGSEGV/MAPERR at a'],
    ['a = mmap(arena, 1p, r, private|anon|fixed)\nstore(a, 1)', 'SIGSEGV/ACCERR at a+1'],
    ['a = mmap(arena, 1p, r, private|anon|fixed)\nload(a)', '0x1'],
    ['a = mmap(arena, 1p, r, private|anon|fixed)\nload(a, 8)', 'bytes 00 00 00 00 00 00 00 01'],
    ['a = mmap(arena, 1p, r, private|anon|fixed)\nmincore(a, 1p)', 'bytes 01'],
    ['a = mmap(arena, 1p, r, private|anon|fixed)\nmunmap(a, 0)', '0'],
    ['a = mmap(arena, 1p, r, private|anon|fixed)\nmunmap(a, 0)', 'ENOMEM'],
    ['a = mmap(arena, 1p, r, private|anon|fixed)\nmunmap(a, 0)', 'a success in plain words'],
    ['a = mmap(arena, 1p, r, private|anon|fixed)\nmunmap(a, 0)', 'blocked'],
    ['p1 = fork()\nload(arena)', 'gone'],
    ['p1 = fork()\np1: exit(1)', '0'],
  ];
  test.each(wrong)('%s -> %s', (text, false_) => {
    const program = parseProgram(text);
    const steps: StepReport[] = [{}, { expected: [{ clause: 'x.y', text: false_ }], verdict: 'conforms' }];
    const { status, output } = run(exportProgram(program, 'c', { steps }));
    expect(output).toContain(`expected: ${false_}   <-- differs`);
    expect(output).toContain('1 of 2 steps differ');
    expect(status).toBe(1);
  });

  test('a process that is killed is told, and the others go on', () => {
    const program = parseProgram('p1 = fork()\np1: munmap(0, top) -> 0\np1: load(arena) -> gone\nload(arena) -> SIGSEGV/MAPERR at arena');
    const { status, output } = run(exportProgram(program, 'c'));
    expect(output).toMatch(/2 {2}p1: munmap\(0, top\) +-> killed {3}expected: 0 {3}<-- differs/);
    expect(output).toContain('1 of 4 steps differ');
    expect(status).toBe(1);
  });
});

test('several alternatives, and alternatives in plain words', () => {
  const program = parseProgram('a = mmap(0, 2p, rw, private|anon)\nload(a)\nmincore(a, 2p)\nmunmap(a, 1)');
  const allowed = (...texts: string[]): StepReport => ({ expected: texts.map((text) => ({ clause: 'x.y', text })), verdict: 'conforms' });
  const steps = [
    allowed('the address of a free place that the kernel chose'),
    allowed('0x5a or 0 or …'),
    allowed('bytes 01, 00 or 01'),
    { ...allowed('EINVAL'), verdict: 'undecided' as const },
  ];
  const { output, status } = run(exportProgram(program, 'c', { steps }));
  // The page at a is read, the one after it is not: the first must be resident.
  expect(output).toContain('all 4 steps are as expected');
  expect(status).toBe(0);
});

test('nothing is left behind', () => {
  const program = parseProgram('f = open(f3, rdwr|creat)\ns = shmget(1p)\nexit(0)');
  const c = exportProgram(program, 'c');
  const { status } = run(c.replace('/dev/shm/vkconform.XXXXXX', join(folder, 'left.XXXXXX')));
  expect(status).toBe(0);
  expect(readdirSync(folder).filter((name) => name.startsWith('left.'))).toEqual([]);
});

test('the names of a program may be words of C', () => {
  const program = parseProgram(
    'int = mmap(arena, 1p, rw, private|anon|fixed) -> arena\nmain = fork() -> ok\nmain: store(int, 5) -> 0\nload(int) -> 0',
  );
  const { status } = run(exportProgram(program, 'c', { title: 'a title /* that */ ends \\' }));
  expect(status).toBe(0);
});

test('any program becomes C that builds without a warning', { timeout: 120_000 }, () => {
  const programs = fc.sample(wellFormedPrograms({ maxSteps: 40 }), { numRuns: 12, seed: 5 });
  for (const program of [...programs, { steps: [] }]) build(exportProgram(program, 'c', { title: 'any' }), '-c');
  expect(programs.length).toBe(12);
});

test('a C program holds only what it uses', () => {
  const c = exportProgram({ steps: [{ process: 'p0', call: { kind: 'munmap', addr: abs(0), length: abs(0) } }] }, 'c');
  for (const word of ['fork', 'sigsetjmp', 'DIRECTORY', 'mincore', 'shm', 'arena', 'SYS_brk', 'BUF', 'CODE', 'supervise'])
    expect(c).not.toContain(word);
  expect(c.split('\n').length).toBeLessThan(150);
});

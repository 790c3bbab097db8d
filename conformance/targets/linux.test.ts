import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CALL_KINDS, parseProgram } from '../../spec/language/index.ts';
import { auditRanges } from './audit.ts';
import { linuxTarget } from './linux.ts';
import type { Target } from './target.ts';
import { namesOf, runText } from './trace.testing.ts';

let target: Target;
beforeAll(async () => {
  target = await linuxTarget();
});
afterAll(async () => {
  await target?.close();
});

/** Every call once or more, each with the outcome that any Linux gives. */
const PROGRAMS: Readonly<Record<string, string>> = {
  'mappings and accesses': `
    a = mmap(0, 4p, rw, private|anon)            -> ok
    store(a+1p, 0x5a)                            -> 0
    load(a+1p)                                   -> 0x5a
    store(a+2p, 0x11223344556677, 8)           -> 0
    load(a+2p, 8)                                -> 0x11223344556677
    load(a+2p, 4)                                -> 0x44556677
    load(a+2p, 2)                                -> 0x6677
    load(a, 3)                                   -> EINVAL
    store(a, 1, 16)                              -> EINVAL
    munmap(a+1p, 1p)                             -> 0
    load(a+1p)                                   -> SIGSEGV/MAPERR at a+1p
    mprotect(a+2p, 1p, r)                        -> 0
    store(a+2p+8, 1)                             -> SIGSEGV/ACCERR at a+2p+8
    b = mmap(arena+2p, 1p, rw, private|anon|fixed) -> arena+2p
    mmap(arena+2p, 0, rw, private|anon|fixed)    -> EINVAL
    c = mremap(b, 1p, 3p, maymove)               -> ok
    madvise(c, 1p, dontneed)                     -> 0
    msync(c, 1p, sync)                           -> 0
    mincore(c, 1p)                               -> 00
    mincore(c, 1p, c)                            -> 0
    mlock(c, 1p)                                 -> 0
    mincore(c, 1p)                               -> 01
    mlock2(c, 1p, onfault)                       -> 0
    munlock(c, 1p)                               -> 0
    mlockall(0x8)                                -> EINVAL
    munlockall()                                 -> 0
    brk(heap+2p)                                 -> heap+2p
    store(heap+1p, 1)                            -> 0
    setrlimit(data, vmdata+0x1000, vmdata+0x1000) -> 0
  `,
  'an access across a page edge': `
    a = mmap(arena, 2p, rw, private|anon|fixed)  -> ok
    store(a+1p-3, 0x11223344556677, 8)         -> 0
    load(a+1p-3, 8)                              -> 0x11223344556677
    munmap(a+1p, 1p)                             -> 0
    load(a+1p-3, 8)                              -> SIGSEGV/MAPERR at a+1p
    load(a+1p-8, 8)                              -> ok
  `,
  code: `
    a = mmap(arena, 1p, rw, private|anon|fixed)  -> ok
    store(a+8, code, 8)                             -> 0
    exec(a+8)                                    -> SIGSEGV/ACCERR at a+8
    mprotect(a, 1p, rx)                          -> 0
    exec(a+8)                                    -> 42
    exec(a)                                      -> refused
    exec(arena+5p)                               -> SIGSEGV/MAPERR at arena+5p
  `,
  'memory beyond a file': `
    f = open(f0, rdwr|creat)                     -> 0
    a = mmap(arena, 2p, rw, shared|fixed, f)     -> ok
    load(a)                                      -> SIGBUS/ADRERR at a
    ftruncate(f, 1p)                             -> 0
    load(a)                                      -> 0
    store(a+1p, 1)                               -> SIGBUS/ADRERR at a+1p
  `,
  files: `
    f = open(f1, rdwr|creat|excl)                -> 0
    g = dup(f)                                   -> 1
    write(f, buf, 10)                            -> 10
    lseek(g, 0, cur)                             -> 10
    fsize(g)                                     -> 10
    pwrite(f, buf, 5, 20)                        -> 5
    pread(f, buf, 100, 21)                       -> 4
    read(f, buf, 100)                            -> 15
    readv(f, [buf:1, buf:2])               -> 0
    writev(f, [buf:1, arena:2])            -> 1
    fallocate(f, 0, 0, 3p)                       -> 0
    fsize(f)                                     -> 3p
    unlink(f1)                                   -> 0
    unlink(f1)                                   -> ENOENT
    close(g)                                     -> 0
    read(g, buf, 1)                              -> EBADF
    m = memfd_create(allow_sealing)              -> 1
    add_seals(m, grow)                           -> 0
    get_seals(m)                                 -> 4
    ftruncate(m, 1p)                             -> EPERM
  `,
  'shared memory segments': `
    s = shmget(2p)                               -> ok
    a = shmat(s, 0)                              -> ok
    store(a+1p, 7)                               -> 0
    b = shmat(s, arena, rdonly)                  -> arena
    load(b+1p)                                   -> 7
    store(b, 1)                                  -> SIGSEGV/ACCERR at b
    shmdt(a)                                     -> 0
    shm_rmid(s)                                  -> 0
    shmdt(b)                                     -> 0
    shmat(s, 0)                                  -> EINVAL
  `,
  'processes in turn': `
    a = mmap(0, 1p, rw, private|anon)            -> ok
    b = mmap(0, 1p, rw, shared|anon)             -> ok
    p1 = fork()                                  -> ok
    p1: store(a, 1)                              -> 0
    p1: store(b, 2)                              -> 0
    load(a)                                      -> 0
    load(b)                                      -> 2
    p1: p2 = fork()                              -> ok
    p2: load(a)                                  -> 1
    process_vm_readv(p1, [b:1], [a:1])     -> 1
    load(b)                                      -> 1
    p2: process_vm_writev(p1, [b:1], [a+7:1]) -> 1
    p1: load(a+7)                                -> 1
    p2: exit(3)                                  -> exited
    p1: wait(p2)                                 -> 3
    p2: load(a)                                  -> gone
    p1: exit(300)                                -> exited
    wait(p1)                                     -> 44
    wait(p1)                                     -> ECHILD
  `,
  'a pipe and the end of its writer': `
    q = pipe()                                   -> ok
    p1 = fork()                                  -> ok
    close(q.w)                                   -> 0
    p1: write(q.w, buf, 3)                       -> 3
    p1: exit()                                   -> exited
    read(q.r, buf, 10)                           -> 3
    read(q.r, buf, 10)                           -> 0
    close(q.r)                                   -> 0
    r = pipe(nonblock)                           -> ok
    read(r.r, buf, 1)                            -> EAGAIN
    close(r.r)                                   -> 0
    write(r.w, buf, 1)                           -> EPIPE
  `,
};

describe('the linux target', () => {
  test.each(Object.entries(PROGRAMS))('%s', async (_, text) => {
    expect((await runText(target, text)).unmet).toEqual([]);
  });

  test('makes every call somewhere above', () => {
    const made = new Set(Object.values(PROGRAMS).flatMap((text) => parseProgram(text).steps.map(({ call }) => call.kind)));
    expect(CALL_KINDS.filter((kind) => !made.has(kind))).toEqual([]);
  });

  test('says what it is', () => {
    const { host } = target;
    expect(host).toMatchObject({ system: 'Linux', privileged: false, userEnd: 0x7fff_ffff_f000, missing: [], vmLocked: 0 });
    expect(host.limits.nofile).toEqual({ soft: 64, hard: 256 });
    expect(host.limits.memlock.soft).toBe(64 * 4096);
    expect(host.totalPages).toBeGreaterThan(1000);
  });

  test('a step that waits forever is blocked, those after it are gone, and the next program runs', async () => {
    const blocked = parseProgram('q = pipe()\np1 = fork()\np1: q2 = pipe()\np1: read(q2.r, buf, 1)\nload(buf)');
    const [first, second] = await target.run([blocked, parseProgram('load(buf)')]);
    expect(first!.outcomes.slice(3)).toEqual([
      { kind: 'stop', how: 'blocked' },
      { kind: 'stop', how: 'gone' },
    ]);
    expect(first!.audits).toEqual([]);
    expect(second!.outcomes).toEqual([{ kind: 'bytes', bytes: [0] }]);
  });

  test('a process that destroys itself is killed, and the others go on', async () => {
    const text = 'p1 = fork()\np1: munmap(0, 0x7000000)\nload(buf)\np1: load(buf)';
    const { trace } = await runText(target, text);
    expect(trace.outcomes.slice(1)).toEqual([
      { kind: 'stop', how: 'killed' },
      { kind: 'bytes', bytes: [0] },
      { kind: 'stop', how: 'gone' },
    ]);
    expect(trace.audits.map(({ process }) => process)).toEqual(['p0']);
  });

  test('the death of the first process leaves the others at work', async () => {
    const { trace } = await runText(target, 'p1 = fork()\nmunmap(0, 0x7000000)\np1: load(buf)\nload(buf)');
    expect(trace.outcomes.map((outcome) => (outcome.kind === 'stop' ? outcome.how : outcome.kind))).toEqual([
      'value',
      'killed',
      'bytes',
      'gone',
    ]);
  });

  test('names whose call failed stand for -1', async () => {
    const { unmet } = await runText(
      target,
      'f = open(f3, rdwr) -> ENOENT\nclose(f) -> EBADF\na = mmap(0, 0, rw, private|anon) -> EINVAL\nmunmap(a+1, 1p) -> 0',
    );
    expect(unmet).toEqual([]);
  });

  test('nothing of a program is there for the next one', async () => {
    const text =
      'f = open(f5, rdwr|creat) -> 0\ns = shmget(1p) -> ok\nbrk(heap+1p) -> heap+1p\nstore(buf, 1) -> 0\na = mmap(arena, 1p, rw, private|anon|fixed)';
    await runText(target, text);
    expect(
      (
        await runText(
          target,
          'open(f5, rdwr) -> ENOENT\nload(buf) -> 0\nload(heap) -> SIGSEGV/MAPERR at heap\nload(arena) -> SIGSEGV/MAPERR at arena',
        )
      ).unmet,
    ).toEqual([]);
  });

  test('nothing lies next to what the kernel maps first, nor below the heap, nor at the top', async () => {
    const text = `a = mmap(0, 1p, rw, private|anon)
      load(a+1p)            -> SIGSEGV/MAPERR at a+1p
      load(a-1p)            -> SIGSEGV/MAPERR at a-1p
      load(heap)            -> SIGSEGV/MAPERR at heap
      load(heap-1)          -> SIGSEGV/MAPERR at heap-1
      munmap(top-64p, 64p)  -> 0
      mprotect(arena-0x10000000, 0x20000000, r) -> ENOMEM
      madvise(top-64p, 64p, normal) -> ENOMEM
      madvise(buf-4p, 3p, normal) -> ENOMEM
      madvise(buf+16p, 3p, normal) -> ENOMEM`;
    expect((await runText(target, text)).unmet).toEqual([]);
  });
});

describe('the audit', () => {
  test('says of every page what can be done and what is in it', async () => {
    const text = `a = mmap(arena, 5p, rw, private|anon|fixed)
      store(a+1p+5, 0x41)
      mprotect(a+2p, 1p, r)
      mprotect(a+3p, 1p, none)
      store(a+4p, code, 8)
      mprotect(a+4p, 1p, rwx)`;
    const { trace, place } = await runText(target, text);
    const at = (page: number) => trace.audits[0]!.pages.find(({ address }) => address === place.arena + page * 4096);
    expect(at(0)).toMatchObject({ load: 'ok', store: 'ok', exec: 'SIGSEGV/ACCERR', hash: 0 });
    expect(at(1)).toMatchObject({ load: 'ok', store: 'ok', exec: 'unknown' });
    expect(at(1)!.hash).not.toBe(0);
    expect(at(2)).toMatchObject({ load: 'ok', store: 'SIGSEGV/ACCERR', exec: 'SIGSEGV/ACCERR' });
    expect(at(3)).toMatchObject({ load: 'SIGSEGV/ACCERR', store: 'SIGSEGV/ACCERR', hash: 0 });
    expect(at(4)).toMatchObject({ load: 'ok', store: 'ok', exec: 'ok' });
    expect(at(5)).toMatchObject({ load: 'SIGSEGV/MAPERR', hash: 0 });
    expect(at(-1)).toMatchObject({ load: 'SIGSEGV/MAPERR', hash: 0 });
  });

  test('hashes as the spec says', async () => {
    const { contentHash } = await import('../../spec/language/index.ts');
    const { trace } = await runText(target, 'a = mmap(0, 1p, rw, private|anon)\nstore(a+9, 0x41)\nstore(a+4088, 0x7665544332211, 8)');
    const bytes = [[9, 0x41], ...[0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x07, 0].map((byte, i) => [4088 + i, byte])] as [number, number][];
    const hash = bytes.reduce((sum, [offset, byte]) => sum + contentHash(offset, byte), 0) >>> 0;
    expect(trace.audits[0]!.pages.map((page) => page.hash)).toEqual([hash]);
  });

  test('finds code that can be run in pages that cannot be written', async () => {
    const text = 'a = mmap(arena, 2p, rx, private|anon|fixed)\nb = mmap(arena+4p, 1p, r, private|anon|fixed)';
    const pagesOf = async (t: Target) => {
      const { trace, program } = await runText(t, text);
      const names = namesOf(program, trace);
      return (name: string, page: number) => trace.audits[0]!.pages.find(({ address }) => address === names.get(name)! + page * 4096)!.exec;
    };
    const thorough = await linuxTarget({ thorough: true });
    const seen = await pagesOf(thorough);
    expect([seen('a', 0), seen('a', 1), seen('b', 0)]).toEqual(['ok', 'ok', 'SIGSEGV/ACCERR']);
    await thorough.close();
    const quick = await runText(target, 'a = mmap(arena, 1p, rx, private|anon|fixed)');
    expect(quick.trace.audits[0]!.pages.map(({ exec }) => exec)).toEqual(['unknown', 'ok', 'unknown']);
  });

  test('a thorough one tries everything', async () => {
    const thorough = await linuxTarget({ thorough: true });
    const { trace } = await runText(thorough, 'munmap(arena, 3p)');
    await thorough.close();
    expect(trace.audits[0]!.pages).toHaveLength(5);
    for (const page of trace.audits[0]!.pages)
      expect(page).toMatchObject({ load: 'SIGSEGV/MAPERR', store: 'SIGSEGV/MAPERR', exec: 'SIGSEGV/MAPERR' });
  });

  test('covers each process that is alive, in order', async () => {
    const { trace } = await runText(target, 'a = mmap(0, 1p, rw, private|anon)\np1 = fork()\np2 = fork()\np2: store(a, 1)\np1: exit()');
    expect(trace.audits.map(({ process, pages }) => [process, pages.map(({ hash }) => hash !== 0)])).toEqual([
      ['p0', [false]],
      ['p2', [true]],
    ]);
  });

  test('writes back what it overwrites', async () => {
    const text = 'f = memfd_create()\nftruncate(f, 1p)\na = mmap(0, 1p, rwx, shared, f)\nstore(a, 0x11223344556677, 8)\np1 = fork()';
    const { trace } = await runText(target, text);
    expect(trace.audits[0]!.pages).toEqual(trace.audits[1]!.pages);
    expect(trace.audits[0]!.pages[0]).toMatchObject({ store: 'ok', exec: 'ok' });
  });

  test('looks at a page once, however many ranges name it', async () => {
    const program = parseProgram('a = mmap(arena, 2p, rw, private|anon|fixed)\nmunmap(arena, 1p)');
    expect(auditRanges(program)).toHaveLength(2);
    const [trace] = await target.run([program]);
    const addresses = trace!.audits[0]!.pages.map(({ address }) => address);
    expect(new Set(addresses).size).toBe(addresses.length);
    expect(addresses).toHaveLength(4);
  });
});

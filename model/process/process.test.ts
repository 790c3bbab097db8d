/** fork, exit and wait, in what the chapters' own examples do not show. */
import { expect, test } from 'vitest';
import { follow } from '../follow.testing.ts';

test('fork.copies: the child has the limits, the break and the mappings of its parent, and its own counts of them', () => {
  const { world } = follow(`
    a = mmap(0, 3p, rw, private|anon)   -> ok
    b = mmap(0, 2p, r, shared|anon)     -> ok
    p1 = fork()                         -> ok
    p1: munmap(a, 1p)                   -> 0
  `);
  const parent = world.processes.get('p0')!;
  const child = world.processes.get('p1')!;
  expect(child.limits).toBe(parent.limits);
  expect([parent.space.pages, parent.space.dataPages]).toEqual([5, 3]);
  expect([child.space.pages, child.space.dataPages]).toEqual([4, 2]);
  expect(child.parent).toBe('p0');
});

test('fork.copies: a page that may have been dropped may be so in the one process and not in the other', () => {
  follow(`
    a = mmap(0, 1p, rw, private|anon)   -> ok
    store(a, 0x11)                      -> 0
    madvise(a, 1p, free)                -> 0
    p1 = fork()                         -> ok
    load(a)                             -> 0 | 0x11
    p1: load(a)                         -> 0x11 | 0
  `);
});

test('fork.dontfork: what is not mapped in the child counts for nothing there', () => {
  const { world, clauses } = follow(`
    a = mmap(0, 3p, rw, private|anon)   -> ok
    madvise(a+1p, 1p, dontfork)         -> 0
    p1 = fork()                         -> ok
    p1: load(a+1p)                      -> SIGSEGV/MAPERR at a+1p
  `);
  expect(world.processes.get('p1')!.space.pages).toBe(2);
  expect(world.processes.get('p0')!.space.pages).toBe(3);
  expect(clauses).toContain('fork.dontfork');
});

test('fork.wipeonfork: a guard does not outlive the wiping, and one without wiping does', () => {
  follow(`
    a = mmap(0, 2p, rw, private|anon)   -> ok
    madvise(a, 1p, wipeonfork)          -> 0
    madvise(a, 2p, guard_install)       -> 0
    p1 = fork()                         -> ok
    p1: load(a)                         -> 0
    p1: load(a+1p)                      -> SIGSEGV/MAPERR at a+1p
    load(a)                             -> SIGSEGV/MAPERR at a
  `);
});

test('fork.locks: nothing is locked in the child, and what it maps is not locked either', () => {
  const { world } = follow(`
    a = mmap(0, 2p, rw, private|anon)   -> ok
    mlock(a, 1p)                        -> 0
    p1 = fork()                         -> ok
    p1: madvise(a, 2p, dontneed)        -> 0
  `);
  expect(world.processes.get('p0')!.space.lockedPages).toBe(1);
  expect(world.processes.get('p1')!.space.lockedPages).toBe(0);
});

test('fork.residency: a page of zeros may have no entry in the child, one with other bytes has', () => {
  const { world } = follow(`
    mmap(arena, 2p, rw, private|anon|fixed) -> ok
    store(arena, 0x11)                  -> 0
    load(arena+1p)                      -> 0
    p1 = fork()                         -> ok
  `);
  const cells = world.processes.get('p1')!.space.cells;
  const first = world.place.arena / 4096;
  expect(cells.get(first)!.present).toBe(true);
  expect(cells.get(first + 1)?.present ?? false).toBe(false);
});

test('a fork without a name makes a process of which nothing can be said', () => {
  expect(() => follow('fork()')).toThrow('a forked process without a name');
});

test('exit.ends: the first process may end, its children go on and fork in their turn', () => {
  follow(`
    p1 = fork()                         -> ok
    exit()                              -> exited
    exit()                              -> gone
    p1: p2 = fork()                     -> ok
    p2: exit(-1)                        -> exited
    p1: wait(-1)                        -> 255
    p1: wait(0)                         -> ECHILD
  `);
});

test('wait.order: elsewhere than on Linux any of those that have ended may be taken', () => {
  follow(
    `
    p1 = fork()                         -> ok
    p2 = fork()                         -> ok
    p2: exit(2)                         -> exited
    p1: exit(1)                         -> exited
    wait(-1)                            -> 2 | 1
    wait(p2)                            -> ECHILD
    wait(-1)                            -> 1
  `,
    { choices: { 'wait.order': 'unspecified' } },
  );
});

test('wait.least-id: told apart from groups without children since Linux 4.13', () => {
  follow('wait(-0x80000000) -> ESRCH\nwait(0x80000000) -> ESRCH\nwait(-0x7fffffff) -> ECHILD');
  follow('wait(-0x80000000) -> ECHILD', { host: { release: '4.9.0' } });
});

test('wait.no-child: neither the caller itself nor its parent nor a sibling is a child', () => {
  follow(`
    p1 = fork()                         -> ok
    p2 = fork()                         -> ok
    p1: wait(p1)                        -> ECHILD
    p1: wait(p2)                        -> ECHILD
    p2: exit()                          -> exited
    p1: wait(p2)                        -> ECHILD
    p1: wait(-1)                        -> ECHILD
  `);
});

test('process.blocked: every process is gone after a call that waits for ever', () => {
  const { world } = follow(`
    p1 = fork()                         -> ok
    p1: p2 = fork()                     -> ok
    wait(-1)                            -> blocked
    p1: load(0)                         -> gone
    p2: fork()                          -> gone
  `);
  expect([...world.processes.values()].every(({ state }) => state !== 'running')).toBe(true);
});

test('fork.memory: what no single mmap could have cannot be copied, where it may have become one mapping', () => {
  const program = (flags: string, answer: string) => `
    mmap(arena, 60000p, rw, private|anon|fixed${flags}) -> ok
    mmap(arena+60000p, 60000p, rw, private|anon|fixed${flags}) -> ok
    p1 = fork()                         -> ${answer}
  `;
  const host = { totalPages: 100_000 };
  follow(program('', 'ok | ENOMEM'), { host });
  follow(program('|noreserve', 'ok'), { host });
  follow(program('', 'ok'), { host: { totalPages: 120_000 } });
  follow(program('', 'ok'), { host: { ...host, overcommit: 1 } });
  follow(program('', 'ok').replace('p1 =', 'madvise(arena, 1p, dontfork) -> 0\n madvise(arena+60000p, 60000p, dontfork) -> 0\n p1 ='), {
    host,
  });
});

test('fork.memory: a mapping that grew beyond what there is surely cannot be copied', () => {
  const program = `
    mmap(arena, 60000p, rw, private|anon|fixed) -> ok
    mremap(arena, 60000p, 120000p)      -> arena
    p1 = fork()                         -> ENOMEM
    p1: load(arena)                     -> gone
  `;
  follow(program, { host: { totalPages: 100_000 } });
});

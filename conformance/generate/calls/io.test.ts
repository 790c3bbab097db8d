/** What the makers of transfers make: everything that their chapters speak of, and nothing that the law leaves open. */
import { expect, test } from 'vitest';
import { isOpen } from '../../../model/allowed.ts';
import { allow, foreseen } from '../../../model/judge.ts';
import { startWorld } from '../../../model/world.ts';
import { CLAUSES, type ClauseId } from '../../../spec/clauses.ts';
import { resolveDialect } from '../../../spec/dialects/dialect.ts';
import type { CallKind } from '../../../spec/language/call.ts';
import { defaultHost } from '../default-host.ts';
import { IMAGINED } from '../generate.ts';
import { programAt } from '../programs.ts';

const CHAPTERS: readonly string[] = ['copy', 'iovec', 'read', 'write', 'pipe-io', 'process_vm', 'fork', 'process'];
const CALLS: readonly CallKind[] = [
  'mmap',
  'munmap',
  'madvise',
  'mlock',
  'load',
  'store',
  'fork',
  'exit',
  'wait',
  'pipe',
  'memfd_create',
  'open',
  'close',
  'dup',
  'ftruncate',
  'lseek',
  'add_seals',
  'read',
  'write',
  'pread',
  'pwrite',
  'readv',
  'writev',
  'process_vm_readv',
  'process_vm_writev',
];
const PROGRAMS = 4000;

test('every clause of the chapters on transfers and processes is met by generated programs', { timeout: 60_000 }, () => {
  const choices = resolveDialect('linux', defaultHost);
  const met = new Set<ClauseId>();
  for (let index = 0; index < PROGRAMS; index++) {
    const { steps } = programAt(1, index, { calls: CALLS, host: defaultHost, choices });
    let world = startWorld(defaultHost, choices, IMAGINED);
    for (const step of steps) {
      const ruling = allow(world, step);
      const next = foreseen(world, step);
      if (isOpen(ruling) || next === undefined) throw new Error('a generated step that the law leaves open');
      for (const { clauses } of ruling) for (const clause of clauses) met.add(clause);
      world = next.world;
    }
    for (const { space } of world.processes.values()) for (const { by } of space.cells.values()) met.add(by);
  }
  const wanted = Object.entries(CLAUSES).filter(([, { chapter, generated }]) => CHAPTERS.includes(chapter) && generated === true);
  expect(wanted.map(([id]) => id).filter((id) => !met.has(id as ClauseId))).toEqual([]);
});

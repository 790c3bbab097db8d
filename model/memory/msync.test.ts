import { expect, test } from 'vitest';
import { follow } from '../follow.testing.ts';

const SHARED = 'mmap(arena, 3p, rw, shared|anon|fixed) -> ok\nstore(arena, 0x11) -> ok\n';

test('msync.keeps-memory: succeeds on every mapping and changes nothing', () => {
  follow(`${SHARED}
    msync(arena, 3p, sync) -> 0
    msync(arena, 1p+1, async) -> 0
    msync(arena, 3p, sync|invalidate) -> 0
    load(arena) -> 0x11`);
});

test('msync.neither: accepted or EINVAL', () => {
  expect(follow(`${SHARED}msync(arena, 1p, 0) -> 0`).clauses).toContain('msync.neither');
  follow(`${SHARED}msync(arena, 1p, invalidate) -> EINVAL`, { choices: { 'msync.neither': 'einval' } });
});

test('msync.flags, msync.async-and-sync, msync.unaligned: EINVAL', () => {
  follow(`${SHARED}msync(arena, 1p, 0x8) -> EINVAL\nmsync(arena, 1p, async|sync) -> EINVAL\nmsync(arena+1, 1, sync) -> EINVAL`);
});

test('msync.length-zero, msync.overflow, msync.wrap: the ends of lengths', () => {
  follow('msync(arena, 0, sync) -> 0\nmsync(arena, -1, sync) -> 0\nmsync(arena, -1p, sync) -> ENOMEM\nmsync(-1p, 1p, sync) -> ENOMEM');
});

test('msync.hole: ENOMEM', () => {
  follow(`${SHARED}munmap(arena+1p, 1p) -> 0\nmsync(arena, 3p, sync) -> ENOMEM\nmsync(arena+2p, 1p, sync) -> 0`);
});

test('msync.locked: MS_INVALIDATE is EBUSY, beside a hole either error', () => {
  follow(`${SHARED}
    mlock(arena, 1p) -> 0
    msync(arena, 2p, sync|invalidate) -> EBUSY
    msync(arena, 2p, sync) -> 0
    munmap(arena+1p, 1p) -> 0
    msync(arena, 3p, async|invalidate) -> EBUSY | ENOMEM
    munlock(arena, 1p) -> 0
    msync(arena, 1p, sync|invalidate) -> 0`);
});

test('memory that is not the program’s is left open', () => {
  expect(() => follow('msync(0x500000, 1p, sync)')).toThrow('not the program’s');
});

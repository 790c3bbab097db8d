import { describe, expect, test } from 'vitest';
import { follow } from '../follow.testing.ts';

const TWO = 'mmap(arena, 2p, rw, private|anon|fixed) -> ok\n';

describe('load.*, store.*', () => {
  test('store.value: little end first, across pages, the numbers below zero and beside 2^63 too', () => {
    follow(`${TWO}
      store(arena+0xffd, 0x0102030405, 8) -> 0
      load(arena+0xffd, 8) -> bytes 05 04 03 02 01 00 00 00
      load(arena+1p) -> 2
      store(arena, -2, 8) -> 0
      load(arena, 8) -> bytes fe ff ff ff ff ff ff ff
      store(arena, high-1, 8) -> 0
      load(arena, 8) -> bytes ff ff ff ff ff ff ff 7f
      store(arena, -1, 2) -> 0
      load(arena, 4) -> bytes ff ff ff ff`);
  });

  test('load.size: other sizes are no instructions', () => {
    follow('load(arena, 3) -> EINVAL\nstore(arena, 1, 0) -> EINVAL\nstore(arena, 1, 16) -> EINVAL');
  });

  test('load.unmapped: at the first byte that lies in the page that is missing', () => {
    follow(`${TWO}load(arena+1p+0xff9, 8) -> SIGSEGV/MAPERR at arena+2p\nload(arena-4, 8) -> SIGSEGV/MAPERR at arena-4`);
  });

  test('load.beyond-user, load.non-canonical: with an address and without', () => {
    follow(
      'load(top) -> SIGSEGV/MAPERR at top\nload(-8) -> SIGSEGV/MAPERR at -8\nstore(high, 1) -> SIGSEGV/KERNEL at 0\nload(top+1p) -> SIGSEGV/KERNEL at 0',
    );
  });

  test('load.implied-read: what a machine cannot forbid', () => {
    const program = (then: string): string => `mmap(arena, 1p, x, private|anon|fixed) -> ok\nload(arena) -> ${then}`;
    follow(program('0'));
    follow(program('SIGSEGV/ACCERR at arena'), { choices: { 'load.implied-read': 'write-only' } });
    follow(program('SIGSEGV/ACCERR at arena'), { choices: { 'load.implied-read': 'exact' } });
    follow('mmap(arena, 1p, w, private|anon|fixed) -> ok\nload(arena) -> 0', { choices: { 'load.implied-read': 'write-only' } });
  });

  test('store.across: nothing is written, or the first part may be', () => {
    const program = (then: string): string => `mmap(arena, 1p, rw, private|anon|fixed) -> ok
      store(arena+0xffc, -1, 8) -> SIGSEGV/MAPERR at arena+1p
      load(arena+0xffc, 4) -> ${then}`;
    follow(program('0'));
    follow(program('0 | 0xffffffff'), { choices: { 'store.across': 'may-be-partial' } });
  });

  test('load.beyond-end, load.no-huge-page: SIGBUS where memory cannot be had', () => {
    follow(
      `m = memfd_create() -> ok\nftruncate(m, 1p+1) -> 0\na = mmap(0, 3p, r, shared, m) -> ok\nload(a+2p-1) -> 0\nload(a+2p) -> SIGBUS/ADRERR at a+2p`,
    );
    follow(
      'mmap(arena, 512p, r, private|anon|hugetlb|noreserve|fixed) -> ok\nload(arena) -> SIGBUS/ADRERR at arena\nstore(arena, 1) -> SIGSEGV/ACCERR at arena',
    );
  });
});

describe('exec.*', () => {
  const CODE = 'mmap(arena, 2p, rwx, private|anon|fixed) -> ok\nstore(arena, code, 8) -> 0\n';

  test('exec.runs, exec.refused: code runs, anything else does not', () => {
    const { clauses } = follow(`${CODE}exec(arena) -> 42\nexec(arena+1p) -> refused`);
    expect([...clauses]).toEqual(expect.arrayContaining(['exec.runs', 'exec.refused']));
  });

  test('exec.protection: not where it is forbidden', () => {
    follow(
      `${CODE}mprotect(arena, 1p, rw) -> 0\nexec(arena) -> SIGSEGV/ACCERR at arena\nmprotect(arena, 1p, none) -> 0\nexec(arena) -> SIGSEGV/ACCERR at arena`,
    );
  });

  test('exec.protection-last: a page that is not there comes first, or after', () => {
    const program = (then: string): string => `m = memfd_create() -> ok\na = mmap(0, 1p, r, private, m) -> ok\nexec(a) -> ${then}`;
    follow(program('SIGBUS/ADRERR at a'));
    follow(program('SIGSEGV/ACCERR at a'), { choices: { 'exec.protection-last': 'protection-first' } });
  });

  test('exec: code that nobody can say whether it is whole is not judged', () => {
    expect(() => follow(`${CODE}exec(arena+1p-4)`)).toThrow('across the edge');
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PAGE_SIZE } from '../../spec/language/constants.ts';
import { contentHash } from '../../spec/language/outcome.ts';
import { byteAt, bytesAt, fromBytes, overlay, sameContent, writeBytes, ZEROS, zeroRange } from './content.ts';

const write = fc.record({ offset: fc.integer({ min: 0, max: 40 }), bytes: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 12 }) });

function written(writes: readonly { offset: number; bytes: readonly number[] }[]): { content: typeof ZEROS; plain: Uint8Array } {
  let content = ZEROS;
  const plain = new Uint8Array(PAGE_SIZE);
  for (const { offset, bytes } of writes) {
    content = writeBytes(content, offset, bytes);
    plain.set(bytes, offset);
  }
  return { content, plain };
}

const plainHash = (plain: Uint8Array): number => plain.reduce((sum, byte, offset) => (sum + contentHash(offset, byte)) | 0, 0) >>> 0;

describe('Content', () => {
  test('means the same as an array of bytes, and hashes as the agent does', () => {
    fc.assert(
      fc.property(fc.array(write), fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 20 }), (writes, offset, count) => {
        const { content, plain } = written(writes);
        expect(bytesAt(content, offset, count)).toEqual([...plain.subarray(offset, offset + count)]);
        expect(byteAt(content, offset)).toBe(plain[offset]);
        expect(content.hash).toBe(plainHash(plain));
      }),
    );
  });

  test('overlay copies a part of one page over another', () => {
    fc.assert(
      fc.property(fc.array(write), fc.array(write), fc.nat(50), fc.nat(50), fc.nat(30), (under, over, offset, from, count) => {
        const a = written(under);
        const b = written(over);
        a.plain.set(b.plain.subarray(from, from + count), offset);
        const laid = overlay(a.content, offset, b.content, from, count);
        expect(bytesAt(laid, 0, 128)).toEqual([...a.plain.subarray(0, 128)]);
      }),
    );
  });

  test('zeroRange zeroes its range and nothing else', () => {
    fc.assert(
      fc.property(fc.array(write), fc.nat(50), fc.nat(50), (writes, from, to) => {
        const { content, plain } = written(writes);
        plain.fill(0, from, Math.max(from, to));
        expect(bytesAt(zeroRange(content, from, to), 0, 128)).toEqual([...plain.subarray(0, 128)]);
      }),
    );
  });

  test('two pages are the same exactly when all their bytes are', () => {
    fc.assert(
      fc.property(fc.array(write), fc.array(write), (left, right) => {
        const a = written(left);
        const b = written(right);
        expect(sameContent(a.content, b.content)).toBe(a.plain.every((byte, i) => byte === b.plain[i]));
      }),
    );
  });

  test('bytes past the end of the page are left out', () => {
    expect(writeBytes(ZEROS, PAGE_SIZE - 2, [1, 2, 3, 4]).entries).toHaveLength(2);
    expect(bytesAt(fromBytes(PAGE_SIZE - 1, [7]), PAGE_SIZE - 1, 8)).toEqual([7]);
  });
});

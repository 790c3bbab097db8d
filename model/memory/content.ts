/** The bytes of a page, as an immutable value: only non-zero bytes are written down, so that a fresh page is the empty list. */
import { PAGE_SIZE } from '../../spec/language/constants.ts';
import { contentHash } from '../../spec/language/outcome.ts';

export interface Content {
  /** offset × 256 + byte, ascending, each byte non-zero. */
  readonly entries: readonly number[];
  /** Sum of contentHash over the entries, modulo 2^32, unsigned. */
  readonly hash: number;
}

export const ZEROS: Content = { entries: [], hash: 0 };

function fromEntries(entries: readonly number[]): Content {
  if (entries.length === 0) return ZEROS;
  let hash = 0;
  for (const entry of entries) hash = (hash + contentHash(entry >>> 8, entry & 0xff)) | 0;
  return { entries, hash: hash >>> 0 };
}

export function byteAt(content: Content, offset: number): number {
  for (const entry of content.entries) {
    if (entry >>> 8 === offset) return entry & 0xff;
    if (entry >>> 8 > offset) return 0;
  }
  return 0;
}

/** `count` bytes from `offset`; past the end of the page there is nothing. */
export function bytesAt(content: Content, offset: number, count: number): number[] {
  const bytes: number[] = new Array(Math.min(count, PAGE_SIZE - offset)).fill(0);
  for (const entry of content.entries) {
    const index = (entry >>> 8) - offset;
    if (index >= 0 && index < bytes.length) bytes[index] = entry & 0xff;
  }
  return bytes;
}

/** The page with `source`'s bytes [from, from + count) laid over it at `offset`. */
export function overlay(content: Content, offset: number, source: Content, from: number, count: number): Content {
  if (count <= 0) return content;
  if (content.entries.length === 0 && source.entries.length === 0) return content;
  const entries: number[] = [];
  let i = 0;
  const kept = content.entries;
  while (i < kept.length && kept[i]! >>> 8 < offset) entries.push(kept[i++]!);
  for (const entry of source.entries) {
    const index = (entry >>> 8) - from;
    if (index >= 0 && index < count) entries.push(((offset + index) << 8) | (entry & 0xff));
  }
  while (i < kept.length && kept[i]! >>> 8 < offset + count) i++;
  while (i < kept.length) entries.push(kept[i++]!);
  return fromEntries(entries);
}

/** The page with `bytes` written at `offset`; bytes past its end are left out. */
export function writeBytes(content: Content, offset: number, bytes: readonly number[]): Content {
  return overlay(content, offset, fromBytes(0, bytes), 0, Math.min(bytes.length, PAGE_SIZE - offset));
}

/** A page that is zero but for `bytes` at `offset`. */
export function fromBytes(offset: number, bytes: readonly number[]): Content {
  const entries: number[] = [];
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== 0) entries.push(((offset + i) << 8) | bytes[i]!);
  return fromEntries(entries);
}

/** The page with its bytes [from, to) zeroed. */
export function zeroRange(content: Content, from: number, to: number): Content {
  if (content.entries.length === 0) return content;
  const entries = content.entries.filter((entry) => entry >>> 8 < from || entry >>> 8 >= to);
  return entries.length === content.entries.length ? content : fromEntries(entries);
}

export function sameContent(a: Content, b: Content): boolean {
  if (a === b) return true;
  if (a.hash !== b.hash || a.entries.length !== b.entries.length) return false;
  for (let i = 0; i < a.entries.length; i++) if (a.entries[i] !== b.entries[i]) return false;
  return true;
}

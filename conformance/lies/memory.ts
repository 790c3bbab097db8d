/** What liars remember of memory: marks and counts by page, and bytes, some of which they say are other than they are. */
import { MADV, PAGE_SIZE } from '../../spec/language/constants.ts';
import { type AuditPage, contentHash, type Outcome } from '../../spec/language/outcome.ts';
import { pagesMapped, pagesSeen, type Seen } from './seen.ts';

/** A value for each page of each process. */
export class PageMarks<V> {
  readonly #marks = new Map<string, V>();

  get(process: string, page: number): V | undefined {
    return this.#marks.get(`${process} ${page}`);
  }

  set(process: string, page: number, mark: V): void {
    this.#marks.set(`${process} ${page}`, mark);
  }

  delete(process: string, page: number): void {
    this.#marks.delete(`${process} ${page}`);
  }

  /** Marks all these pages. */
  setAll(process: string, pages: readonly number[], mark: V): void {
    for (const page of pages) this.set(process, page, mark);
  }

  /** Marks those of these pages that have one mark with another. */
  turn(process: string, pages: readonly number[], from: V, to: V): void {
    for (const page of pages) if (this.get(process, page) === from) this.set(process, page, to);
  }

  any(process: string, pages: readonly number[], mark: V): boolean {
    return pages.some((page) => this.get(process, page) === mark);
  }
}

/** How often something happened to each page of each process. */
export class PageCounts {
  readonly #counts = new PageMarks<number>();

  of(process: string, page: number): number {
    return this.#counts.get(process, page) ?? 0;
  }

  /** @returns the count including this time */
  add(process: string, page: number): number {
    const count = this.of(process, page) + 1;
    this.#counts.set(process, page, count);
    return count;
  }
}

/** The bytes that a store puts into memory, lowest address first; none for `code` and values too large to tell exactly. */
function storedBytes(seen: Seen): readonly number[] {
  const value = seen.number('value');
  if (value < 0 || !Number.isSafeInteger(value)) return [];
  const bytes: number[] = [];
  for (let i = 0, rest = value; i < seen.number('size'); i++, rest = Math.floor(rest / 256)) bytes.push(rest % 256);
  return bytes;
}

interface Byte {
  readonly truth: number;
  readonly told: number;
  /** What was told before the last store. */
  readonly before: number;
}

/** An address and what was told to be there. */
export type Told = readonly [address: number, byte: number];

/**
 * The bytes that programs store, and what is told of them in their place, in loads and in the audit alike. Where memory does not hold what is known
 * of it (the kernel wrote there, or another process), the truth is told.
 */
export class Memory {
  readonly #bytes = new Map<string, Map<number, Byte>>();
  /** What was last dropped from a page. */
  readonly #dropped = new PageMarks<readonly Told[]>();

  #of(process: string): Map<number, Byte> {
    const found = this.#bytes.get(process) ?? new Map<number, Byte>();
    this.#bytes.set(process, found);
    return found;
  }

  /** Learns from a step. What is mapped, unmapped or dropped is zero then. */
  observe(seen: Seen): void {
    if (!seen.ok) return;
    const { process, child } = seen;
    const bytes = this.#of(process);
    if (seen.kind === 'store')
      for (const [i, truth] of storedBytes(seen).entries()) {
        const address = seen.number('addr') + i;
        bytes.set(address, { truth, told: truth, before: bytes.get(address)?.told ?? 0 });
      }
    if (child !== undefined) this.#bytes.set(child, new Map(bytes));
    const dontneed = seen.kind === 'madvise' && seen.number('advice') === MADV.dontneed;
    for (const page of seen.kind === 'munmap' || dontneed ? pagesSeen(seen) : pagesMapped(seen)) {
      const told = this.in(process, page).map((address): Told => [address, bytes.get(address)!.told]);
      if (told.length > 0) this.#dropped.set(process, page, told);
      for (const [address] of told) bytes.delete(address);
    }
  }

  /** What a page held when it was last unmapped, mapped over, or dropped; nothing once this was asked. */
  takeDropped(process: string, page: number): readonly Told[] {
    const dropped = this.#dropped.get(process, page) ?? [];
    this.#dropped.delete(process, page);
    return dropped;
  }

  /** What was told of the address before the last store to it. */
  before(process: string, address: number): number {
    return this.#of(process).get(address)?.before ?? 0;
  }

  /** The byte that the process stored last at the address; 0 where it stored none. */
  truth(process: string, address: number): number {
    return this.#of(process).get(address)?.truth ?? 0;
  }

  /** From now on, until it is stored to again, memory is said to hold this byte at the address. */
  tell(process: string, address: number, told: number): void {
    this.#of(process).set(address, { truth: this.truth(process, address), told, before: told });
  }

  /** Nothing is known any longer of what was stored at the address: it is taken to be 0. */
  forget(process: string, address: number): void {
    this.#of(process).delete(address);
  }

  /** Addresses of which something is known, in one page or in all. */
  in(process: string, page?: number): readonly number[] {
    const addresses = [...this.#of(process).keys()];
    return page === undefined ? addresses : addresses.filter((address) => Math.floor(address / PAGE_SIZE) === page);
  }

  /** What a load is said to have found; undefined for the truth. */
  loaded(seen: Seen): Outcome | undefined {
    const bytes = this.#of(seen.process);
    return withBytes(seen, (address, byte) => {
      const known = bytes.get(address);
      return known !== undefined && known.truth === byte ? known.told : byte;
    });
  }

  /** The page as the audit tells of it. */
  audited(process: string, page: AuditPage): AuditPage {
    let truth = 0;
    let told = 0;
    for (const address of this.in(process, page.address / PAGE_SIZE)) {
      const byte = this.#of(process).get(address)!;
      truth = (truth + contentHash(address - page.address, byte.truth)) | 0;
      told = (told + contentHash(address - page.address, byte.told)) | 0;
    }
    return page.load === 'ok' && truth >>> 0 === page.hash ? { ...page, hash: told >>> 0 } : page;
  }
}

/** A load's bytes as `replace` gives them for each address; undefined where that changes none, and for other steps. */
export function withBytes(seen: Seen, replace: (address: number, byte: number) => number): Outcome | undefined {
  const { outcome } = seen;
  if (seen.kind !== 'load' || outcome.kind !== 'bytes') return undefined;
  const bytes = outcome.bytes.map((byte, i) => replace(seen.number('addr') + i, byte));
  return bytes.some((byte, i) => byte !== outcome.bytes[i]) ? { kind: 'bytes', bytes } : undefined;
}

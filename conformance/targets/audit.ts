/** Which pages an audit looks at, from the program alone. */
import type { Call, Iovec, Value } from '../../spec/language/call.ts';
import { MAP, PAGE_SIZE, PROT, SHMAT } from '../../spec/language/constants.ts';
import type { Program } from '../../spec/language/program.ts';

/** Pages around a base or a name of the program. */
export interface AuditRange {
  readonly base: string;
  /** In bytes; the agent rounds the resulting address down to a page. */
  readonly offset: number;
  readonly pages: number;
  /** Try to execute on every second page, not only on the first that is there. */
  readonly exec: boolean;
  /** Load from every page; else from one in four where mincore says that nothing is mapped. */
  readonly loads: boolean;
  /** Try every access on every page, also where nothing is mapped. */
  readonly thorough: boolean;
}

/** Longer lengths say where a range starts, not where it ends. */
const LENGTH_PAGES_MAX = 64;
/** Pages looked at on each end of a long range. */
const END_PAGES = 4;
const BASE_PAGES_MAX = 48;
const PROGRAM_PAGES_MAX = 128;

/** Half-open, in pages relative to the base. */
interface Span {
  start: number;
  end: number;
}

/** What the calls of a program may change, base by base. */
class Touched {
  readonly spans = new Map<string, Span[]>();
  /** Lengths of what the names of mappings stand for, in pages: nothing outside is looked at. */
  readonly mapped = new Map<string, number>();
  readonly #segments = new Map<string, Value>();
  executes = false;
  /** Some mapping may grow down: then an access to what looks like a hole is not the same as a look at the map. */
  grows = false;

  /** An access of some bytes at an address. */
  #touch(address: Value, length: number): void {
    if (address.base !== 'arena' && address.base !== 'heap' && !this.mapped.has(address.base)) return;
    const start = Math.floor(address.offset / PAGE_SIZE);
    const end = Math.ceil((address.offset + length) / PAGE_SIZE);
    this.#look(address.base, { start: start - 1, end: Math.max(end, start) + 1 });
  }

  /** Of what is long only the ends are looked at: what calls do in the middle has spans of its own. */
  #look(base: string, { start, end }: Span): void {
    const ends = [
      { start, end: start + END_PAGES },
      { start: end - END_PAGES, end },
    ];
    const spans = end - start <= 2 * END_PAGES ? [{ start, end }] : ends;
    const known = this.spans.get(base);
    if (known) known.push(...spans);
    else this.spans.set(base, spans);
  }

  #touchAll(vector: readonly Iovec[]): void {
    for (const { addr, length } of vector) this.#touch(addr, bytesOf(length));
  }

  #map(name: string | undefined, length: Value | undefined): void {
    if (name === undefined || length === undefined) return;
    const pages = Math.ceil(bytesOf(length) / PAGE_SIZE);
    this.mapped.set(name, pages);
    if (pages > 0) this.#look(name, { start: 0, end: pages });
  }

  add(call: Call, result: string | undefined): void {
    if (call.kind === 'mmap' && (call.flags & MAP.growsdown) !== 0) this.grows = true;
    switch (call.kind) {
      case 'mmap':
        this.executes ||= (call.prot & PROT.x) !== 0;
        // A hint is no promise: what comes of it has the result's name.
        if (call.flags & (MAP.fixed | MAP.fixed_noreplace) || call.addr.base !== 'heap') this.#touch(call.addr, bytesOf(call.length));
        this.#map(result, call.length);
        return;
      case 'mprotect':
        this.executes ||= (call.prot & PROT.x) !== 0;
        this.#touch(call.addr, bytesOf(call.length));
        return;
      case 'mremap':
        this.#touch(call.addr, Math.max(bytesOf(call.oldLength), bytesOf(call.newLength)));
        this.#touch(call.newAddr, bytesOf(call.newLength));
        this.#map(result, call.newLength);
        return;
      case 'shmget':
        if (result !== undefined) this.#segments.set(result, call.size);
        return;
      case 'shmat': {
        const size = call.shm.offset === 0 ? this.#segments.get(call.shm.base) : undefined;
        this.executes ||= (call.flags & SHMAT.exec) !== 0;
        this.#touch(call.addr, size === undefined ? 0 : bytesOf(size));
        this.#map(result, size);
        return;
      }
      case 'readv':
        this.#touchAll(call.iov);
        return;
      case 'process_vm_readv':
        this.#touchAll(call.local);
        return;
      case 'process_vm_writev':
        this.#touchAll(call.remote);
        return;
      case 'store':
        this.#touch(call.addr, call.size);
        return;
      case 'exec':
        this.executes = true;
        return;
      case 'munmap':
      case 'madvise':
      case 'read':
      case 'pread':
        this.#touch(call.addr, bytesOf(call.length));
        return;
      case 'brk':
      case 'shmdt':
        this.#touch(call.addr, 0);
        return;
      default: // changes no mapping and no byte of memory
    }
  }
}

/** A length in bytes, or 0 where it is not a small number. */
function bytesOf(length: Value): number {
  return length.base === 'abs' && length.offset > 0 && length.offset <= LENGTH_PAGES_MAX * PAGE_SIZE ? length.offset : 0;
}

/** Sorted, without overlaps, clipped to [0, limit) and to a number of pages in all. */
function merge(spans: readonly Span[], limit: number | undefined, pagesMax: number): Span[] {
  const merged: Span[] = [];
  let left = pagesMax;
  for (const span of spans.toSorted((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    const start = Math.max(span.start, last?.end ?? Number.NEGATIVE_INFINITY, limit === undefined ? Number.NEGATIVE_INFINITY : 0);
    const end = Math.min(limit === undefined ? span.end : Math.min(span.end, limit), start + left);
    if (end <= start) continue;
    left -= end - start;
    if (last?.end === start) last.end = end;
    else merged.push({ start, end });
  }
  return merged;
}

/**
 * The pages that a program's audit looks at: around what its calls may change in the arena and the heap, one page further on each side; and of
 * mappings whose address the kernel chose, the pages inside, since their neighbours are the kernel's business.
 * At most 48 pages a base and 128 in all.
 */
export function auditRanges(program: Program, options: { readonly thorough?: boolean } = {}): AuditRange[] {
  const touched = new Touched();
  for (const { call, result } of program.steps) touched.add(call, result);
  const ranges: AuditRange[] = [];
  let left = PROGRAM_PAGES_MAX;
  for (const [base, spans] of touched.spans) {
    for (const { start, end } of merge(spans, touched.mapped.get(base), Math.min(left, BASE_PAGES_MAX))) {
      left -= end - start;
      const { executes: exec, grows: loads } = touched;
      ranges.push({ base, offset: start * PAGE_SIZE, pages: end - start, exec, loads, thorough: options.thorough ?? false });
    }
  }
  return ranges;
}

/** What is mapped at a page of an address space. Neighbouring pages of one mapping share the object. */
import type { ClauseId } from '../../spec/clauses.ts';

export type ObjectId = number;

export interface Mapping {
  /** The call that made it: pages of different calls may or may not have been joined by the kernel. */
  readonly id: number;
  /** PROT_READ | PROT_WRITE | PROT_EXEC. */
  readonly prot: number;
  /** The protections that mprotect may give: a shared mapping of a descriptor opened read-only can never become writable. */
  readonly may: number;
  readonly shared: boolean;
  /** The memory object behind it; undefined is private anonymous memory. */
  readonly object: ObjectId | undefined;
  /** Page of the object − page of the address space. */
  readonly delta: number;
  readonly locked: 'no' | 'yes' | 'onfault';
  /** Sorted names of what else is so of it; see Trait. Compared as a string, so that equal mappings are equal. */
  readonly traits: Traits;
  /** The clause that last made or changed it. */
  readonly by: ClauseId;
}

/** Bits of Mapping.traits. */
export const TRAIT = {
  /** Grows down into the hole below it on a fault (MAP_GROWSDOWN). */
  growsdown: 1,
  /** Not counted against memory (MAP_NORESERVE). */
  noreserve: 2,
  hugetlb: 4,
  droppable: 8,
  dontfork: 16,
  wipeonfork: 32,
  /** Transparent huge pages were asked for (MADV_HUGEPAGE): residency of neighbours is open. */
  hugepage: 64,
  nohugepage: 128,
  mergeable: 256,
  dontdump: 512,
  random: 1024,
  sequential: 2048,
  /** A SysV segment's attachment. */
  shm: 4096,
  /** Guard page (MADV_GUARD_INSTALL): every access faults until it is removed. */
  guard: 8192,
  /** Pages may have come into memory beside others: which of those that were never touched are there is not known. Never cleared. */
  neighbours: 32768,
  /** Cannot be grown by mremap, and madvise may refuse (VM_DONTEXPAND, VM_PFNMAP and the like). */
  special: 16384,
} as const;
export type Traits = number;

export const has = (mapping: Mapping, trait: number): boolean => (mapping.traits & trait) !== 0;

const OF_PAGES = TRAIT.guard | TRAIT.neighbours;

/** Two neighbouring pages that the kernel may keep as one map entry: all alike but for the call that made them. Guards and residency are no matter of entries. */
export function alike(a: Mapping, b: Mapping): boolean {
  return (
    a.prot === b.prot &&
    a.may === b.may &&
    a.shared === b.shared &&
    a.object === b.object &&
    a.delta === b.delta &&
    a.locked === b.locked &&
    (a.traits & ~OF_PAGES) === (b.traits & ~OF_PAGES)
  );
}

/** The mapping as it is beside a guard page. */
export function unguarded(mapping: Mapping): Mapping {
  return has(mapping, TRAIT.guard) ? { ...mapping, traits: mapping.traits & ~TRAIT.guard } : mapping;
}

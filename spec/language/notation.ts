/** How each type of field is written: the one table that the printer and the parser share. */
import type { FieldType } from './call.ts';
import {
  FALLOC,
  type FlagNames,
  MADV,
  MAP,
  MAP_TYPE_MASK,
  MAP_TYPES,
  MCL,
  MEMFD,
  MLOCK2,
  MREMAP,
  MS,
  O_ACCMODE,
  OPEN,
  OPEN_MODES,
  PIPE,
  PROT,
  RLIMIT,
  SEAL,
  SEEK,
  SHMAT,
  SHMGET,
} from './constants.ts';

/**
 * How a Value's offset is printed: `pages` (`2p+1`), `decimal` (descriptors, processes), `data` (`0x5a`, a stored value) or
 * `limit` (`pages`, and `inf` for −1). All of them are read alike, but for the bases and words each allows.
 */
export type ValueStyle = 'pages' | 'decimal' | 'data' | 'limit';

/** The low bits of a flags argument that are one value rather than bits: `private`, or `type=7` where the value has no name. */
export interface Selector {
  readonly key: string;
  readonly mask: number;
  readonly names: FlagNames;
  /** Whether zero is printed by its name; otherwise zero is what is meant when nothing is said. */
  readonly zeroNamed: boolean;
}

/** The notation of one type of field; `what` completes "expected …" in error messages. */
export type Notation =
  | { readonly kind: 'value'; readonly what: string; readonly style: ValueStyle }
  /** Names joined by `|`; `letters` are one-letter names written together (`rw`), of which `none` is the absence. */
  | { readonly kind: 'flags'; readonly what: string; readonly names: FlagNames; readonly selector?: Selector; readonly letters?: string }
  /** One name, or a number. */
  | { readonly kind: 'enum'; readonly what: string; readonly names: FlagNames }
  | { readonly kind: 'int'; readonly what: string }
  /** `f0`, `f1`, … */
  | { readonly kind: 'file'; readonly what: string }
  | { readonly kind: 'iov'; readonly what: string };

const value = (style: ValueStyle, what: string): Notation => ({ kind: 'value', style, what });
const flags = (names: FlagNames, what: string): Notation => ({ kind: 'flags', names, what: `${what} flags` });
const one = (names: FlagNames, what: string): Notation => ({ kind: 'enum', names, what });

export const NOTATION: Readonly<Record<FieldType, Notation>> = {
  address: value('pages', 'an address'),
  size: value('pages', 'a size in bytes or pages'),
  fd: value('decimal', 'a descriptor'),
  process: value('decimal', 'a process'),
  shm: value('decimal', 'a shared memory segment'),
  data: value('data', 'a value to store'),
  limit: value('limit', 'a limit'),
  int: { kind: 'int', what: 'a number' },
  file: { kind: 'file', what: 'a file (f0, f1, …)' },
  prot: { kind: 'flags', names: PROT, letters: 'rwx', what: 'a protection (none, r, rw, …)' },
  map: {
    kind: 'flags',
    names: MAP,
    selector: { key: 'type', mask: MAP_TYPE_MASK, names: MAP_TYPES, zeroNamed: false },
    what: 'mmap flags',
  },
  mremap: flags(MREMAP, 'mremap'),
  madv: one(MADV, 'an advice'),
  ms: flags(MS, 'msync'),
  mlock2: flags(MLOCK2, 'mlock2'),
  mcl: flags(MCL, 'mlockall'),
  open: {
    kind: 'flags',
    names: OPEN,
    selector: { key: 'mode', mask: O_ACCMODE, names: OPEN_MODES, zeroNamed: true },
    what: 'open flags',
  },
  pipe: flags(PIPE, 'pipe'),
  memfd: flags(MEMFD, 'memfd_create'),
  seal: flags(SEAL, 'seal'),
  falloc: flags(FALLOC, 'fallocate'),
  seek: one(SEEK, 'a whence (set, cur, end, data, hole)'),
  shmget: flags(SHMGET, 'shmget'),
  shmat: flags(SHMAT, 'shmat'),
  rlimit: one(RLIMIT, 'a resource (data, as, memlock, …)'),
  iov: { kind: 'iov', what: 'a list of address:length pairs' },
};

/** The ways in which a step can stop, as words of an expectation. */
export const STOPS = ['exited', 'blocked', 'killed', 'gone', 'refused'] as const;

/** Words that mean something of their own in an expectation or a limit, and so cannot name a result. */
export const RESERVED_WORDS: readonly string[] = ['ok', 'bytes', 'inf', ...STOPS];

/** What a target says of itself when it starts: everything a choice, a limit or a rule may depend on beside the dialect. */
export interface Host {
  /** uname: `Linux`, `DragonFly`, … */
  readonly system: string;
  /** uname release, such as `6.18.44`. */
  readonly release: string;
  readonly machine: string;
  /** The program's processes have capabilities (CAP_IPC_LOCK, CAP_SYS_RESOURCE, CAP_SYS_ADMIN). */
  readonly privileged: boolean;
  /** RAM and swap together, in pages: what heuristic overcommit compares a mapping with. */
  readonly totalPages: number;
  readonly swapPages: number;
  /** vm.overcommit_memory; 0 is heuristic. */
  readonly overcommit: number;
  /** Lowest address that an unprivileged MAP_FIXED may use (vm.mmap_min_addr). */
  readonly minAddress: number;
  readonly maxMapCount: number;
  /** First address past the user address space. */
  readonly userEnd: number;
  /** Free huge pages of the default size (2 MiB), and whether transparent huge pages are `always`, `madvise`, `never` or `none` (not built). */
  readonly hugePages: number;
  readonly transparentHugePages: 'always' | 'madvise' | 'never' | 'none';
  readonly ksm: boolean;
  /** File system type of the private directory, such as `tmpfs` or `ext4`. */
  readonly fileSystem: string;
  /** The bytes that `code` stores. */
  readonly code: readonly number[];
  /** In the process of every program at its start. Limits are in bytes; Infinity is RLIM_INFINITY. */
  readonly limits: {
    readonly [L in 'fsize' | 'data' | 'stack' | 'nofile' | 'memlock' | 'as']: { readonly soft: number; readonly hard: number };
  };
  /** Bytes of address space, of private writable memory (RLIMIT_DATA), and of locked memory in use at the start. */
  readonly vm: number;
  readonly vmData: number;
  readonly vmLocked: number;
  /** The part of vmData that brk counts beside the heap: end_data − start_data, in bytes; and the heap's true start (start_brk). */
  readonly dataSegment: number;
  readonly startBrk: number;
  /** Calls of the notation that the target does not have. */
  readonly missing: readonly string[];
}

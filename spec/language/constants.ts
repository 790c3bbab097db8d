/**
 * The numbers of the notation: page size, limits and named bits. They are those of the Linux generic ABI
 * (include/uapi/asm-generic/mman-common.h, mman.h, fcntl.h, errno.h); an agent on another system translates.
 */

/** Bytes in a page. */
export const PAGE_SIZE = 4096;

/** First address past the end of a 47-bit user address space: what the base `top` stands for. */
export const USER_END = 0x7fff_ffff_f000;

/** Names of the bits of one flag argument, in the order in which they are printed. */
export type FlagNames = Readonly<Record<string, number>>;

export const PROT = { r: 1, w: 2, x: 4, growsdown: 0x0100_0000, growsup: 0x0200_0000 } as const satisfies FlagNames;

/** The type of a mapping: the low four bits of the flags of mmap, one value and not bits. */
export const MAP_TYPE_MASK = 0xf;
export const MAP_TYPES = { shared: 1, private: 2, shared_validate: 3, droppable: 8 } as const satisfies FlagNames;
export const MAP = {
  fixed: 0x10,
  anon: 0x20,
  '32bit': 0x40,
  growsdown: 0x100,
  denywrite: 0x800,
  executable: 0x1000,
  locked: 0x2000,
  noreserve: 0x4000,
  populate: 0x8000,
  nonblock: 0x1_0000,
  stack: 0x2_0000,
  hugetlb: 0x4_0000,
  sync: 0x8_0000,
  fixed_noreplace: 0x10_0000,
  uninitialized: 0x400_0000,
} as const satisfies FlagNames;

export const MREMAP = { maymove: 1, fixed: 2, dontunmap: 4 } as const satisfies FlagNames;

export const MADV = {
  normal: 0,
  random: 1,
  sequential: 2,
  willneed: 3,
  dontneed: 4,
  free: 8,
  remove: 9,
  dontfork: 10,
  dofork: 11,
  mergeable: 12,
  unmergeable: 13,
  hugepage: 14,
  nohugepage: 15,
  dontdump: 16,
  dodump: 17,
  wipeonfork: 18,
  keeponfork: 19,
  cold: 20,
  pageout: 21,
  populate_read: 22,
  populate_write: 23,
  dontneed_locked: 24,
  collapse: 25,
  hwpoison: 100,
  soft_offline: 101,
  guard_install: 102,
  guard_remove: 103,
} as const satisfies FlagNames;

export const MS = { async: 1, invalidate: 2, sync: 4 } as const satisfies FlagNames;
export const MLOCK2 = { onfault: 1 } as const satisfies FlagNames;
export const MCL = { current: 1, future: 2, onfault: 4 } as const satisfies FlagNames;

/** The low two bits of the flags of open are one value: read-only, write-only, read-write. */
export const O_ACCMODE = 3;
export const OPEN_MODES = { rdonly: 0, wronly: 1, rdwr: 2 } as const satisfies FlagNames;
export const OPEN = { creat: 0x40, excl: 0x80, trunc: 0x200, append: 0x400 } as const satisfies FlagNames;
export const PIPE = { nonblock: 0x800 } as const satisfies FlagNames;
export const MEMFD = { cloexec: 1, allow_sealing: 2, hugetlb: 4, noexec_seal: 8, exec: 0x10 } as const satisfies FlagNames;
export const SEAL = { seal: 1, shrink: 2, grow: 4, write: 8, future_write: 0x10, exec: 0x20 } as const satisfies FlagNames;
export const FALLOC = {
  keep_size: 1,
  punch_hole: 2,
  no_hide_stale: 4,
  collapse_range: 8,
  zero_range: 0x10,
  insert_range: 0x20,
  unshare_range: 0x40,
} as const satisfies FlagNames;
export const SEEK = { set: 0, cur: 1, end: 2, data: 3, hole: 4 } as const satisfies FlagNames;
/** shmget flags beside the permission bits, which are 0600 in every program. */
export const SHMGET = { creat: 0o1000, excl: 0o2000, hugetlb: 0o4000, noreserve: 0o10000 } as const satisfies FlagNames;
export const SHMAT = { rdonly: 0o10000, rnd: 0o20000, remap: 0o40000, exec: 0o100000 } as const satisfies FlagNames;
export const RLIMIT = { fsize: 1, data: 2, stack: 3, nofile: 7, memlock: 8, as: 9 } as const satisfies FlagNames;

/** errno names with their numbers in the notation and on the wire. */
export const ERRNO = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EINTR: 4,
  EIO: 5,
  ENXIO: 6,
  E2BIG: 7,
  EBADF: 9,
  ECHILD: 10,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  ENOTBLK: 15,
  EBUSY: 16,
  EEXIST: 17,
  EXDEV: 18,
  ENODEV: 19,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  ENOTTY: 25,
  ETXTBSY: 26,
  EFBIG: 27,
  ENOSPC: 28,
  ESPIPE: 29,
  EROFS: 30,
  EMLINK: 31,
  EPIPE: 32,
  EDOM: 33,
  ERANGE: 34,
  ENAMETOOLONG: 36,
  ENOSYS: 38,
  ENOTEMPTY: 39,
  ELOOP: 40,
  EIDRM: 43,
  EOVERFLOW: 75,
  EOPNOTSUPP: 95,
  ENOTSUP: 95,
  EHWPOISON: 133,
} as const;
/** An errno by its name; ENOTSUP is Linux's other name for EOPNOTSUPP and never printed. */
export type Errno = Exclude<keyof typeof ERRNO, 'ENOTSUP'>;

export const SIGNAL = {
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGSYS: 31,
  SIGXFSZ: 25,
} as const;
export type Signal = keyof typeof SIGNAL;

/** si_code names per signal, as in sigaction(2); KERNEL is SI_KERNEL, sent with no address. */
export const SIGNAL_CODES = {
  SIGSEGV: { MAPERR: 1, ACCERR: 2, BNDERR: 3, PKUERR: 4, KERNEL: 0x80 },
  SIGBUS: { ADRALN: 1, ADRERR: 2, OBJERR: 3, MCEERR_AR: 4, MCEERR_AO: 5, KERNEL: 0x80 },
  SIGILL: { ILLOPC: 1, ILLOPN: 2, KERNEL: 0x80 },
} as const;

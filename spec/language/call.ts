/**
 * The calls of the notation. One table gives each call its fields, in the order of the system call's arguments; the types,
 * the parser, the printer and the wire format all follow from it.
 */

/**
 * A number in a program: a base and a signed offset in bytes. Bases: `abs` (zero, so that a plain number is an offset;
 * negative numbers are their 64-bit two's complement), `arena` (a large region that holds nothing but what the program maps),
 * `heap` (the program break at the start), `top` (the end of the user address space), `high` (2^63), `buf` (a private buffer of the
 * target, always mapped read-write), `code` (only as a stored value: the 8 bytes of a function that returns 42), `vm` and `vmdata` (only in
 * setrlimit: bytes of address space and of private writable memory in use at the start), or the name of an earlier result.
 */
export interface Value {
  readonly base: string;
  readonly offset: number;
}

export const BASES = ['abs', 'arena', 'heap', 'top', 'high', 'buf', 'code', 'vm', 'vmdata'] as const;

/** One element of an iovec array. */
export interface Iovec {
  readonly addr: Value;
  readonly length: Value;
}

/** What a field holds; decides its notation. `flags:*` and `file` fields are plain numbers, `iov` a list, all others a Value. */
interface FieldTypes {
  address: Value;
  size: Value;
  fd: Value;
  process: Value;
  shm: Value;
  data: Value;
  limit: Value;
  int: number;
  file: number;
  prot: number;
  map: number;
  mremap: number;
  madv: number;
  ms: number;
  mlock2: number;
  mcl: number;
  open: number;
  pipe: number;
  memfd: number;
  seal: number;
  falloc: number;
  seek: number;
  shmget: number;
  shmat: number;
  rlimit: number;
  iov: readonly Iovec[];
}
export type FieldType = keyof FieldTypes;

export interface Field {
  readonly name: string;
  readonly type: FieldType;
  /** Value taken when a trailing argument is left out, and left out in print when it has this value. */
  readonly default?: Value | number;
}

export const abs = (offset: number): Value => ({ base: 'abs', offset });
export const at = (base: string, offset = 0): Value => ({ base, offset });

const field = <const N extends string, const T extends FieldType>(name: N, type: T) => ({ name, type });
const optional = <const N extends string, const T extends FieldType>(name: N, type: T, value: Value | number) => ({
  name,
  type,
  default: value,
});

/** Every call with its fields. Adding a row adds the call to the notation, the wire format and the types. */
export const CALLS = {
  mmap: [
    field('addr', 'address'),
    field('length', 'size'),
    field('prot', 'prot'),
    field('flags', 'map'),
    optional('fd', 'fd', abs(-1)),
    optional('offset', 'size', abs(0)),
  ],
  munmap: [field('addr', 'address'), field('length', 'size')],
  mprotect: [field('addr', 'address'), field('length', 'size'), field('prot', 'prot')],
  mremap: [
    field('addr', 'address'),
    field('oldLength', 'size'),
    field('newLength', 'size'),
    optional('flags', 'mremap', 0),
    optional('newAddr', 'address', abs(0)),
  ],
  madvise: [field('addr', 'address'), field('length', 'size'), field('advice', 'madv')],
  msync: [field('addr', 'address'), field('length', 'size'), field('flags', 'ms')],
  mincore: [field('addr', 'address'), field('length', 'size'), optional('vec', 'address', at('buf'))],
  mlock: [field('addr', 'address'), field('length', 'size')],
  mlock2: [field('addr', 'address'), field('length', 'size'), field('flags', 'mlock2')],
  munlock: [field('addr', 'address'), field('length', 'size')],
  mlockall: [field('flags', 'mcl')],
  munlockall: [],
  brk: [field('addr', 'address')],
  setrlimit: [field('resource', 'rlimit'), field('soft', 'limit'), field('hard', 'limit')],
  load: [field('addr', 'address'), optional('size', 'int', 1)],
  store: [field('addr', 'address'), field('value', 'data'), optional('size', 'int', 1)],
  exec: [field('addr', 'address')],
  read: [field('fd', 'fd'), field('addr', 'address'), field('length', 'size')],
  write: [field('fd', 'fd'), field('addr', 'address'), field('length', 'size')],
  pread: [field('fd', 'fd'), field('addr', 'address'), field('length', 'size'), field('offset', 'size')],
  pwrite: [field('fd', 'fd'), field('addr', 'address'), field('length', 'size'), field('offset', 'size')],
  readv: [field('fd', 'fd'), field('iov', 'iov')],
  writev: [field('fd', 'fd'), field('iov', 'iov')],
  process_vm_readv: [field('pid', 'process'), field('local', 'iov'), field('remote', 'iov'), optional('flags', 'int', 0)],
  process_vm_writev: [field('pid', 'process'), field('local', 'iov'), field('remote', 'iov'), optional('flags', 'int', 0)],
  fork: [],
  exit: [optional('status', 'int', 0)],
  wait: [field('pid', 'process')],
  pipe: [optional('flags', 'pipe', 0)],
  memfd_create: [optional('flags', 'memfd', 0)],
  open: [field('file', 'file'), field('flags', 'open')],
  close: [field('fd', 'fd')],
  dup: [field('fd', 'fd')],
  ftruncate: [field('fd', 'fd'), field('length', 'size')],
  fallocate: [field('fd', 'fd'), field('mode', 'falloc'), field('offset', 'size'), field('length', 'size')],
  lseek: [field('fd', 'fd'), field('offset', 'size'), field('whence', 'seek')],
  fsize: [field('fd', 'fd')],
  unlink: [field('file', 'file')],
  add_seals: [field('fd', 'fd'), field('seals', 'seal')],
  get_seals: [field('fd', 'fd')],
  shmget: [field('size', 'size'), optional('flags', 'shmget', 0o1000)],
  shmat: [field('shm', 'shm'), field('addr', 'address'), optional('flags', 'shmat', 0)],
  shmdt: [field('addr', 'address')],
  shm_rmid: [field('shm', 'shm')],
} as const satisfies Record<string, readonly Field[]>;

export type CallKind = keyof typeof CALLS;
export const CALL_KINDS = Object.keys(CALLS) as readonly CallKind[];

type CallFields<K extends CallKind> = { readonly [F in (typeof CALLS)[K][number] as F['name']]: FieldTypes[F['type']] };
/** The call of one kind, a plain record of its fields. */
export type CallOf<K extends CallKind> = { readonly kind: K } & CallFields<K>;
/** One operation with its arguments. */
export type Call = { [K in CallKind]: CallOf<K> }[CallKind];

/** What a call's success gives, which decides what its name stands for afterwards. */
export type ResultType = 'address' | 'fd' | 'pipe' | 'process' | 'shm' | 'count' | 'data' | 'none';
export const RESULTS: Readonly<Record<CallKind, ResultType>> = {
  mmap: 'address',
  munmap: 'none',
  mprotect: 'none',
  mremap: 'address',
  madvise: 'none',
  msync: 'none',
  mincore: 'data',
  mlock: 'none',
  mlock2: 'none',
  munlock: 'none',
  mlockall: 'none',
  munlockall: 'none',
  brk: 'address',
  setrlimit: 'none',
  load: 'data',
  store: 'none',
  exec: 'count',
  read: 'count',
  write: 'count',
  pread: 'count',
  pwrite: 'count',
  readv: 'count',
  writev: 'count',
  process_vm_readv: 'count',
  process_vm_writev: 'count',
  fork: 'process',
  exit: 'none',
  wait: 'count',
  pipe: 'pipe',
  memfd_create: 'fd',
  open: 'fd',
  close: 'none',
  dup: 'fd',
  ftruncate: 'none',
  fallocate: 'none',
  lseek: 'count',
  fsize: 'count',
  unlink: 'none',
  add_seals: 'none',
  get_seals: 'count',
  shmget: 'shm',
  shmat: 'address',
  shmdt: 'none',
  shm_rmid: 'none',
};

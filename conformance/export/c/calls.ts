/** Each call of the notation as a statement of C. */
import { PAGE_SIZE } from '../../../spec/language/constants.ts';
import { type Call, type CallKind, type CallOf, type FieldType, type Iovec, RESULTS, type Value } from '../../../spec/language/index.ts';
import type { Constants } from './constants.ts';
import { type Names, parenthesised } from './values.ts';

/** What the writing of statements gathers. */
export interface Writer {
  readonly names: Names;
  readonly constants: Constants;
  /** Pieces that the program needs. */
  readonly use: (fragment: string) => void;
  /** Headers that it needs beside theirs. */
  readonly include: (header: string) => void;
}

const SIZES = [1, 2, 4, 8];
const INT_MAX = 0x7fff_ffff;

/** The statement that makes a call, without the check of its outcome. fork and exit are not among them: they are part of the frame. */
export function statement(call: Exclude<Call, { kind: 'fork' | 'exit' }>, result: string | undefined, writer: Writer): string {
  const { names, use } = writer;
  const value = (from: Value) => names.value(from);
  switch (call.kind) {
    case 'load':
      if (!SIZES.includes(call.size)) return noSuchSize(writer);
      use('load');
      return `load(${value(call.addr)}, ${call.size});`;
    case 'store': {
      const size = call.value.base === 'code' ? 8 : call.size;
      if (!SIZES.includes(size)) return noSuchSize(writer);
      use('store');
      return `store(${value(call.addr)}, ${data(call.value, names)}, ${size});`;
    }
    case 'exec':
      use('execute');
      return `execute(${value(call.addr)});`;
    case 'mincore':
      use('mincore');
      return `resident_pages(${value(call.addr)}, ${value(call.length)}, ${value(call.vec)});`;
    case 'pipe': {
      use('pipe');
      const ends = [`${result}.r`, `${result}.w`].map((end) => (names.isNeeded(end) ? `&${names.variable(end)}` : 'NULL'));
      return `make_pipe(${flags(call.flags, 'pipe', writer)}, ${ends.join(', ')});`;
    }
    default:
      return assigned(call.kind, result, expression(call, writer), writer);
  }
}

/** A value to store: hexadecimal, as the notation has it. */
function data(value: Value, names: Names): string {
  return value.base === 'abs' && value.offset >= 0 ? `0x${value.offset.toString(16)}` : names.value(value);
}

function noSuchSize({ use }: Writer): string {
  use('noSuchSize');
  return 'no_such_size();';
}

/** The outcome is kept, and the result named. */
function assigned(kind: CallKind, result: string | undefined, call: string, { names, use }: Writer): string {
  const isAddress = RESULTS[kind] === 'address';
  use(isAddress ? 'address' : 'value');
  if (isAddress) use('printAddress');
  const isPointer = isAddress && !call.startsWith('sys(');
  const outcome = `${isAddress ? 'address' : 'value'}(${isPointer ? '(u64)' : ''}${call})`;
  if (result === undefined) return `${outcome};`;
  const variable = names.isNeeded(result) ? `${names.variable(result)} = ` : '';
  if (!isAddress) return `${variable}${outcome};`;
  use('named');
  return `${variable}named("${result}", ${outcome});`;
}

type Simple = Exclude<Call, { kind: 'fork' | 'exit' | 'load' | 'store' | 'exec' | 'mincore' | 'pipe' }>;

/** The call as an expression: libc's function where that passes all on as it is, else the bare system call. */
function expression(call: Simple, writer: Writer): string {
  const { names, use, include } = writer;
  const at = (value: Value) => {
    use('opaque');
    return `at(${names.value(value)})`;
  };
  const number = (value: Value) => length(value, writer);
  const int = (value: Value) => names.int(value);
  switch (call.kind) {
    case 'mmap':
      return mmap(call, writer);
    case 'munmap':
      return `munmap(${at(call.addr)}, ${number(call.length)})`;
    case 'mprotect':
      if (!isInt(call.prot)) return bare('mprotect', [call.addr, call.length, call.prot], writer);
      return `mprotect(${at(call.addr)}, ${number(call.length)}, ${flags(call.prot, 'prot', writer)})`;
    case 'mremap':
      return mremap(call, writer);
    case 'madvise':
      if (!isInt(call.advice)) return bare('madvise', [call.addr, call.length, call.advice], writer);
      return `madvise(${at(call.addr)}, ${number(call.length)}, ${flags(call.advice, 'madv', writer)})`;
    case 'msync':
      return `msync(${at(call.addr)}, ${number(call.length)}, ${flags(call.flags, 'ms', writer)})`;
    case 'mlock':
    case 'munlock':
      return `${call.kind}(${at(call.addr)}, ${number(call.length)})`;
    case 'mlock2':
      // libc makes a plain mlock of it where there are no flags.
      return bare('mlock2', [call.addr, call.length, { flags: call.flags, type: 'mlock2' }], writer);
    case 'mlockall':
      return `mlockall(${flags(call.flags, 'mcl', writer)})`;
    case 'munlockall':
      return 'munlockall()';
    case 'brk':
      return bare('brk', [call.addr], writer);
    case 'setrlimit':
      use('setrlimit');
      return `set_limit(${flags(call.resource, 'rlimit', writer)}, ${names.value(call.soft)}, ${names.value(call.hard)})`;
    case 'read':
    case 'write':
      return `${call.kind}(${int(call.fd)}, ${at(call.addr)}, ${number(call.length)})`;
    case 'pread':
    case 'pwrite':
      return `${call.kind}(${int(call.fd)}, ${at(call.addr)}, ${number(call.length)}, (off_t)${parenthesised(names.value(call.offset))})`;
    case 'readv':
    case 'writev':
      include('sys/uio.h');
      return `${call.kind}(${int(call.fd)}, ${vector(call.iov, writer)})`;
    case 'process_vm_readv':
    case 'process_vm_writev':
      include('sys/uio.h');
      return `${call.kind}(${int(call.pid)}, ${vector(call.local, writer)}, ${vector(call.remote, writer)}, ${wide(call.flags)})`;
    case 'wait':
      use('wait');
      return `wait_for(${int(call.pid)})`;
    case 'memfd_create':
      return `memfd_create("m", ${flags(call.flags, 'memfd', writer)})`;
    case 'open':
      include('fcntl.h');
      use('directory');
      return `openat(DIRECTORY, "f${call.file}", ${flags(call.flags, 'open', writer)}, 0600)`;
    case 'unlink':
      include('fcntl.h');
      use('directory');
      return `unlinkat(DIRECTORY, "f${call.file}", 0)`;
    case 'close':
    case 'dup':
      return `${call.kind}(${int(call.fd)})`;
    case 'ftruncate':
      return `ftruncate(${int(call.fd)}, (off_t)${parenthesised(names.value(call.length))})`;
    case 'fallocate': {
      include('fcntl.h');
      const [offset, size] = [call.offset, call.length].map((value) => `(off_t)${parenthesised(names.value(value))}`);
      return `fallocate(${int(call.fd)}, ${flags(call.mode, 'falloc', writer)}, ${offset}, ${size})`;
    }
    case 'lseek':
      return `lseek(${int(call.fd)}, (off_t)${parenthesised(names.value(call.offset))}, ${flags(call.whence, 'seek', writer)})`;
    case 'fsize':
      use('fsize');
      return `file_size(${int(call.fd)})`;
    case 'add_seals':
      include('fcntl.h');
      return `fcntl(${int(call.fd)}, F_ADD_SEALS, ${flags(call.seals, 'seal', writer)})`;
    case 'get_seals':
      include('fcntl.h');
      return `fcntl(${int(call.fd)}, F_GET_SEALS)`;
    case 'shmget':
      use('shmget');
      return `make_segment(${number(call.size)}, ${flags(call.flags, 'shmget', writer)})`;
    case 'shmat':
      include('sys/shm.h');
      return `shmat(${int(call.shm)}, ${at(call.addr)}, ${flags(call.flags, 'shmat', writer)})`;
    case 'shmdt':
      include('sys/shm.h');
      return `shmdt(${at(call.addr)})`;
    case 'shm_rmid':
      include('sys/shm.h');
      return `shmctl(${int(call.shm)}, IPC_RMID, NULL)`;
  }
}

/** libc refuses an offset that is no whole number of pages by itself, and its flags are 32 bits. */
function mmap(call: CallOf<'mmap'>, writer: Writer): string {
  const { addr, length: size, prot, flags: bits, fd, offset } = call;
  if (!isInt(prot) || !isInt(bits) || offset.base !== 'abs' || offset.offset % PAGE_SIZE !== 0) {
    return bare('mmap', [addr, size, { flags: prot, type: 'prot' }, { flags: bits, type: 'map' }, fd, offset], writer);
  }
  writer.use('opaque');
  const hint = addr.base === 'abs' && addr.offset === 0 ? 'NULL' : `at(${writer.names.value(addr)})`;
  const rest = [flags(prot, 'prot', writer), flags(bits, 'map', writer), writer.names.int(fd), offsetOf(offset, writer)];
  return `mmap(${[hint, length(size, writer), ...rest].join(', ')})`;
}

function offsetOf(offset: Value, { names }: Writer): string {
  return offset.offset === 0 ? '0' : `(off_t)${parenthesised(names.value(offset))}`;
}

/** libc passes the new address on only with some flags. */
function mremap(call: CallOf<'mremap'>, writer: Writer): string {
  const { addr, oldLength, newLength, flags: bits, newAddr } = call;
  if (bits > 1 || bits < 0 || newAddr.base !== 'abs' || newAddr.offset !== 0) {
    return bare('mremap', [addr, oldLength, newLength, { flags: bits, type: 'mremap' }, newAddr], writer);
  }
  writer.use('opaque');
  const sizes = [oldLength, newLength].map((value) => length(value, writer));
  return `mremap(at(${writer.names.value(addr)}), ${sizes.join(', ')}, ${flags(bits, 'mremap', writer)})`;
}

type BareArgument = Value | number | { readonly flags: number; readonly type: FieldType };

/** The system call itself, with six arguments of 64 bits. */
function bare(name: string, given: readonly BareArgument[], writer: Writer): string {
  writer.use('sys');
  const list = given.map((argument) => {
    if (typeof argument === 'number') return wide(argument);
    if ('base' in argument) return writer.names.value(argument);
    return isInt(argument.flags) ? flags(argument.flags, argument.type, writer) : wide(argument.flags);
  });
  while (list.length < 6) list.push('0');
  return `sys(SYS_${name}, ${list.join(', ')})`;
}

/** Flags by name where they fit an int; what does not is the int that is left of it. */
function flags(value: number, type: FieldType, { constants }: Writer): string {
  return isInt(value) ? constants.flags(type, value) : `(int)${wide(value)}`;
}

function isInt(value: number): boolean {
  return value >= -INT_MAX - 1 && value <= INT_MAX;
}

function wide(value: number): string {
  return value < 0 ? `-${-value}ll` : `${value}ull`;
}

/** Lengths that no object has make a compiler warn, so it does not see them. */
function length(value: Value, { names, use }: Writer): string {
  const text = names.value(value);
  if (value.base === 'abs' && value.offset >= 0 && value.offset < 2 ** 31) return text;
  use('opaque');
  return `opaque(${text})`;
}

function vector(iov: readonly Iovec[], writer: Writer): string {
  if (iov.length === 0) return 'NULL, 0';
  writer.use('opaque');
  const elements = iov.map(({ addr, length: size }) => `{at(${writer.names.value(addr)}), ${length(size, writer)}}`);
  return `(struct iovec[]){${elements.join(', ')}}, ${iov.length}`;
}

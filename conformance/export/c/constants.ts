/** The numbers of the notation by their names in C. */
import {
  ERRNO,
  FALLOC,
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
} from '../../../spec/language/constants.ts';
import type { FieldType } from '../../../spec/language/index.ts';

/** One type of flags: how a name of the notation is written in C, and the number of each. */
interface Family {
  readonly prefix: string;
  readonly names: Readonly<Record<string, number>>;
  /** Exceptions to the rule that the name in C is the prefix and the name in capitals. */
  readonly special?: Readonly<Record<string, string>>;
  /** The low bits that are one value, with their names. */
  readonly selector?: { readonly mask: number; readonly names: Readonly<Record<string, number>> };
  /** The value is one number, not bits. */
  readonly single?: boolean;
  /** What zero is called. */
  readonly zero?: string;
}

const FAMILIES: Readonly<Partial<Record<FieldType, Family>>> = {
  prot: { prefix: 'PROT_', names: PROT, special: { r: 'PROT_READ', w: 'PROT_WRITE', x: 'PROT_EXEC' }, zero: 'PROT_NONE' },
  map: { prefix: 'MAP_', names: MAP, special: { anon: 'MAP_ANONYMOUS' }, selector: { mask: MAP_TYPE_MASK, names: MAP_TYPES } },
  mremap: { prefix: 'MREMAP_', names: MREMAP },
  madv: { prefix: 'MADV_', names: MADV, single: true },
  ms: { prefix: 'MS_', names: MS },
  mlock2: { prefix: 'MLOCK_', names: MLOCK2 },
  mcl: { prefix: 'MCL_', names: MCL },
  open: { prefix: 'O_', names: OPEN, selector: { mask: O_ACCMODE, names: OPEN_MODES }, zero: 'O_RDONLY' },
  pipe: { prefix: 'O_', names: PIPE },
  memfd: { prefix: 'MFD_', names: MEMFD },
  seal: { prefix: 'F_SEAL_', names: SEAL },
  falloc: { prefix: 'FALLOC_FL_', names: FALLOC },
  seek: { prefix: 'SEEK_', names: SEEK, single: true },
  shmget: { prefix: 'SHM_', names: SHMGET, special: { creat: 'IPC_CREAT', excl: 'IPC_EXCL' } },
  shmat: { prefix: 'SHM_', names: SHMAT },
  rlimit: { prefix: 'RLIMIT_', names: RLIMIT, single: true },
};

/** Names that every libc for Linux has had for decades; all others get their number where a header lacks them. */
const EVERYWHERE =
  /^(PROT_(NONE|READ|WRITE|EXEC)|MAP_(SHARED|PRIVATE|FIXED|ANONYMOUS)|MREMAP_(MAYMOVE|FIXED)|MADV_(NORMAL|RANDOM|SEQUENTIAL|WILLNEED|DONTNEED)|MS_\w+|MCL_(CURRENT|FUTURE)|O_\w+|SEEK_(SET|CUR|END)|IPC_\w+|SHM_(RDONLY|RND)|RLIMIT_\w+)$/;

/** Writes flags in C and remembers which names need a number to fall back on. */
export class Constants {
  /** By name in C, in the order of their first use. */
  readonly fallbacks = new Map<string, number>();

  /** A flags argument, such as `MAP_PRIVATE | MAP_ANONYMOUS | 0x800000`. @param flags  not negative, or one number for all bits */
  flags(type: FieldType, flags: number): string {
    const { prefix, names, special = {}, selector, single = false, zero = '0' } = FAMILIES[type]!;
    const name = (plain: string, number: number) => this.#use(special[plain] ?? `${prefix}${plain.toUpperCase()}`, number);
    if (single) {
      const found = Object.entries(names).find(([, number]) => number === flags);
      return found === undefined ? literal(flags) : name(...found);
    }
    if (flags < 0 || flags > 0xffff_ffff) return literal(flags);
    const parts: string[] = [];
    let rest = flags;
    if (selector !== undefined) {
      const selected = Object.entries(selector.names).find(([, number]) => number === (flags & selector.mask));
      if (selected !== undefined && (selected[1] !== 0 || zero === '0' || flags !== 0)) parts.push(name(...selected));
      if (selected !== undefined) rest -= selected[1];
    }
    for (const [plain, bit] of Object.entries(names)) {
      if ((rest & bit) === 0) continue;
      parts.push(name(plain, bit));
      rest -= bit;
    }
    if (rest !== 0) parts.push(literal(rest));
    return parts.length === 0 ? zero : parts.join(' | ');
  }

  /** An errno: its name, or its number where it has none. */
  errno(text: string): string {
    return Object.hasOwn(ERRNO, text) ? text : text.slice(1);
  }

  /** A signal code, such as `SEGV_MAPERR`. @param code  as in an outcome: a name without its prefix, or a number */
  code(signal: string, code: string): string {
    if (/^-?\d+$/.test(code)) return code;
    if (code === 'KERNEL') return 'SI_KERNEL';
    return `${signal.replace('SIG', '')}_${code}`;
  }

  #use(name: string, number: number): string {
    if (!EVERYWHERE.test(name)) this.fallbacks.set(name, number);
    return name;
  }
}

/** A plain number as C. */
function literal(number: number): string {
  if (number < 0) return `-${literal(-number)}`;
  return number < 16 ? String(number) : `0x${number.toString(16)}`;
}

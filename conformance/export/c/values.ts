/** Values, names and texts of a program in C. All numbers there are of the type u64; P is the size of a page. */
import { PAGE_SIZE } from '../../../spec/language/constants.ts';
import { type Program, RESULTS, type Value } from '../../../spec/language/index.ts';

/** Below this a number reads better in decimal. */
const SMALL = 16;
const INT_MAX = 0x7fff_ffff;

/** Variables of C for the names of a program, and the bases that it uses. */
export class Names {
  /** What stands before each name: `S->` where processes share them. */
  readonly #prefix: string;
  /** The bases of values met so far. */
  readonly bases = new Set<string>();
  readonly #needed: ReadonlySet<string>;

  /** @param needed  the names that some statement mentions; the others get no variable */
  constructor(prefix: string, needed: ReadonlySet<string>) {
    this.#prefix = prefix;
    this.#needed = needed;
  }

  /** Whether any statement mentions a name. */
  isNeeded(name: string): boolean {
    return this.#needed.has(name);
  }

  /** The variable of a name of the notation, such as `a`, or `q.r` for the read end of the pipe `q`. */
  variable(name: string): string {
    return this.#prefix + identifier(name);
  }

  /** A number as an expression: `arena + 2 * P`, `-1ull`. */
  value({ base, offset }: Value): string {
    if (base === 'abs') return offset < 0 ? negative(-offset) : size(offset);
    this.bases.add(base);
    const name = this.#base(base);
    if (offset === 0) return name;
    return offset > 0 ? `${name} + ${size(offset)}` : `${name} - ${size(-offset).replace(/[+-]/, (sign) => (sign === '+' ? '-' : '+'))}`;
  }

  /** A descriptor, process or segment: an int. */
  int(value: Value): string {
    if (value.base === 'abs' && Math.abs(value.offset) <= INT_MAX) return String(value.offset);
    return `(int)${parenthesised(this.value(value))}`;
  }

  #base(base: string): string {
    switch (base) {
      case 'arena':
      case 'heap':
      case 'vm':
      case 'vmdata':
        return base;
      case 'top':
      case 'high':
      case 'buf':
      case 'code':
        return base.toUpperCase();
      default:
        return this.variable(base);
    }
  }
}

/**
 * The identifier of a name. One letter or two, perhaps with a number, stay as they are; others might be words of C or of its headers
 * and get an underscore, which keeps them apart.
 */
export function identifier(name: string): string {
  const [plain, end] = name.split('.') as [string, string?];
  const safe = /^[a-z]{1,2}\d*$/.test(plain) && plain !== 'do' && plain !== 'if' && plain !== 'me' && plain !== 'at';
  return (safe ? plain : `${plain}_`) + (end === undefined ? '' : `_${end}`);
}

/** The variables for those names of a program that a statement mentions; a pipe has two. */
export function variablesOf(program: Program, needed: ReadonlySet<string>): readonly string[] {
  const names = program.steps.flatMap(({ result, call }) => {
    if (result === undefined) return [];
    return RESULTS[call.kind] === 'pipe' ? [`${result}.r`, `${result}.w`] : [result];
  });
  return names.filter((name) => needed.has(name)).map(identifier);
}

/** An expression that may stand before any operator, or after a cast. */
export function parenthesised(expression: string): string {
  return /^[\w>-]+$/.test(expression) ? expression : `(${expression})`;
}

/** Bytes as pages and a rest. @param n  not negative */
function size(n: number): string {
  const rest = n % PAGE_SIZE;
  const pages = (n - rest) / PAGE_SIZE;
  if (rest > PAGE_SIZE - SMALL) return `${times(pages + 1)} - ${PAGE_SIZE - rest}`;
  if (pages === 0) return small(rest);
  return rest === 0 ? times(pages) : `${times(pages)} + ${small(rest)}`;
}

function times(pages: number): string {
  return pages === 1 ? 'P' : `${pages} * P`;
}

function small(n: number): string {
  return n < SMALL ? String(n) : `0x${n.toString(16)}`;
}

/** −n, as the unsigned number that it wraps to. */
function negative(n: number): string {
  return n < PAGE_SIZE - SMALL ? `-${small(n)}ull` : `-(${size(n)})`;
}

/** A string literal, without the quotes. Characters outside ASCII become octal escapes of their UTF-8. */
export function stringLiteral(text: string): string {
  let literal = '';
  for (const byte of Buffer.from(text, 'utf8')) {
    const character = String.fromCharCode(byte);
    if (byte < 32 || byte > 126) literal += `\\${byte.toString(8).padStart(3, '0')}`;
    // A question mark might be part of a trigraph.
    else literal += /["\\?]/.test(character) ? `\\${character}` : character;
  }
  return `"${literal}"`;
}

/** A text inside a comment, which it cannot end. */
export function comment(text: string): string {
  return text.replaceAll('*/', '* /').replaceAll('/*', '/ *');
}

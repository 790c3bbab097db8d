/** What was allowed at each step, read back from the words of a report into expectations of the notation. */
import { readExpectations } from '../../spec/language/expectation.ts';
import { type Expectation, formatExpectation, type Program, ProgramSyntaxError, type Step } from '../../spec/language/index.ts';
import { Scanner } from '../../spec/language/scanner.ts';
import { Scope } from '../../spec/language/scope.ts';

/** What is known of one step: what a report says of it, of which a ResultStep is an example. */
export interface StepReport {
  readonly observed?: string;
  /** Nothing was judged of an `undecided` or `unchecked` step. */
  readonly verdict?: 'conforms' | 'variant' | 'diverges' | 'undecided' | 'unchecked';
  readonly expected?: readonly { readonly clause: string; readonly text: string }[];
}

/** One alternative. */
export type Alternative =
  | Expectation
  /** mincore: for each page `01`, or `??` where either is allowed. */
  | { readonly kind: 'pages'; readonly pages: readonly ('01' | '??')[] };

/** What a step may give. */
export interface Expected {
  /** Any one of these; undefined: anything. */
  readonly any: readonly Alternative[] | undefined;
  /** In words; '' where nothing is said. */
  readonly text: string;
  readonly clauses: readonly string[];
}

const NOTHING: Expected = { any: undefined, text: '', clauses: [] };

/**
 * What is expected of each step of a program: what its report allows, or else what the program itself expects. An alternative in plain words, such
 * as "the address of a free place", stands for any success.
 */
export function expectedOf(program: Program, reports: readonly StepReport[]): readonly Expected[] {
  const scope = new Scope();
  return program.steps.map((step, i) => {
    if (step.result !== undefined) scope.define(step.result, step.call.kind);
    const report = reports[i];
    if (report?.verdict === 'undecided' || report?.verdict === 'unchecked') return NOTHING;
    const allowed = report?.expected ?? [];
    if (allowed.length === 0) return ownExpectation(step);
    const texts = [...new Set(allowed.map(({ text }) => text))];
    const any = texts.flatMap((text) => alternatives(text, scope));
    return {
      any: any.includes(undefined) ? undefined : (any as Alternative[]),
      text: texts.join(' or '),
      clauses: [...new Set(allowed.map(({ clause }) => clause))].filter((clause) => clause !== ''),
    };
  });
}

function ownExpectation({ expect, call }: Step): Expected {
  if (expect === undefined) return NOTHING;
  return { any: expect, text: expect.map((one) => formatExpectation(one, call.kind)).join(' or '), clauses: [] };
}

/** The alternatives of one text; undefined among them: the text allows more than it names. */
function alternatives(text: string, scope: Scope): readonly (Alternative | undefined)[] {
  const pages = residencies(text);
  if (pages !== undefined) return [{ kind: 'pages', pages }];
  return text.split(' or ').map((part) => (part === '…' ? undefined : (readOne(part, scope) ?? { kind: 'ok' })));
}

/** `bytes 01, 00 or 01`: what is said of pages that may be resident or not. */
function residencies(text: string): readonly ('01' | '??')[] | undefined {
  if (!/^bytes (01|00 or 01)(, (01|00 or 01))*$/.test(text)) return undefined;
  return text
    .slice('bytes '.length)
    .split(', ')
    .map((page) => (page === '01' ? '01' : '??'));
}

/** One expectation in the notation, or undefined where the text is something else. */
function readOne(text: string, scope: Scope): Expectation | undefined {
  const scanner = new Scanner(text);
  try {
    const [expectation] = readExpectations(scanner, scope);
    scanner.skipBlank();
    return scanner.atEnd ? expectation : undefined;
  } catch (error) {
    if (error instanceof ProgramSyntaxError) return undefined;
    throw error;
  }
}

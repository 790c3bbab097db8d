/**
 * The result of a run: the one document that all reports are made from. README.md beside this file documents it for readers of the JSON.
 *
 * What it says of a target came from that target, so every string in it is data that nothing has checked for its meaning.
 */
import * as v from 'valibot';

/** Version of the document's shape. A change that an older reader would misunderstand gets a new number. */
export const SCHEMA_VERSION = 1;

/** Longest document that is read, in UTF-16 code units: a run with hundreds of divergences stays far below it. */
export const RESULT_LENGTH_MAX = 64 * 1024 * 1024;

// The message of each schema says what is expected; parseResult puts it after the path.
const text = v.string('a text');
const count = v.pipe(v.number('a count'), v.safeInteger('a whole number'), v.minValue(0, 'a count, 0 or more'));
const integer = v.pipe(v.number('a whole number'), v.safeInteger('a whole number'));
const quantity = v.pipe(v.number('a number'), v.finite('a finite number'), v.minValue(0, 'a number, 0 or more'));
const flag = v.boolean('true or false');

const list = <S extends v.GenericSchema>(item: S) => v.array(item, 'a list');

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An object with any keys but those that mean something to JavaScript itself. valibot would drop them silently. */
const record = <S extends v.GenericSchema>(value: S) =>
  v.pipe(
    v.custom<Record<string, unknown>>(isPlainObject, 'an object'),
    v.check(
      (object) => !['__proto__', 'prototype', 'constructor'].some((key) => Object.hasOwn(object, key)),
      'an object without the keys __proto__, prototype and constructor',
    ),
    v.record(v.string(), value),
  );

/** One thing that would have been allowed, and the clause that allows it. */
const Allowed = v.object({ clause: text, text }, 'an object');

const Region = v.object(
  {
    /** Its first page as a symbolic address, a whole number of pages from a base: `arena+2p`, `a`, `heap-1p`. */
    start: text,
    pages: count,
    /** `rw-`, three letters. */
    prot: text,
    /** `private anon`, `shared f0+3p`: the backing, with the page of it at which the region starts. */
    kind: text,
    flags: list(text),
    /** A few words on what it holds, such as `0x5a` or `zeroes`. */
    content: v.exactOptional(text),
  },
  'an object',
);

const ProcessMemory = v.object({ process: text, regions: list(Region) }, 'an object');

const ResultStep = v.object(
  {
    /** The step in the notation, without its expectation. */
    text,
    observed: text,
    verdict: v.picklist(
      ['conforms', 'variant', 'diverges', 'undecided', 'unchecked'],
      'one of conforms, variant, diverges, undecided, unchecked',
    ),
    /** The clause that allowed or forbade it. */
    clause: v.exactOptional(text),
    expected: v.exactOptional(list(Allowed)),
    /** What the model holds after the step. */
    memory: list(ProcessMemory),
  },
  'an object',
);

/** A page of the final audit that differs from what the model allows. */
const AuditRow = v.object({ process: text, page: text, expected: list(Allowed), observed: text }, 'an object');

const Divergence = v.object(
  {
    clause: text,
    choice: v.exactOptional(text),
    variant: v.exactOptional(text),
    /** `variant`: another variant of the clause's choice than the dialect's allows it. */
    kind: v.picklist(['diverges', 'variant'], 'diverges or variant'),
    /** Programs that showed it. */
    count,
    /** Found only after an earlier divergence of the same program. */
    afterResync: flag,
    /** The program as it was found, and shrunk; both in the notation. */
    program: text,
    minimal: text,
    /** Replays the minimal program: `vkconform check TOKEN`. */
    token: text,
    minimisation: v.object(
      { executions: count, seconds: quantity, steps: v.tuple([count, count], 'two counts'), complete: flag },
      'an object',
    ),
    /** Of so many runs of the minimal program in fresh processes, how many diverged. */
    deterministic: v.object({ hits: count, of: count }, 'an object'),
    expected: list(Allowed),
    observed: text,
    /** The steps of the minimal program. */
    steps: list(ResultStep),
    audit: v.exactOptional(list(AuditRow)),
    reproducer: v.object({ c: text }, 'an object'),
  },
  'an object',
);

const Reason = v.object({ reason: text, count, program: text }, 'an object');

const Quirk = v.object(
  {
    clause: text,
    variant: v.exactOptional(text),
    reason: text,
    link: v.exactOptional(text),
    /** Programs that showed it: 0 is a quirk that is no longer there. */
    count,
  },
  'an object',
);

const Option = v.union([text, quantity, flag, list(text)], 'a text, a number, true, false or a list of texts');

const ResultSchema = v.object(
  {
    schema: v.literal(SCHEMA_VERSION, `${SCHEMA_VERSION} (the version of the schema that this vkconform reads)`),
    tool: v.object({ name: text, version: text }, 'an object'),
    target: v.object(
      {
        name: text,
        system: text,
        version: text,
        machine: text,
        privileged: flag,
        host: v.exactOptional(record(text)),
      },
      'an object',
    ),
    dialect: text,
    seed: integer,
    startedAt: v.pipe(text, v.isoTimestamp('a time such as 2026-01-31T12:00:00Z')),
    options: record(Option),
    programs: count,
    steps: count,
    seconds: quantity,
    stepsPerSecond: quantity,
    /** Every clause of the dialect, exercised or not: how many steps each judged, and how many programs diverged from it. */
    clauses: record(v.object({ exercised: count, diverged: count }, 'an object')),
    /** The variant of each choice under which the target was judged at the end. */
    choices: record(text),
    divergences: list(Divergence),
    undecided: list(Reason),
    undecidedPrograms: count,
    lost: v.object({ programs: count, reasons: list(v.object({ why: text, count, program: text }, 'an object')) }, 'an object'),
    /** Why nothing ran, where the target is not there. */
    notRun: v.exactOptional(text),
    quirks: v.exactOptional(list(Quirk)),
  },
  'an object',
);

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

export type Result = DeepReadonly<v.InferOutput<typeof ResultSchema>>;
export type Divergence = Result['divergences'][number];
export type ResultStep = Divergence['steps'][number];
export type ProcessMemory = ResultStep['memory'][number];
export type Region = ProcessMemory['regions'][number];
export type Allowed = Divergence['expected'][number];
export type AuditRow = NonNullable<Divergence['audit']>[number];
export type Quirk = NonNullable<Result['quirks']>[number];

/** A text that is not a result. The message says it in one line. */
export class InvalidResult extends Error {
  /** Where in the document, such as `divergences[3].steps`; '' for the document itself. */
  readonly path: string;
  readonly expected: string;

  constructor(path: string, expected: string, found: string) {
    super(`${path === '' ? 'not a result of vkconform' : path}: expected ${expected}, found ${found}`);
    this.name = 'InvalidResult';
    this.path = path;
    this.expected = expected;
  }
}

/**
 * Reads the JSON of a result. Members that the schema does not name are left out.
 * @throws InvalidResult and nothing else
 */
export function parseResult(json: string): Result {
  if (json.length > RESULT_LENGTH_MAX) {
    throw new InvalidResult('', `at most ${RESULT_LENGTH_MAX / 2 ** 20} MiB`, `${Math.ceil(json.length / 2 ** 20)} MiB`);
  }
  let document: unknown;
  try {
    document = JSON.parse(json);
  } catch (error) {
    throw new InvalidResult('', 'JSON', excerpt((error as SyntaxError).message));
  }
  const parsed = v.safeParse(ResultSchema, document, { abortEarly: true });
  if (parsed.success) return parsed.output;
  const issue = parsed.issues[0];
  // For a member that is not there valibot gives the message of the object around it.
  const expected = issue.type === 'object' && issue.input === undefined ? 'a value' : issue.message;
  throw new InvalidResult(pathOf(issue.path ?? []), expected, describe(issue.input));
}

function pathOf(items: readonly { readonly key?: unknown }[]): string {
  let path = '';
  for (const { key } of items) {
    if (typeof key === 'number') path += `[${key}]`;
    else if (/^\w+$/.test(String(key))) path += path === '' ? key : `.${key}`;
    else path += `[${excerpt(JSON.stringify(key))}]`;
  }
  return path;
}

/** What stands there, shortly: the whole of it may be enormous or deep. */
function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return excerpt(JSON.stringify(value));
}

function excerpt(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

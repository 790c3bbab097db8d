/** The result as JSON. */
import type { Result } from '../result.ts';

/** Members in the order in which a reader wants them; all others (clauses, options, names of choices) follow in alphabetical order. */
const ORDER = [
  ...['schema', 'tool', 'target', 'name', 'system', 'version', 'machine', 'privileged', 'host', 'dialect', 'seed', 'startedAt', 'options'],
  ...['programs', 'steps', 'seconds', 'stepsPerSecond', 'notRun', 'undecidedPrograms', 'clauses', 'choices', 'exercised', 'diverged'],
  ...[
    'divergences',
    'process',
    'page',
    'start',
    'pages',
    'prot',
    'kind',
    'flags',
    'content',
    'text',
    'clause',
    'choice',
    'variant',
    'verdict',
  ],
  ...[
    'afterResync',
    'reason',
    'why',
    'link',
    'count',
    'program',
    'minimal',
    'token',
    'minimisation',
    'deterministic',
    'expected',
    'observed',
  ],
  ...['memory', 'regions', 'audit', 'reproducer', 'undecided', 'lost', 'quirks'],
];
const RANK = new Map(ORDER.map((name, rank) => [name, rank]));

function inOrder([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  const difference = (RANK.get(a) ?? ORDER.length) - (RANK.get(b) ?? ORDER.length);
  if (difference !== 0) return difference;
  return a < b ? -1 : 1;
}

/** The document: members in a fixed order, two spaces of indentation, a line feed at the end. The same result gives the same text. */
export function formatJson(result: Result): string {
  const sorted = (_key: string, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).sort(inOrder)) : value;
  return `${JSON.stringify(result, sorted, 2)}\n`;
}

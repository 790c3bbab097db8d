/** Writes spec/clauses.ts, the clauses of the chapters as data and types. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Chapter, ChapterError, type Clause, readChapters } from './chapters.ts';

export const CLAUSES_FILE = fileURLToPath(new URL('./clauses.ts', import.meta.url));

const HEAD = `/** Generated from spec/chapters by spec/generate-clauses.ts (npm run spec): do not edit. */

/**
 * Every clause by its id. \`variants\`: of a choice, what each says and the dialects and conditions under which it holds.
 * \`generated\`: true, or why the generator cannot exercise the clause.
 */
export const CLAUSES = {
`;

const TAIL = `} as const;

export type ClauseId = keyof typeof CLAUSES;
/** The clauses that are choices. */
export type ChoiceId = { [C in ClauseId]: (typeof CLAUSES)[C]['variants'] extends undefined ? never : C }[ClauseId];
/** The names of a choice's variants. */
export type Variant<C extends ChoiceId> = keyof (typeof CLAUSES)[C]['variants'] & string;
`;

/** A string as a literal in the style of the sources: in single quotes where that saves escapes. */
function literal(text: string): string {
  const quoted = JSON.stringify(text);
  return text.includes("'") ? quoted : `'${quoted.slice(1, -1).replaceAll('\\"', '"')}'`;
}

function clauseText(chapter: Chapter, clause: Clause): string {
  const variants = clause.variants.map(
    ({ name, text, when }) => `      ${literal(name)}: { text: ${literal(text)}, when: ${literal(when)} },\n`,
  );
  return [
    `  ${literal(clause.id)}: {\n`,
    `    chapter: ${literal(chapter.name)},\n`,
    `    rule: ${literal(clause.rule)},\n`,
    variants.length === 0 ? '    variants: undefined,\n' : `    variants: {\n${variants.join('')}    },\n`,
    `    sources: ${literal(clause.sources)},\n`,
    `    generated: ${clause.notGenerated === undefined ? true : literal(clause.notGenerated)},\n`,
    '  },\n',
  ].join('');
}

/** The text of clauses.ts, clauses in the order of the chapters. */
export function clausesModule(chapters: readonly Chapter[]): string {
  return HEAD + chapters.map((chapter) => chapter.clauses.map((clause) => clauseText(chapter, clause)).join('')).join('') + TAIL;
}

if (import.meta.main) {
  try {
    writeFileSync(CLAUSES_FILE, clausesModule(readChapters()));
  } catch (error) {
    if (!(error instanceof ChapterError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}

/** Reads the chapters of the specification: Markdown whose third-level headings are clauses. spec/README.md describes the form. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { DIALECTS, parseConditions } from './dialects/condition.ts';
import { parseProgram } from './language/parser.ts';
import type { Program } from './language/program.ts';
import { ProgramSyntaxError } from './language/syntax-error.ts';

/** One way in which systems legitimately behave. */
export interface ChapterVariant {
  readonly name: string;
  readonly text: string;
  /** Dialects and conditions, as condition.ts reads them. */
  readonly when: string;
}

export interface Example {
  /** Line of its first step in the chapter's file, from 1. */
  readonly line: number;
  readonly text: string;
  readonly program: Program;
}

export interface Clause {
  readonly id: string;
  /** Line of its heading, from 1. */
  readonly line: number;
  readonly rule: string;
  /** Empty where the clause leaves no choice. */
  readonly variants: readonly ChapterVariant[];
  readonly sources: string;
  /** Why the generator cannot exercise it; absent where it can. */
  readonly notGenerated?: string;
  readonly notes: readonly string[];
  readonly examples: readonly Example[];
}

export interface Chapter {
  readonly name: string;
  readonly file: string;
  /** What the ids of its clauses may start with. */
  readonly groups: readonly string[];
  readonly introduction: string;
  readonly clauses: readonly Clause[];
}

export interface ChapterProblem {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/** Everything that is wrong with the chapters, one line each. */
export class ChapterError extends Error {
  override readonly name = 'ChapterError';
  readonly problems: readonly ChapterProblem[];

  constructor(problems: readonly ChapterProblem[]) {
    super(problems.map(({ file, line, message }) => `${file}:${line}: ${message}`).join('\n'));
    this.problems = problems;
  }
}

const CHAPTERS_FOLDER = fileURLToPath(new URL('./chapters/', import.meta.url));
const CLAUSE_ID = /^([a-z][a-z0-9_]*)(\.[a-z0-9][a-z0-9-]*)+$/;

/**
 * All chapters of a folder, in order of their names.
 * @throws ChapterError with every problem of every chapter
 */
export function readChapters(folder: string = CHAPTERS_FOLDER): readonly Chapter[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.md'));
  return parseChapters(files.sort().map((file) => ({ file, text: readFileSync(`${folder}/${file}`, 'utf8') })));
}

/** The same from texts. @throws ChapterError */
export function parseChapters(sources: readonly { readonly file: string; readonly text: string }[]): readonly Chapter[] {
  const problems: ChapterProblem[] = [];
  const chapters = sources.map(({ file, text }) => new ChapterReader(file, text, problems).read());
  const places = new Map<string, string>();
  for (const { file, clauses } of chapters) {
    for (const { id, line } of clauses) {
      const earlier = places.get(id);
      if (earlier !== undefined) problems.push({ file, line, message: `\`${id}\` is already the id of a clause in ${earlier}` });
      places.set(id, `${file}:${line}`);
    }
  }
  if (problems.length > 0) throw new ChapterError(problems);
  return chapters;
}

/** A run of lines of one kind: a heading, a paragraph, a list item or a fenced block. Lines count from 1. */
interface Block {
  readonly kind: 'heading' | 'paragraph' | 'item' | 'fence';
  readonly line: number;
  /** Headings: their level. Fences: their info string. Otherwise ''. */
  readonly info: string;
  readonly text: string;
}

class ChapterReader {
  private readonly file: string;
  private readonly lines: readonly string[];
  private readonly problems: ChapterProblem[];

  constructor(file: string, text: string, problems: ChapterProblem[]) {
    this.file = file;
    this.lines = text.split(/\r?\n/);
    this.problems = problems;
  }

  private problem(line: number, message: string): void {
    this.problems.push({ file: this.file, line, message });
  }

  read(): Chapter {
    const name = this.file.replace(/\.md$/, '');
    const blocks = this.blocks();
    const title = blocks[0];
    if (title?.kind !== 'heading' || title.info !== '#' || title.text !== name)
      this.problem(title?.line ?? 1, `a chapter starts with \`# ${name}\``);
    const starts = blocks.flatMap((block, i) => (block.kind === 'heading' && block.info === '###' ? [i] : []));
    const opening = blocks.slice(1, starts[0]);
    const groups = this.groups(name, opening);
    const introduction = opening.flatMap((b) => (b.kind === 'heading' || label(b) === 'Groups' ? [] : [b.text])).join('\n\n');
    if (introduction === '') this.problem(1, 'a chapter starts with a few sentences on its subject');
    if (starts.length === 0) this.problem(1, 'a chapter has clauses: headings such as `### munmap.length-zero`');
    const clauses = starts.map((start, i) => this.clause(blocks.slice(start, starts[i + 1]), groups));
    return { name, file: this.file, groups, introduction, clauses };
  }

  private groups(name: string, opening: readonly Block[]): readonly string[] {
    const listed = opening.find((block) => label(block) === 'Groups');
    return listed === undefined ? [name] : [name, ...body(listed).split(/[\s,]+/)];
  }

  /** The blocks from a clause's heading up to the next clause; a second-level heading and what follows it are the chapter's own prose. */
  private clause(blocks: readonly Block[], groups: readonly string[]): Clause {
    const [heading, ...rest] = blocks as [Block, ...Block[]];
    const { line, text: id } = heading;
    const group = CLAUSE_ID.exec(id)?.[1];
    if (group === undefined) this.problem(line, `\`${id}\` is not a clause id such as munmap.length-zero`);
    else if (!groups.includes(group)) this.problem(line, `\`${id}\` starts with none of ${groups.join(', ')}`);
    const section = rest.findIndex((block) => block.kind === 'heading');
    const rule: string[] = [];
    const variants: ChapterVariant[] = [];
    const notes: string[] = [];
    const examples: Example[] = [];
    let sources = '';
    let notGenerated: string | undefined;
    let items = 0;
    for (const block of rest.slice(0, section < 0 ? undefined : section)) {
      const what = label(block);
      if (block.kind === 'fence') this.example(block, examples);
      else if (block.kind === 'item') {
        items++;
        this.variant(block, variants);
      } else if (what === 'Sources') sources = body(block);
      else if (what === 'Not generated') notGenerated = body(block);
      else if (what === 'Note') notes.push(body(block));
      else if (sources !== '' || items > 0 || examples.length > 0)
        this.problem(block.line, 'the rule comes first; a remark starts with `Note:`');
      else rule.push(block.text);
    }
    if (rule.length === 0) this.problem(line, `\`${id}\` has no rule`);
    if (items === 1) this.problem(line, `\`${id}\` has one variant: a choice has at least two`);
    if (sources === '') this.problem(line, `\`${id}\` has no \`Sources:\``);
    if (notGenerated === '') this.problem(line, `\`${id}\` does not say why it is not generated`);
    if (examples.length === 0 && notGenerated === undefined) this.problem(line, `\`${id}\` has no example`);
    return { id, line, rule: rule.join(' '), variants, sources, ...(notGenerated === undefined ? {} : { notGenerated }), notes, examples };
  }

  /** - `name`: what happens. *(dialects and conditions)* */
  private variant(block: Block, variants: ChapterVariant[]): void {
    const match = /^`([a-z0-9-]+)`: (.+?) \*\(([^()]*)\)\*$/.exec(block.text);
    if (match === null) {
      this.problem(block.line, 'a variant is written - `name`: what happens. *(dialects)*');
      return;
    }
    const [, name = '', text = '', when = ''] = match;
    const conditions = parseConditions(when);
    if (typeof conditions === 'string') this.problem(block.line, conditions);
    if (variants.some((variant) => variant.name === name)) this.problem(block.line, `\`${name}\` is already a variant of this clause`);
    variants.push({ name, text, when });
  }

  private example(block: Block, examples: Example[]): void {
    if (block.info !== 'vkt') {
      this.problem(block.line, 'an example is a block of `vkt`');
      return;
    }
    const line = block.line + 1;
    try {
      const program = parseProgram(block.text, { file: this.file });
      const { dialect } = program;
      if (dialect !== undefined && !DIALECTS.some((known) => known === dialect)) this.problem(line, `unknown dialect \`${dialect}\``);
      if (!program.steps.some((step) => step.expect !== undefined)) this.problem(line, 'the example expects nothing');
      examples.push({ line, text: block.text, program });
    } catch (error) {
      if (!(error instanceof ProgramSyntaxError)) throw error;
      this.problem(block.line + error.line, `${error.column}: expected ${error.expected}, found ${error.found}`);
    }
  }

  private blocks(): readonly Block[] {
    const blocks: Block[] = [];
    let open: { kind: 'paragraph' | 'item'; line: number; lines: string[] } | undefined;
    const close = (): void => {
      if (open !== undefined) blocks.push({ kind: open.kind, line: open.line, info: '', text: open.lines.join(' ') });
      open = undefined;
    };
    for (let i = 0; i < this.lines.length; i++) {
      const text = this.lines[i]!.trim();
      const line = i + 1;
      const heading = /^(#+) +(.*)$/.exec(text);
      if (text === '') close();
      else if (text.startsWith('```')) {
        close();
        const end = this.lines.findIndex((other, at) => at > i && other.trim() === '```');
        if (end < 0) this.problem(line, 'this block is never closed');
        const last = end < 0 ? this.lines.length : end;
        blocks.push({ kind: 'fence', line, info: text.slice(3).trim(), text: this.lines.slice(i + 1, last).join('\n') });
        i = last;
      } else if (heading !== null) {
        close();
        blocks.push({ kind: 'heading', line, info: heading[1]!, text: heading[2]!.replaceAll('`', '') });
      } else if (text.startsWith('- ')) {
        close();
        open = { kind: 'item', line, lines: [text.slice(2)] };
      } else if (open !== undefined && LABEL.exec(text) === null) open.lines.push(text);
      else {
        close();
        open = { kind: 'paragraph', line, lines: [text] };
      }
    }
    close();
    return blocks;
  }
}

/** The words that give a paragraph a meaning of its own. */
const LABEL = /^(Groups|Sources|Not generated|Note): */;

function label(block: Block): string | undefined {
  return block.kind === 'paragraph' ? LABEL.exec(block.text)?.[1] : undefined;
}

const body = (block: Block): string => block.text.replace(LABEL, '').trim();

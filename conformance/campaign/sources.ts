/** Programs that a run starts with before it generates: the examples of the specification, and what earlier runs saved. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readChapters } from '../../spec/chapters.ts';
import { type Program, parseProgram } from '../../spec/language/index.ts';
import { packageRoot } from '../package-root.ts';

/** The examples of the chapters that speak of the dialect, or of none in particular. */
export function examplePrograms(dialect: string): Program[] {
  return readChapters()
    .flatMap((chapter) => chapter.clauses)
    .flatMap((clause) => clause.examples)
    .map((example) => example.program)
    .filter((program) => program.dialect === undefined || program.dialect === dialect);
}

/**
 * The `.vkt` files of the corpus that comes with the tool, and of the findings folder of an earlier report (first, for what failed once fails
 * again). A file that no longer parses is passed to `onBroken`.
 */
export function savedPrograms(reportFolder: string, onBroken: (file: string, error: Error) => void): Program[] {
  const folders = [join(reportFolder, 'findings'), join(packageRoot(), 'conformance/corpus')];
  const programs: Program[] = [];
  for (const folder of folders) {
    if (!existsSync(folder)) continue;
    for (const name of readdirSync(folder)
      .filter((file) => file.endsWith('.vkt'))
      .sort()) {
      const file = join(folder, name);
      try {
        programs.push(parseProgram(readFileSync(file, 'utf8'), { file }));
      } catch (error) {
        onBroken(file, error as Error);
      }
    }
  }
  return programs;
}

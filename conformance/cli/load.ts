/** Programs that a user names: files, tokens, standard input. */
import { readFileSync } from 'node:fs';
import { decodeToken, type Program, ProgramSyntaxError, parseProgram, TokenError } from '../../spec/language/index.ts';
import { wrongUsage } from './failure.ts';

/** A program and what to call it. */
export interface Named {
  readonly name: string;
  readonly program: Program;
}

/** Reads a `.vkt` file, `-` for standard input, or a token (`vk1-…`). @throws Failure that says what is wrong and where */
export function loadProgram(source: string): Named {
  try {
    if (source.startsWith('vk1-')) return { name: 'token', program: decodeToken(source) };
    const text = readFileSync(source === '-' ? 0 : source, 'utf8');
    return { name: source === '-' ? 'standard input' : source, program: parseProgram(text, { file: source }) };
  } catch (error) {
    if (error instanceof ProgramSyntaxError || error instanceof TokenError) throw wrongUsage(error.message);
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT')
      throw wrongUsage(
        `${source}: there is no such file. Give a .vkt file, a token that a report printed (vk1-…), or - for standard input.`,
      );
    if (code === 'EISDIR') throw wrongUsage(`${source} is a folder. Give its .vkt files one by one, such as ${source}/*.vkt.`);
    if (code !== undefined) throw wrongUsage(`${source} cannot be read (${code}).`);
    throw error;
  }
}

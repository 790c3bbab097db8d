/** A program as one word, to be passed on by mail or on a command line: `vk1-` and its deflated text in base64url. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { parseProgram } from './parser.ts';
import { formatProgram } from './printer.ts';
import type { Program } from './program.ts';

const PREFIX = 'vk1-';
/** Bound of a program's text, so that a short token cannot unfold to fill the memory. */
const TEXT_BYTES_MAX = 1024 * 1024;

/** What is not the token of a program. `cause` tells more where there is more. */
export class TokenError extends Error {
  override readonly name = 'TokenError';
}

/** @throws TokenError if the text of the program is longer than 1 MiB */
export function encodeToken(program: Program): string {
  const text = Buffer.from(formatProgram(program));
  if (text.length > TEXT_BYTES_MAX) throw new TokenError(`a program of ${text.length} bytes is too long for a token`);
  return PREFIX + deflateRawSync(text, { level: 9 }).toString('base64url');
}

/** @throws TokenError and nothing else */
export function decodeToken(token: string): Program {
  if (!token.startsWith(PREFIX)) throw new TokenError(`a token starts with ${PREFIX}`);
  const encoded = token.slice(PREFIX.length);
  if (!/^[\w-]+$/.test(encoded)) throw new TokenError('a token consists of letters, digits, - and _');
  let text: string;
  try {
    text = inflateRawSync(Buffer.from(encoded, 'base64url'), { maxOutputLength: TEXT_BYTES_MAX }).toString();
  } catch (cause) {
    throw new TokenError('the token is damaged: it cannot be unpacked', { cause });
  }
  try {
    return parseProgram(text, { file: 'token' });
  } catch (cause) {
    throw new TokenError(`the token is damaged: it does not hold a program (${(cause as Error).message.split('\n')[0]})`, { cause });
  }
}

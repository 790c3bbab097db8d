/** The program language: its types, its numbers, and how programs are written, read and passed on. */
export * from './call.ts';
export * from './constants.ts';
export * from './outcome.ts';
export { parseProgram } from './parser.ts';
export {
  expectationOf,
  formatCall,
  formatExpectation,
  formatOutcome,
  formatProgram,
  formatStep,
  formatValue,
  plainValue,
} from './printer.ts';
export * from './program.ts';
export { ProgramSyntaxError } from './syntax-error.ts';
export { decodeToken, encodeToken, TokenError } from './token.ts';

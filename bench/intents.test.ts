import fc from 'fast-check';
import { expect, it } from 'vitest';
import { defaultHost } from '../conformance/generate/default-host.ts';
import { resolveDialect } from '../spec/dialects/dialect.ts';
import { CALL_KINDS, formatProgram, parseProgram } from '../spec/language/index.ts';
import { intentPrograms } from './intents.ts';

const options = { host: defaultHost, choices: resolveDialect('linux', defaultHost), stepsMin: 8, stepsMax: 36, calls: CALL_KINDS };

it('intents become programs that are read back, of all calls', () => {
  const made = new Set<string>();
  fc.assert(
    fc.property(intentPrograms(options), (program) => {
      for (const { call } of program.steps) made.add(call.kind);
      expect(parseProgram(formatProgram(program))).toEqual(program);
    }),
    { numRuns: 1000, seed: 1 },
  );
  expect([...made].sort()).toEqual([...CALL_KINDS].sort());
});

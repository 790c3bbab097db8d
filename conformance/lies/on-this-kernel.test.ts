import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resolveDialect } from '../../spec/dialects/dialect.ts';
import { parseProgram } from '../../spec/language/parser.ts';
import { checkTrace, type Law, signature } from '../check/check-trace.ts';
import { minimize } from '../minimize/minimize.ts';
import { linuxTarget } from '../targets/linux.ts';
import type { Target } from '../targets/target.ts';
import { lyingTarget } from './lie.ts';
import { LIES } from './lies.ts';

let target: Target;
let law: Law;
beforeAll(async () => {
  target = await linuxTarget();
  law = { host: target.host, choices: resolveDialect('linux', target.host) };
});
afterAll(() => target.close());

/** Programs that show a lie, with much that has nothing to do with it. */
const LONG: Readonly<Record<string, string>> = {
  'munmap-three-pages': `
    mmap(arena+2p, 6p, rw, shared|anon|fixed)
    p1 = fork()
    store(arena+3p, 0x7777, 2)
    p1: load(arena+3p)
    mlock(arena+7p, 1p)
    munmap(arena+3p, 4p)
    load(arena+2p)`,
  'old-byte-comes-back': `
    a = mmap(0, 1p, rw, private|anon)
    mmap(arena, 4p, rw, private|anon|fixed)
    store(arena+2p+9, 0x5a5a, 2)
    store(a, 0x11)
    munmap(arena+1p, 2p)
    mprotect(a, 1p, r)
    mmap(arena+2p, 1p, rw, private|anon|fixed)
    load(a)
    load(arena+2p+9)`,
  'child-sees-later-store': `
    mmap(arena, 2p, rw, private|anon|fixed)
    store(arena, 0x1)
    p1 = fork()
    madvise(arena+1p, 1p, dontneed)
    p1: store(arena+1p, 0x2)
    store(arena+4, 0x5a)
    p1: load(arena+4)`,
};

describe('on this kernel', () => {
  it.each(Object.entries(LONG))('%s is shrunk to the shortest', async (name, text) => {
    const lie = LIES.find((candidate) => candidate.name === name)!;
    const liar = lyingTarget(target, lie);
    const program = parseProgram(text);
    const [trace] = await liar.run([program]);
    const [finding] = checkTrace(law, program, trace!, () => {}).findings;
    const budget = { seconds: 600, executions: 2000 };
    const shrunk = await minimize({ program, signature: signature(finding!), target: liar, law, budget });
    expect(shrunk.program.steps).toHaveLength(lie.shortest!);
    expect(shrunk).toMatchObject({ ending: 'minimal', deterministic: { hits: 5, of: 5 } });
  });
});

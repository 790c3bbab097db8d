/** Results for tests: one that a reader could meet, and arbitrary ones whose every text is hostile. */
import fc from 'fast-check';
import type { Divergence, Region, Result, ResultStep } from './result.ts';

const region = (start: string, pages: number, prot: string, kind: string, content?: string, ...flags: string[]): Region =>
  content === undefined ? { start, pages, prot, kind, flags } : { start, pages, prot, kind, flags, content };

const p0 = (...regions: Region[]): ResultStep['memory'] => [{ process: 'p0', regions }];

const C = `/* munmap.unmaps: a hole in the middle of a mapping */
#include <stdio.h>
#include <sys/mman.h>

int main(void)
{
\tchar *a = mmap(0, 4 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
\tprintf("%d\\n", munmap(a + 4096, 4096));
\treturn a[4096] == 0; /* a fault is expected */
}
`;

const HOLE: Divergence = {
  clause: 'munmap.unmaps',
  kind: 'diverges',
  count: 37,
  afterResync: false,
  program: `# dialect: linux
a = mmap(arena, 4p, rw, private|anon|fixed)
b = mmap(arena+8p, 2p, r, private|anon|fixed)
store(a+1p, 0x5a)
madvise(b, 2p, dontneed)
mprotect(a+2p, 1p, none)
munmap(a+1p, 1p)
load(a+1p)
load(b)
`,
  minimal: `# dialect: linux
a = mmap(arena, 4p, rw, private|anon|fixed) -> arena
store(a+1p, 0x5a)                           -> 0
munmap(a+1p, 1p)                            -> 0
load(a+1p)                                  -> SIGSEGV/MAPERR at arena+1p
`,
  token: 'vk1-q1aKzEtRslJQykwpUbJSMtFRSk0uKMlIVbJSMqwFAA',
  minimisation: { executions: 41, seconds: 0.83, steps: [8, 4], complete: true },
  deterministic: { hits: 20, of: 20 },
  expected: [{ clause: 'munmap.unmaps', text: 'SIGSEGV/MAPERR at arena+1p' }],
  observed: '0x5a',
  steps: [
    {
      text: 'a = mmap(arena, 4p, rw, private|anon|fixed)',
      observed: 'arena',
      verdict: 'conforms',
      clause: 'mmap.fixed',
      memory: p0(region('arena', 4, 'rw-', 'private anon', 'zeroes')),
    },
    {
      text: 'store(a+1p, 0x5a)',
      observed: '0',
      verdict: 'conforms',
      clause: 'access.store',
      memory: p0(
        region('arena', 1, 'rw-', 'private anon', 'zeroes'),
        region('arena+1p', 1, 'rw-', 'private anon', '0x5a'),
        region('arena+2p', 2, 'rw-', 'private anon', 'zeroes'),
      ),
    },
    {
      text: 'munmap(a+1p, 1p)',
      observed: '0',
      verdict: 'conforms',
      clause: 'munmap.unmaps',
      memory: p0(region('arena', 1, 'rw-', 'private anon', 'zeroes'), region('arena+2p', 2, 'rw-', 'private anon', 'zeroes')),
    },
    {
      text: 'load(a+1p)',
      observed: '0x5a',
      verdict: 'diverges',
      clause: 'munmap.unmaps',
      expected: [{ clause: 'munmap.unmaps', text: 'SIGSEGV/MAPERR at arena+1p' }],
      memory: p0(region('arena', 1, 'rw-', 'private anon', 'zeroes'), region('arena+2p', 2, 'rw-', 'private anon', 'zeroes')),
    },
  ],
  audit: [
    {
      process: 'p0',
      page: 'arena+1p',
      expected: [{ clause: 'munmap.unmaps', text: 'load SIGSEGV/MAPERR, store SIGSEGV/MAPERR' }],
      observed: 'load ok, store ok',
    },
  ],
  reproducer: { c: C },
};

const shared = (content: string) => region('arena+2p', 1, 'rw-', 'shared f0', content);

const FORK: Divergence = {
  clause: 'fork.private-copy',
  kind: 'diverges',
  count: 4,
  afterResync: true,
  program: 'a = mmap(0, 2p, rw, private|anon)\np1 = fork()\np1: store(a, 0x77)\nload(a)\n',
  minimal: `# dialect: linux
fd = open(f0, rdwr|creat)                          -> 0
ftruncate(fd, 3p)                                  -> 0
mmap(arena+2p, 1p, rw, shared|fixed, fd)           -> arena+2p
a = mmap(0, 64p, rw, private|anon)                 -> ok
mprotect(a+63p, 1p, r)                             -> 0
p1 = fork()                                        -> ok
p1: store(arena+2p, 0x11)                          -> 0
p1: store(a, 0x77)                                 -> 0
load(a)                                            -> 0
`,
  token: 'vk1-S7RSyM1NLCjKL8nXMNAxKtBRKKpUqEnMy88DAA',
  minimisation: { executions: 230, seconds: 30, steps: [61, 9], complete: false },
  deterministic: { hits: 7, of: 20 },
  expected: [
    { clause: 'fork.private-copy', text: '0' },
    { clause: 'access.load-unknown', text: 'any byte' },
  ],
  observed: '0x77',
  steps: [
    { text: 'fd = open(f0, rdwr|creat)', observed: '0', verdict: 'conforms', clause: 'open.lowest', memory: p0() },
    { text: 'ftruncate(fd, 3p)', observed: '0', verdict: 'conforms', clause: 'ftruncate.size', memory: p0() },
    {
      text: 'mmap(arena+2p, 1p, rw, shared|fixed, fd)',
      observed: 'arena+2p',
      verdict: 'conforms',
      clause: 'mmap.fixed',
      memory: p0(shared('zeroes')),
    },
    {
      text: 'a = mmap(0, 64p, rw, private|anon)',
      observed: 'a',
      verdict: 'conforms',
      clause: 'mmap.chooses',
      memory: p0(shared('zeroes'), region('a', 64, 'rw-', 'private anon', 'zeroes')),
    },
    {
      text: 'mprotect(a+63p, 1p, r)',
      observed: '0',
      verdict: 'variant',
      clause: 'mprotect.changes',
      expected: [{ clause: 'mprotect.changes', text: '0' }],
      memory: p0(
        shared('zeroes'),
        region('a', 63, 'rw-', 'private anon', 'zeroes', 'locked'),
        region('a+63p', 1, 'r--', 'private anon', 'zeroes'),
      ),
    },
    ...(['p1 = fork()', 'p1: store(arena+2p, 0x11)', 'p1: store(a, 0x77)', 'load(a)'] as const).map(
      (text, i): ResultStep => ({
        text,
        observed: i === 0 ? 'ok' : i === 3 ? '0x77' : '0',
        verdict: i === 3 ? 'diverges' : i === 2 ? 'undecided' : 'conforms',
        clause: i === 3 ? 'fork.private-copy' : 'fork.copies',
        ...(i === 3 ? { expected: [{ clause: 'fork.private-copy', text: '0' }] } : {}),
        memory: ['p0', 'p1'].map((process) => ({
          process,
          regions: [
            shared(i >= 1 ? '0x11' : 'zeroes'),
            ...(process === 'p1' && i >= 2
              ? [region('a', 1, 'rw-', 'private anon', '0x77')]
              : [region('a', 1, 'rw-', 'private anon', 'zeroes')]),
            region('a+1p', 62, 'rw-', 'private anon', 'zeroes'),
            region('a+63p', 1, 'r--', 'private anon', 'zeroes'),
          ],
        })),
      }),
    ),
  ],
  reproducer: { c: C },
};

const VARIANT: Divergence = {
  ...HOLE,
  clause: 'madvise.hole',
  choice: 'madvise.hole',
  variant: 'skipped',
  kind: 'variant',
  count: 1290,
  minimal: 'mmap(arena, 1p, r, private|anon|fixed)\nmmap(arena+2p, 1p, rwx, private|anon|fixed)\nmadvise(arena, 3p, dontneed) -> ENOMEM\n',
  token: 'vk1-c0nTMFAoLsnPTdUwKjDQUShKTFEoyShVyC8tAQA',
  expected: [{ clause: 'madvise.hole', text: 'ENOMEM' }],
  observed: '0',
  audit: [],
  steps: [
    {
      text: 'mmap(arena, 1p, r, private|anon|fixed)',
      observed: 'arena',
      verdict: 'conforms',
      clause: 'mmap.fixed',
      memory: p0(region('arena', 1, 'r--', 'private anon')),
    },
    {
      text: 'mmap(arena+2p, 1p, rwx, private|anon|fixed)',
      observed: 'arena+2p',
      verdict: 'conforms',
      clause: 'mmap.fixed',
      memory: p0(region('arena', 1, 'r--', 'private anon'), region('arena+2p', 1, 'rwx', 'private anon')),
    },
    {
      text: 'madvise(arena, 3p, dontneed)',
      observed: '0',
      verdict: 'variant',
      clause: 'madvise.hole',
      expected: [{ clause: 'madvise.hole', text: 'ENOMEM' }],
      memory: p0(region('arena', 1, 'r--', 'private anon'), region('arena+2p', 1, 'rwx', 'private anon')),
    },
  ],
};

const CHAPTERS = ['access', 'fork', 'madvise', 'mmap', 'mprotect', 'mremap', 'munmap', 'open', 'ftruncate', 'brk', 'mlock', 'shm'];

function exampleClauses(count: number): Result['clauses'] {
  const entries: [string, { exercised: number; diverged: number }][] = [
    ['munmap.unmaps', { exercised: 48_210, diverged: 37 }],
    ['fork.private-copy', { exercised: 9_117, diverged: 4 }],
    ['madvise.hole', { exercised: 21_400, diverged: 1290 }],
    ['mremap.dontunmap-shared', { exercised: 0, diverged: 0 }],
  ];
  for (let i = 0; entries.length < count; i++) {
    entries.push([`${CHAPTERS[i % CHAPTERS.length]}.rule-${i}`, { exercised: (i * 7919) % 90_000, diverged: 0 }]);
  }
  return Object.fromEntries(entries);
}

/** A run with three findings of different kinds, something undecided and something lost. */
export function exampleResult(clauses = 60): Result {
  return {
    schema: 1,
    tool: { name: 'vkconform', version: '0.1.0' },
    target: { name: 'linux', system: 'Linux', version: '6.18.44', machine: 'x86_64', privileged: false, host: { fileSystem: 'tmpfs' } },
    dialect: 'linux',
    seed: 1234567,
    startedAt: '2026-11-23T07:40:12Z',
    options: { time: '60s', calls: ['mmap', 'munmap'], workers: 2 },
    programs: 203_118,
    steps: 4_061_904,
    seconds: 78.4,
    stepsPerSecond: 51_810,
    clauses: exampleClauses(clauses),
    choices: { 'madvise.hole': 'skipped', 'munmap.length-zero': 'einval' },
    divergences: [HOLE, FORK, VARIANT],
    undecided: [{ reason: 'more than 64 possible worlds', count: 3, program: 'a = mmap(0, 4p, rw, private|anon)\nmadvise(a, 4p, free)\n' }],
    undecidedPrograms: 3,
    lost: { programs: 2, reasons: [{ why: 'the agent died of SIGKILL', count: 2, program: 'mlockall(future)\n' }] },
    quirks: [{ clause: 'brk.limit', reason: 'older kernels counted the stack', link: 'https://example.org/brk?a=1&b=2', count: 0 }],
  };
}

/** The same without a finding. */
export function conformingResult(): Result {
  const { quirks: _quirks, ...rest } = exampleResult();
  const clauses = Object.fromEntries(Object.entries(rest.clauses).map(([id, { exercised }]) => [id, { exercised, diverged: 0 }]));
  return {
    ...rest,
    clauses,
    choices: { 'munmap.length-zero': 'einval' },
    divergences: [],
    undecided: [],
    undecidedPrograms: 0,
    lost: { programs: 0, reasons: [] },
  };
}

const ATTACKS = [
  ...[
    '<script>alert(1)</script>',
    '</script><img src=x onerror=alert(1)>',
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    ']]>',
    '<!--',
  ],
  ...[
    '```\n# heading',
    '`` ` ``',
    '|',
    '\\|',
    'a\\',
    '[x](javascript:alert(1))',
    '![x](//evil/x)',
    '@everyone #1',
    '$x$',
    ':x:',
    '<b>',
    '&lt;',
  ],
  ...[
    'javascript:alert(1)',
    'https://example.org/?a="b"',
    '\u2028',
    '\u202egpj',
    '\ud800',
    '\0',
    '\x1b[31m',
    '\r\n',
    '\ufffe',
    '😀',
    '~~~',
    '---',
  ],
  ...[
    '__proto__',
    'constructor',
    '</pre>',
    '</title>',
    '</style>',
    '-->',
    '\n\n',
    '    x',
    '- x',
    '1. x',
    '| a | b |\n| - | - |',
    'arena+2p',
    'rw-',
  ],
];

/** A text that tries to be something else. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...ATTACKS),
  fc
    .array(fc.oneof(fc.constantFrom(...ATTACKS), fc.string({ unit: 'binary', maxLength: 4 })), { maxLength: 4 })
    .map((parts) => parts.join('')),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
);

const count = fc.oneof(fc.nat(5), fc.maxSafeNat());
const quantity = fc.oneof(fc.nat(1000), fc.double({ min: 0, max: 1e12, noNaN: true })).map((n) => (Object.is(n, -0) ? 0 : n));
const few = <T>(item: fc.Arbitrary<T>) => fc.array(item, { maxLength: 3 });
const dictionary = <T>(value: fc.Arbitrary<T>) =>
  fc.dictionary(
    hostileText.filter((key) => !['__proto__', 'prototype', 'constructor'].includes(key)),
    value,
    { maxKeys: 4, noNullPrototype: true },
  );

/** Any result that the schema admits, built of the given texts. */
export function results(text: fc.Arbitrary<string> = hostileText): fc.Arbitrary<Result> {
  const allowed = fc.record({ clause: text, text });
  const place = fc.oneof(text, fc.constantFrom('arena', 'arena+2p', 'arena+99999999p', 'a-1p', 'heap'));
  const regions = fc.record(
    { start: place, pages: count, prot: fc.oneof(text, fc.constantFrom('rw-', 'r--', '---')), kind: text, flags: few(text), content: text },
    { requiredKeys: ['start', 'pages', 'prot', 'kind', 'flags'] },
  );
  const step = fc.record(
    {
      text,
      observed: text,
      verdict: fc.constantFrom('conforms', 'variant', 'diverges', 'undecided', 'unchecked'),
      clause: text,
      expected: few(allowed),
      memory: few(fc.record({ process: text, regions: few(regions) })),
    },
    { requiredKeys: ['text', 'observed', 'verdict', 'memory'] },
  );
  const divergence = fc.record(
    {
      clause: text,
      choice: text,
      variant: text,
      kind: fc.constantFrom('diverges', 'variant'),
      count,
      afterResync: fc.boolean(),
      program: text,
      minimal: text,
      token: text,
      minimisation: fc.record({ executions: count, seconds: quantity, steps: fc.tuple(count, count), complete: fc.boolean() }),
      deterministic: fc.record({ hits: count, of: count }),
      expected: few(allowed),
      observed: text,
      steps: few(step),
      audit: few(fc.record({ process: text, page: text, expected: few(allowed), observed: text })),
      reproducer: fc.record({ c: text }),
    },
    {
      requiredKeys: [
        ...(['clause', 'kind', 'count', 'afterResync', 'program', 'minimal', 'token', 'minimisation', 'deterministic'] as const),
        ...(['expected', 'observed', 'steps', 'reproducer'] as const),
      ],
    },
  );
  return fc.record(
    {
      schema: fc.constant(1 as const),
      tool: fc.record({ name: text, version: text }),
      target: fc.record(
        { name: text, system: text, version: text, machine: text, privileged: fc.boolean(), host: dictionary(text) },
        { requiredKeys: ['name', 'system', 'version', 'machine', 'privileged'] },
      ),
      dialect: text,
      seed: fc.maxSafeInteger().map((n) => (Object.is(n, -0) ? 0 : n)),
      startedAt: fc.constant('2026-11-23T07:40:12Z'),
      options: dictionary(fc.oneof(text, quantity, fc.boolean(), few(text))),
      programs: count,
      steps: count,
      seconds: quantity,
      stepsPerSecond: quantity,
      clauses: dictionary(fc.record({ exercised: count, diverged: count })),
      choices: dictionary(text),
      divergences: few(divergence),
      undecided: few(fc.record({ reason: text, count, program: text })),
      undecidedPrograms: count,
      lost: fc.record({ programs: count, reasons: few(fc.record({ why: text, count, program: text })) }),
      notRun: text,
      quirks: few(
        fc.record({ clause: text, variant: text, reason: text, link: text, count }, { requiredKeys: ['clause', 'reason', 'count'] }),
      ),
    },
    {
      requiredKeys: [
        ...(['schema', 'tool', 'target', 'dialect', 'seed', 'startedAt', 'options', 'programs', 'steps', 'seconds'] as const),
        ...(['stepsPerSecond', 'clauses', 'choices', 'divergences', 'undecided', 'undecidedPrograms', 'lost'] as const),
      ],
      noNullPrototype: true,
    },
  );
}

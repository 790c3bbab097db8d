import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ChapterError, parseChapters } from './chapters.ts';
import { clausesModule } from './generate-clauses.ts';
import { parseProgram } from './language/parser.ts';

const GOOD = `# hole
Groups: pit, trench

What holes are.
In two lines.

## Shape

Round, \`mostly\`.

### hole.deep
A hole is
deep.

Sources: hole(7), DEPTH;
Linux mm/hole.c.
Note: some are not.

\`\`\`vkt
# dialect: linux
fork() -> ok
\`\`\`

\`\`\`vkt
exit() -> exited
\`\`\`

## Rims

Holes have rims.

### pit.rim.colour
The rim has a colour.
- \`red\`: it is "red",
  or it's pink. *(linux>=6.1, linux<6.1 privileged)*
- \`blue-2\`: it is blue (or not). *(dragonfly)*

Sources: none but this.
Not generated: the notation has no colours.
`;

const parse = (text: string, file = 'hole.md') => parseChapters([{ file, text }]);

function problemsOf(text: string): readonly string[] {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof ChapterError) return error.message.split('\n');
    throw error;
  }
  return [];
}

test('a chapter is read with all its parts', () => {
  expect(parse(GOOD)).toMatchObject([
    {
      name: 'hole',
      file: 'hole.md',
      groups: ['hole', 'pit', 'trench'],
      introduction: 'What holes are. In two lines.\n\nRound, `mostly`.',
      clauses: [
        {
          id: 'hole.deep',
          line: 11,
          rule: 'A hole is deep.',
          variants: [],
          sources: 'hole(7), DEPTH; Linux mm/hole.c.',
          notes: ['some are not.'],
          examples: [
            { line: 20, text: '# dialect: linux\nfork() -> ok', program: { dialect: 'linux' } },
            { line: 25, text: 'exit() -> exited' },
          ],
        },
        {
          id: 'pit.rim.colour',
          rule: 'The rim has a colour.',
          variants: [
            { name: 'red', text: 'it is "red", or it\'s pink.', when: 'linux>=6.1, linux<6.1 privileged' },
            { name: 'blue-2', text: 'it is blue (or not).', when: 'dragonfly' },
          ],
          sources: 'none but this.',
          notGenerated: 'the notation has no colours.',
          examples: [],
        },
      ],
    },
  ]);
  expect(parse(GOOD)[0]?.clauses[0]).not.toHaveProperty('notGenerated');
});

test('line ends of any kind give the same chapter', () => {
  expect(parse(GOOD.replaceAll('\n', '\r\n'))).toEqual(parse(GOOD));
});

describe('problems are reported with file and line', () => {
  test.each<[what: string, edit: (text: string) => string, problems: readonly string[]]>([
    ['a wrong title', (t) => t.replace('# hole', '# whole'), ['hole.md:1: a chapter starts with `# hole`']],
    [
      'no introduction',
      (t) => t.replace(/What holes[\s\S]*?mostly`\.\n/, ''),
      ['hole.md:1: a chapter starts with a few sentences on its subject'],
    ],
    ['no clauses', (t) => t.replace(/###[\s\S]*/, ''), ['hole.md:1: a chapter has clauses: headings such as `### munmap.length-zero`']],
    [
      'an id of another group',
      (t) => t.replace('hole.deep', 'cave.deep'),
      ['hole.md:11: `cave.deep` starts with none of hole, pit, trench'],
    ],
    ['an id that is none', (t) => t.replace('hole.deep', 'Deep'), ['hole.md:11: `Deep` is not a clause id such as munmap.length-zero']],
    [
      'a duplicate id',
      (t) => t.replace('pit.rim.colour', 'hole.deep'),
      ['hole.md:32: `hole.deep` is already the id of a clause in hole.md:11'],
    ],
    ['no rule', (t) => t.replace('A hole is\ndeep.', ''), ['hole.md:11: `hole.deep` has no rule']],
    ['no sources', (t) => t.replace('Sources: hole', 'Note: hole'), ['hole.md:11: `hole.deep` has no `Sources:`']],
    ['no example', (t) => t.replaceAll(/```vkt[\s\S]*?```\n/g, ''), ['hole.md:11: `hole.deep` has no example']],
    [
      'no reason',
      (t) => t.replace('the notation has no colours.', ''),
      ['hole.md:32: `pit.rim.colour` does not say why it is not generated'],
    ],
    ['one variant', (t) => t.replace(/- `blue.*\n/, ''), ['hole.md:32: `pit.rim.colour` has one variant: a choice has at least two']],
    [
      'a variant without a dialect',
      (t) => t.replace(' *(dragonfly)*', ''),
      ['hole.md:36: a variant is written - `name`: what happens. *(dialects)*'],
    ],
    [
      'an unknown dialect',
      (t) => t.replace('*(dragonfly)*', '*(plan9)*'),
      ['hole.md:36: unknown dialect `plan9`: linux, dragonfly, freebsd, netbsd are known'],
    ],
    ['an unknown condition', (t) => t.replace('privileged)', 'lucky)'), ['hole.md:34: unknown condition `lucky`']],
    ['a variant twice', (t) => t.replace('`blue-2`', '`red`'), ['hole.md:36: `red` is already a variant of this clause']],
    [
      'a remark without its word',
      (t) => t.replace('Note: some', '\nBut some'),
      ['hole.md:18: the rule comes first; a remark starts with `Note:`'],
    ],
    ['another block', (t) => t.replace('```vkt\nexit() -> exited', '```sh\nexit'), ['hole.md:24: an example is a block of `vkt`']],
    ['an open block', (t) => `${t}\`\`\`vkt\nfork() -> ok\n`, ['hole.md:40: this block is never closed']],
    [
      'an example that does not parse',
      (t) => t.replace('exit() ->', 'exit(1, 2) ->'),
      ['hole.md:25: 7: expected `)`, since exit takes one argument, found `,`'],
    ],
    ['an example in an unknown dialect', (t) => t.replace('dialect: linux', 'dialect: plan9'), ['hole.md:20: unknown dialect `plan9`']],
    ['an example that expects nothing', (t) => t.replace('exit() -> exited', 'exit()'), ['hole.md:25: the example expects nothing']],
  ])('%s', (_, edit, problems) => {
    expect(edit(GOOD)).not.toBe(GOOD);
    expect(problemsOf(edit(GOOD))).toEqual(problems);
  });

  test('all problems of all chapters at once', () => {
    const other = { file: 'mine.md', text: '' };
    expect(() => parseChapters([{ file: 'hole.md', text: GOOD.replace('deep\n', 'deep.\n') }, other])).toThrow(
      /^hole\.md:11: .*\nmine\.md:1: a chapter starts with `# mine`\nmine\.md:1: .*\nmine\.md:1: /,
    );
  });

  test('an id is one clause in all chapters', () => {
    const again = { file: 'pit.md', text: GOOD.replace('# hole', '# pit').replace('Groups: pit, trench', 'Groups: hole') };
    expect(() => parseChapters([{ file: 'hole.md', text: GOOD }, again])).toThrow(
      'pit.md:11: `hole.deep` is already the id of a clause in hole.md:11\npit.md:32: `pit.rim.colour` is already the id of a clause in hole.md:32',
    );
  });
});

test('the clauses as a module', () => {
  expect(clausesModule(parse(GOOD))).toContain(`
  'hole.deep': {
    chapter: 'hole',
    rule: 'A hole is deep.',
    variants: undefined,
    sources: 'hole(7), DEPTH; Linux mm/hole.c.',
    generated: true,
  },
  'pit.rim.colour': {
    chapter: 'hole',
    rule: 'The rim has a colour.',
    variants: {
      'red': { text: "it is \\"red\\", or it's pink.", when: 'linux>=6.1, linux<6.1 privileged' },
      'blue-2': { text: 'it is blue (or not).', when: 'dragonfly' },
    },
    sources: 'none but this.',
    generated: 'the notation has no colours.',
  },
`);
});

/** The indented blocks of the README, by what they start with. */
function readmeBlock(start: string): string {
  const readme = readFileSync(new URL('./README.md', import.meta.url), 'utf8');
  const block = readme.split(/\n(?=\S)/).find((part) => part.includes(`\n    ${start}`)) ?? '';
  return block.slice(block.indexOf(`    ${start}`)).replaceAll(/^ {4}/gm, '');
}

test('the examples of the README are what it says they are', () => {
  expect(parse(readmeBlock('# madvise'), 'madvise.md')[0]?.clauses[0]?.variants.map((variant) => variant.name)).toEqual([
    'enomem-after-applying',
    'skipped',
  ]);
  expect(parseProgram(readmeBlock('# dialect: linux')).steps).toHaveLength(5);
});

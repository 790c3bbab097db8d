/** A program as a standalone C program for Linux. */
import { formatStep, type Program, RESULTS, type Step } from '../../../spec/language/index.ts';
import type { Alternative, Expected } from '../expected.ts';
import { statement, type Writer } from './calls.ts';
import { Constants } from './constants.ts';
import { assemble, type Shape } from './fragment.ts';
import { FRAME, STATE } from './frame.ts';
import { HELPERS } from './helpers.ts';
import { OUTCOMES, PLACES, PRINTS } from './outcomes.ts';
import { basesOf, comment, Names, stringLiteral, variablesOf } from './values.ts';

const { got, value, address, named, ...PREDICATES } = OUTCOMES;
/** All pieces, each after those that it needs. */
const FRAGMENTS = { ...PLACES, ...STATE, got, value, address, named, ...HELPERS, ...PREDICATES, ...PRINTS, ...FRAME };

/** Width of the column of steps in the print, at most. */
const COLUMN_MAX = 56;

/** Calls that wait where a pipe is in play, or that need the process that watches. */
const WATCHED = new Set(['fork', 'exit', 'wait', 'pipe', 'open', 'setrlimit', 'shmget']);

/** The program in C. @param title  one line; may be empty */
export function formatC(program: Program, expected: readonly Expected[], title: string): string {
  const needed = new Set([
    ...program.steps.flatMap(({ call }) => basesOf(call)),
    ...expected.flatMap(({ any }) => any?.flatMap((one) => ('base' in one ? [one.base] : [])) ?? []),
  ]);
  const shape = shapeOf(program, expected, needed);
  const names = new Names(shape.processes > 1 ? 'S->' : '', needed);
  const constants = new Constants();
  const wanted = new Set(['base', 'place', 'check', 'steps']);
  const headers = new Set<string>(['grp.h', 'sys/prctl.h', 'sys/stat.h']);
  const writer: Writer = {
    names,
    constants,
    use: (fragment) => wanted.add(fragment),
    include: (header) => headers.add(header),
  };
  if (shape.supervised) wanted.add('stops').add('supervise');
  if (shape.files.length > 0) wanted.add('directory');
  if (shape.files.length > 0 || shape.segments > 0) wanted.add('cleanUp');
  if (shape.segments > 0) headers.add('sched.h');

  const children = childrenOf(program);
  const body = program.steps.map((step, i) => writeStep(step, i, { shape, writer, expected: expected[i]!, children }));
  for (const base of names.bases) if (Object.hasOwn(PLACES, base)) wanted.add(base);
  if (wanted.has('heap')) headers.add('sys/syscall.h');
  const start = ['vm', 'vmdata'].filter((base) => wanted.has(base));
  if (start.length > 0) wanted.add('status');
  // Where any access may fault, its fault is printed.
  if (['load', 'store', 'execute', 'faulted'].some((id) => wanted.has(id))) wanted.add('printFault');

  const { includes, text } = assemble(
    { ...FRAGMENTS, steps: { code: () => stepTable(program, expected, shape, children) } },
    wanted,
    shape,
  );
  const local = shape.processes === 1 && shape.variables.length > 0;
  const locals = local ? `\tu64 ${shape.variables.map((name) => `${name} = -1ull`).join(', ')};\n` : '';
  const readings = start.map((base) => `\t${base} = from_status("${base === 'vm' ? 'VmSize:' : 'VmData:'}");\n`).join('');
  const shared = locals === '' && shape.variables.length > 0 ? `\t${shape.variables.map((name) => `S->${name} = `).join('')}-1ull;\n` : '';
  return [
    header(program, title),
    '#define _GNU_SOURCE\n',
    ...[...new Set([...includes, ...headers])].sort().map((name) => `#include <${name}>\n`),
    fallbacks(constants),
    text,
    mainProgram(shape, `${locals}${shared}${readings}${`${locals}${shared}${readings}` === '' ? '' : '\n'}${body.join('')}`),
  ].join('');
}

function shapeOf(program: Program, expected: readonly Expected[], needed: ReadonlySet<string>): Shape {
  const kinds = program.steps.map(({ call }) => call.kind);
  const files = program.steps.flatMap(({ call }) => (call.kind === 'open' || call.kind === 'unlink' ? [call.file] : []));
  const stops = expected.some(({ any }) => any?.some((one) => one.kind === 'stop' && one.how !== 'refused'));
  const processes = 1 + kinds.filter((kind) => kind === 'fork').length;
  return {
    supervised: stops || kinds.some((kind) => WATCHED.has(kind)),
    processes,
    variables: variablesOf(program, needed),
    addresses: program.steps.filter(({ result, call }) => result !== undefined && RESULTS[call.kind] === 'address').length,
    steps: program.steps.length,
    files: [...new Set(files)].sort((a, b) => a - b),
    segments: kinds.filter((kind) => kind === 'shmget').length,
    width: Math.min(COLUMN_MAX, Math.max(1, ...program.steps.map((step) => textOf(step).length))),
  };
}

/** The index of each process by its name; one without a name goes by the number of its step. */
function childrenOf(program: Program): ReadonlyMap<string, number> {
  const children = new Map([['p0', 0]]);
  for (const [i, { result, call }] of program.steps.entries()) if (call.kind === 'fork') children.set(result ?? String(i), children.size);
  return children;
}

function textOf({ process, result, call }: Step): string {
  return formatStep({ process, ...(result === undefined ? {} : { result }), call });
}

interface Surroundings {
  readonly shape: Shape;
  readonly writer: Writer;
  readonly expected: Expected;
  readonly children: ReadonlyMap<string, number>;
}

function writeStep(step: Step, index: number, { shape, writer, expected, children }: Surroundings): string {
  const { call, result, process } = step;
  const number = index + 1;
  const condition = expected.any === undefined ? '1' : conditionOf(step, expected.any, writer);
  const check = `check(${number}, ${condition});`;
  const turn = `turn(${children.get(process) ?? 0}, ${number})`;
  const note = `/* ${number}. ${comment(textOf(step))} */`;
  if (shape.processes > 1) writer.use('turn');
  switch (call.kind) {
    case 'fork': {
      writer.use('start');
      const name = result !== undefined && writer.names.isNeeded(result) ? `&${writer.names.variable(result)}` : 'NULL';
      return `\t${note}\n\tif (${turn} && start(${children.get(result ?? String(index))}, ${name})) ${check}\n`;
    }
    case 'exit': {
      writer.use('leave');
      const leave = `leave(${number}, ${call.status & 0xff});`;
      return shape.processes > 1 ? `\t${note}\n\tif (${turn}) ${leave}\n` : `\t${note}\n\t${leave}\n`;
    }
    default: {
      const lines = [statement(call, result, writer), check];
      if (shape.processes === 1) return `\t${note}\n${lines.map((line) => `\t${line}\n`).join('')}`;
      return `\tif (${turn}) { ${note}\n${lines.map((line) => `\t\t${line}\n`).join('')}\t}\n`;
    }
  }
}

/** Whether the outcome is one of those expected, as an expression. */
function conditionOf(step: Step, any: readonly Alternative[], writer: Writer): string {
  const conditions = new Set(any.map((alternative) => predicate(step, alternative, writer)));
  return conditions.size === 0 ? '0' : [...conditions].join(' || ');
}

function predicate({ call }: Step, alternative: Alternative, { names, constants, use }: Writer): string {
  switch (alternative.kind) {
    case 'ok':
      use('succeeded');
      return 'succeeded()';
    case 'number':
      use(call.kind === 'load' ? 'loaded' : 'gave');
      return `${call.kind === 'load' ? 'loaded' : 'gave'}(${names.value(alternative)})`;
    case 'errno':
      use('failed');
      return `failed(${constants.errno(alternative.errno)})`;
    case 'fault':
      use('faulted');
      return `faulted(${alternative.signal}, ${constants.code(alternative.signal, alternative.code)}, ${names.value(alternative)})`;
    case 'bytes':
      if (call.kind === 'load') {
        use('loaded');
        return `loaded(0x${alternative.bytes.toReversed().map(hex).join('')}ull)`;
      }
      use('resident');
      return `resident(${stringLiteral(alternative.bytes.map(hex).join(' '))})`;
    case 'pages':
      use('resident');
      return `resident(${stringLiteral(alternative.pages.join(' '))})`;
    case 'stop':
      use('stopped');
      return `stopped("${alternative.how}")`;
  }
}

const hex = (byte: number): string => byte.toString(16).padStart(2, '0');

/** The steps in words, for the print; where the program is watched, whose they are and which ways to stop are expected. */
function stepTable(program: Program, expected: readonly Expected[], shape: Shape, children: ReadonlyMap<string, number>): string {
  const rows = program.steps.map((step, i) => {
    const { any, text } = expected[i]!;
    const cells = [stringLiteral(textOf(step)), stringLiteral(text)];
    if (shape.supervised) {
      const stops = any?.flatMap((one) => (one.kind === 'stop' ? [one.how] : [])).join(' ') ?? '*';
      cells.push(String(children.get(step.process) ?? 0), `"${stops}"`);
    }
    return `\t{${cells.join(', ')}},\n`;
  });
  const members = shape.supervised
    ? '\tconst char *text, *expected;\n\tint process;\n\tconst char *stops;\n'
    : '\tconst char *text, *expected;\n';
  const count = shape.supervised ? `#define STEPS ${program.steps.length}u\n` : '';
  return `\n${count}static const struct {\n${members}} steps[] = {\n${rows.join('')}};\n`;
}

function header(program: Program, title: string): string {
  const heap = program.steps.some(({ call }) => call.kind === 'brk' || basesOf(call).includes('heap'));
  // Static, nothing of libc lies next to what the kernel places; but then libc's own data stand at the start of the heap.
  const how = heap ? 'cc -O2 -Wall -Wextra' : 'cc -O2 -Wall -Wextra -static';
  const lines = [
    ...(title === '' ? [] : [comment(title), '']),
    `Build with \`${how}\`. Prints what each step gives; exits with 1 when one of them gives something else than`,
    'expected, with 0 when all are as expected, with 2 when it could not run.',
  ];
  return `/*\n${lines.map((line) => (line === '' ? ' *\n' : ` * ${line}\n`)).join('')} */\n`;
}

function fallbacks({ fallbacks: names }: Constants): string {
  if (names.size === 0) return '';
  return `\n/* For headers that are older than the kernel. */\n${[...names]
    .map(([name, number]) => `#ifndef ${name}\n#define ${name} 0x${number.toString(16)}\n#endif\n`)
    .join('')}`;
}

function mainProgram(shape: Shape, body: string): string {
  const verdict = `	if (S->differ) say("%u of ${shape.steps} steps differ\\n", S->differ);\n\telse say("all ${shape.steps} steps are as expected\\n");\n`;
  const cleanUp = shape.files.length > 0 || shape.segments > 0 ? '\tclean_up();\n' : '';
  if (!shape.supervised) {
    return `\nint main(void)\n{\n\tset_up();\n${body}${verdict}\treturn S->differ != 0;\n}\n`;
  }
  return `
static void run_program(void)
{
${body}	for (;;) pause();
}

int main(void)
{
	set_up();
	S->watcher = getpid();
	S->alive[0] = 1;
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	pid_t first = fork();
	if (first == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		S->pid[0] = getpid();
		run_program();
	}
	S->pid[0] = first;
	supervise();
${cleanUp}${verdict}	return write(OUT, S->text, S->said) != (ssize_t)S->said || S->differ != 0;
}
`;
}

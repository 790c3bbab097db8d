/** A program as a standalone C program for Linux. */
import { formatStep, type Program, RESULTS, type Step } from '../../../spec/language/index.ts';
import type { Alternative, Expected } from '../expected.ts';
import { statement, type Writer } from './calls.ts';
import { Constants } from './constants.ts';
import { assemble, type Shape } from './fragment.ts';
import { FRAME, STATE } from './frame.ts';
import { HELPERS } from './helpers.ts';
import { OUTCOMES, PLACES, PRINTS } from './outcomes.ts';
import { comment, Names, stringLiteral, variablesOf } from './values.ts';

const { got, value, address, named, ...PREDICATES } = OUTCOMES;
/** All pieces, each after those that it needs. */
const FRAGMENTS = { ...PLACES, ...STATE, got, value, address, named, ...HELPERS, ...PREDICATES, ...PRINTS, ...FRAME };

/** Width of the column of steps in the print, at most. */
const COLUMN_MAX = 56;

/** Calls that wait where a pipe is in play, or that need the process that watches. */
const WATCHED = new Set(['fork', 'exit', 'wait', 'pipe', 'open', 'unlink', 'setrlimit', 'shmget']);

/** The program in C. @param title  one line; may be empty */
export function formatC(program: Program, expected: readonly Expected[], title: string): string {
  const children = childrenOf(program);
  const outline = outlineOf(program, expected);
  // Which names get a variable is known when all statements are: they are written twice.
  const { bases } = writeSteps(program, expected, children, outline, new Set());
  const { body, wanted, headers, constants } = writeSteps(program, expected, children, outline, bases);
  const shape: Shape = { ...outline, variables: variablesOf(program, bases) };
  for (const base of bases) if (Object.hasOwn(PLACES, base)) wanted.add(base);
  const start = ['vm', 'vmdata'].filter((base) => wanted.has(base));
  if (start.length > 0) wanted.add('status');
  if (shape.supervised) wanted.add('stops').add('supervise');
  if (shape.files.length > 0) wanted.add('directory');
  if (shape.files.length > 0 || shape.segments > 0) wanted.add('cleanUp');
  if (shape.segments > 0) headers.add('sched.h');
  if (wanted.has('heap')) headers.add('sys/syscall.h');
  // Where any access may fault, its fault is printed.
  if (['load', 'store', 'execute', 'faulted'].some((id) => wanted.has(id))) wanted.add('printFault');

  const { includes, text } = assemble(
    { ...FRAGMENTS, steps: { code: () => stepTable(program, expected, shape, children) } },
    wanted,
    shape,
  );
  const readings = start.map((base) => `\t${base} = from_status("${base === 'vm' ? 'VmSize:' : 'VmData:'}");\n`);
  return [
    header(title, wanted.has('heap') || program.steps.some(({ call }) => call.kind === 'brk')),
    '#define _GNU_SOURCE\n',
    ...[...new Set([...includes, ...headers])].sort().map((name) => `#include <${name}>\n`),
    fallbacks(constants),
    text,
    mainProgram(shape, [...declarations(shape), ...readings, ...body].join('')),
  ].join('');
}

/** The variables start as -1, which is what the name of a failed call stands for. */
function declarations({ processes, variables }: Shape): readonly string[] {
  if (variables.length === 0) return [];
  if (processes > 1) return [`\t${variables.map((name) => `S->${name} = `).join('')}-1ull;\n`];
  return [`\tu64 ${variables.map((name) => `${name} = -1ull`).join(', ')};\n`];
}

type Outline = Omit<Shape, 'variables'>;

function outlineOf(program: Program, expected: readonly Expected[]): Outline {
  const kinds = program.steps.map(({ call }) => call.kind);
  const files = program.steps.flatMap(({ call }) => (call.kind === 'open' || call.kind === 'unlink' ? [call.file] : []));
  const stops = expected.some(({ any }) => any?.some((one) => one.kind === 'stop' && one.how !== 'refused'));
  const processes = 1 + kinds.filter((kind) => kind === 'fork').length;
  return {
    supervised: stops || kinds.some((kind) => WATCHED.has(kind)),
    processes,
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

interface Written {
  readonly body: readonly string[];
  readonly bases: ReadonlySet<string>;
  readonly wanted: Set<string>;
  readonly headers: Set<string>;
  readonly constants: Constants;
}

/** The statements of all steps, and what they need. @param needed  names that get a variable */
function writeSteps(
  program: Program,
  expected: readonly Expected[],
  children: ReadonlyMap<string, number>,
  shape: Outline,
  needed: ReadonlySet<string>,
): Written {
  const names = new Names(shape.processes > 1 ? 'S->' : '', needed);
  const constants = new Constants();
  const wanted = new Set(['base', 'place', 'check', 'steps']);
  const headers = new Set(['grp.h', 'sys/prctl.h', 'sys/stat.h']);
  const writer: Writer = { names, constants, use: (fragment) => wanted.add(fragment), include: (name) => headers.add(name) };
  const body = program.steps.map((step, i) => writeStep(step, i, { shape, writer, expected: expected[i]!, children }));
  return { body, bases: names.bases, wanted, headers, constants };
}

interface Surroundings {
  readonly shape: Outline;
  readonly writer: Writer;
  readonly expected: Expected;
  readonly children: ReadonlyMap<string, number>;
}

function writeStep(step: Step, index: number, { shape, writer, expected, children }: Surroundings): string {
  const { call, result, process } = step;
  const number = index + 1;
  const check = () => `check(${number}, ${expected.any === undefined ? '1' : conditionOf(step, expected.any, writer)});`;
  const turn = `turn(${children.get(process) ?? 0}, ${number})`;
  const note = `/* ${number}. ${comment(textOf(step))} */`;
  if (shape.processes > 1) writer.use('turn');
  switch (call.kind) {
    case 'fork': {
      writer.use('start');
      const name = result !== undefined && writer.names.isNeeded(result) ? `&${writer.names.variable(result)}` : 'NULL';
      return `\t${note}\n\tif (${turn} && start(${children.get(result ?? String(index))}, ${name})) ${check()}\n`;
    }
    case 'exit': {
      writer.use('leave');
      const leave = `leave(${number}, ${call.status & 0xff});`;
      return shape.processes > 1 ? `\t${note}\n\tif (${turn}) ${leave}\n` : `\t${note}\n\t${leave}\n`;
    }
    default: {
      const lines = [statement(call, result, writer), check()];
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
      // No other call gives bytes, and no load more than eight.
      if (call.kind !== 'mincore' && (call.kind !== 'load' || alternative.bytes.length === 0 || alternative.bytes.length > 8)) return '0';
      if (call.kind === 'load') {
        use('loaded');
        return `loaded(0x${alternative.bytes.toReversed().map(hex).join('')}ull)`;
      }
      use('resident');
      return `resident(${stringLiteral(alternative.bytes.map(hex).join(' '))})`;
    case 'pages':
      if (call.kind !== 'mincore') return '0';
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

function header(title: string, heap: boolean): string {
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

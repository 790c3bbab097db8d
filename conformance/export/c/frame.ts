/** Pieces around the steps: the state, the place in which a program runs, turns, the check of a step, the watching process. */
import type { Fragments, Shape } from './fragment.ts';

export const STATE = {
  me: { code: () => 'static int me; /* this process: 0 is the first */\n' },
  state: { needs: ['base'], code: state },
  steps: { code: () => '' },
  say: { needs: ['state'], code: ({ supervised }) => (supervised ? SAY_SHARED : SAY_DIRECTLY) },
} as const satisfies Fragments;

function state({ supervised, processes, variables, addresses, segments, steps }: Shape): string {
  const members = [
    ...(processes > 1 && variables.length > 0 ? [`u64 ${variables.join(', ')}; /* the named results */`] : []),
    'unsigned differ; /* steps that gave something else than expected */',
    ...(supervised ? ['_Atomic unsigned next; /* index of the step that is next */'] : []),
    ...(supervised ? [`int watcher, pid[${processes}], alive[${processes}];`] : []),
    ...(processes > 1 ? ['int leaving; /* a process on its way out */'] : []),
    ...(addresses > 0 ? ['unsigned names;', `struct { const char *text; u64 value; } name[${addresses}];`] : []),
    ...(segments > 0 ? ['unsigned segments;', `int segment[${segments}];`] : []),
    ...(supervised ? ['unsigned said;', `char text[${steps * 600 + 1000}]; /* what is printed at the end */`] : []),
  ];
  const place = supervised ? '*S; /* in memory that all processes share */' : 'all, *const S = &all;';
  return `\nstatic struct {\n${members.map((member) => `\t${member}\n`).join('')}} ${place}\n`;
}

const SAY_SHARED = `
__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
	va_list arguments;
	size_t room = sizeof S->text - S->said;
	va_start(arguments, format);
	int length = vsnprintf(S->text + S->said, room, format, arguments);
	va_end(arguments);
	if (length > 0) S->said += (unsigned)((size_t)length < room ? (size_t)length : room - 1);
}
`;

const SAY_DIRECTLY = `
__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
	char line[600]; /* dprintf would take memory from the heap, which is the program's */
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(line, sizeof line, format, arguments);
	va_end(arguments);
	if (length > (int)sizeof line - 1) length = sizeof line - 1;
	if (write(OUT, line, (size_t)length) < 0) _exit(2);
}
`;

export const FRAME = {
  check: { needs: ['print', 'say', 'steps'], code: check },
  stops: {
    needs: ['check'],
    includes: ['string.h'],
    code: () => `
/* A step that did not come back. */
static void report_stop(unsigned number, const char *how)
{
	const char *allowed = steps[number - 1].stops;
	got.kind = STOP;
	got.stop = how;
	report(number, *allowed == '*' || strstr(allowed, how));
}

/* Goes on to the next step of a process that is alive. */
static void pass(void)
{
	unsigned next = S->next + 1;
	for (; next < STEPS && !S->alive[steps[next].process]; next++) report_stop(next + 1, "gone");
	S->next = next;
}

static __attribute__((unused)) void check(unsigned number, int as_expected)
{
	report(number, as_expected);
	pass();
}
`,
  },
  dead: {
    needs: ['base'],
    includes: ['poll.h', 'sys/syscall.h'],
    code: () => `
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
static int is_dead(pid_t pid)
{
	struct pollfd process = {(int)syscall(SYS_pidfd_open, pid, 0), POLLIN, 0};
	if (process.fd < 0) return errno == ESRCH;
	int dead = poll(&process, 1, 0) == 1;
	close(process.fd);
	return dead;
}
`,
  },
  turn: {
    needs: ['me', 'stops', 'dead'],
    includes: ['signal.h'],
    code: () => `
/* Whether it is this process that makes the step; waits until it is next. */
static int turn(int process, unsigned number)
{
	if (me != process) return 0;
	while (S->next != number - 1) {
		if (is_dead(S->watcher)) _exit(1);
		usleep(50);
	}
	/* What the end of a process does to the others is done before the next step. */
	for (int i = 0; S->leaving && i < 10000 && !is_dead(S->leaving); i++) usleep(50);
	S->leaving = 0;
	return 1;
}
`,
  },
  start: {
    needs: ['turn', 'value'],
    code: () => `
/* fork; true in the parent. */
static int start(int child, u64 *name)
{
	pid_t pid = fork();
	if (pid == 0) {
		me = child;
		return 0;
	}
	value((u64)pid);
	if (name) *name = (u64)pid;
	if (pid > 0) {
		S->pid[child] = pid;
		S->alive[child] = 1;
	}
	return 1;
}
`,
  },
  leave: {
    needs: ['stops'],
    code: ({ processes }) => `
static void leave(unsigned number, int status)
{
	report_stop(number, "exited");
${processes > 1 ? '\tS->leaving = getpid();\n\tS->alive[me] = 0;\n' : '\tS->alive[0] = 0;\n'}	pass();
	_exit(status);
}
`,
  },
  place: { needs: ['base'], includes: ['fcntl.h', 'grp.h', 'signal.h', 'stdlib.h', 'sys/resource.h'], code: place },
  supervise: {
    needs: ['stops', 'dead'],
    includes: ['signal.h', 'sys/prctl.h', 'sys/wait.h'],
    code: ({ processes }) => `
/* Ends the step that does not come back: its process is dead, or has waited for a second. */
static void supervise(void)
{
	unsigned seen = 0, ticks = 0;
	while (S->next < STEPS) {
		usleep(10000);
		unsigned next = S->next;
		ticks = next == seen ? ticks + 1 : 0;
		seen = next;
		if (next >= STEPS) break;
		int process = steps[next].process, dead = is_dead(S->pid[process]);
		if (S->next != next || (!dead && ticks < 100)) continue;
		report_stop(next + 1, dead ? "killed" : "blocked");
		S->alive[process] = 0;
		for (int i = 0; i < ${processes} && !dead; i++) {
			if (S->pid[i]) kill(S->pid[i], SIGKILL);
			S->alive[i] = 0;
		}
		pass();
	}
	for (int i = 0; i < ${processes}; i++) {
		if (S->alive[i]) kill(S->pid[i], SIGKILL);
	}
	while (waitpid(-1, NULL, 0) > 0) continue;
}
`,
  },
  cleanUp: {
    needs: ['base'],
    code: ({ files, segments }) => `
static void clean_up(void)
{
${files.map((file) => `\tunlinkat(DIRECTORY, "f${file}", 0);\n`).join('')}${files.length > 0 ? '\trmdir(directory);\n' : ''}${
  segments > 0 ? '\twhile (S->segments > 0) shmctl(S->segment[--S->segments], IPC_RMID, NULL);\n' : ''
}}
`,
  },
} as const satisfies Fragments;

function check({ supervised, width }: Shape): string {
  return String.raw`
static ${supervised ? 'void report' : '__attribute__((unused)) void check'}(unsigned number, int as_expected)
{
	char outcome[200];
	print_outcome(outcome, sizeof outcome);
	say("%3u  %-${width}s  -> %s", number, steps[number - 1].text, outcome);
	if (!as_expected) {
		S->differ++;
		say("   expected: %s   <-- differs", steps[number - 1].expected);
	}
	say("\n");
}
`;
}

/** The conditions under which every program runs, whoever starts it. */
function place({ supervised, files, segments }: Shape, used: ReadonlySet<string>): string {
  const lines = (...texts: readonly (string | false)[]) => texts.filter((text) => text !== false).join('\n');
  return `
static void die(const char *what)
{
	perror(what);
	exit(2);
}

static void limit(int resource, rlim_t soft, rlim_t hard)
{
	struct rlimit now, to = {soft, hard};
	getrlimit(resource, &now);
	if (geteuid() != 0 && to.rlim_max > now.rlim_max) to.rlim_max = now.rlim_max;
	if (to.rlim_cur > to.rlim_max) to.rlim_cur = to.rlim_max;
	setrlimit(resource, &to);
}
${files.length > 0 ? '\nstatic char directory[] = "/dev/shm/vkconform.XXXXXX";\n' : ''}
/* The conditions under which the program runs, whoever starts it. */
static void set_up(void)
{
	const rlim_t none = RLIM_INFINITY;
${lines(
  used.has('arena') &&
    `\t/* A gigabyte on each side of the arena's own must be free. */
	void *free = mmap((void *)0x1fc0000000, 3ull << 30, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
	if (free == MAP_FAILED || munmap(free, 3ull << 30) < 0) die("the arena");`,
  used.has('buf') &&
    `\tif (mmap((void *)BUF, 16 * P, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED) die("mmap");`,
  supervised &&
    `\tS = mmap((void *)0x1000000000, sizeof *S, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
	if (S == MAP_FAILED) die("mmap");`,
  files.length > 0 &&
    `\tint made = mkdtemp(directory) || mkdtemp(strcpy(directory, "/tmp/vkconform.XXXXXX"));
	int fd = made ? open(directory, O_RDONLY | O_DIRECTORY) : -1;
	if (fd < 0 || dup2(fd, DIRECTORY) < 0) die(directory);`,
  `\tdup2(1, OUT);
	limit(RLIMIT_MEMLOCK, 64 * P, 8 << 20);
	limit(RLIMIT_STACK, 8 << 20, none);
	limit(RLIMIT_FSIZE, 64 << 20, 64 << 20);
	limit(RLIMIT_DATA, none, none);
	limit(RLIMIT_AS, none, none);
	limit(RLIMIT_CORE, 0, 0);
	limit(RLIMIT_NOFILE, 64, 256);
	umask(077);
	if (geteuid() == 0) {`,
  segments > 0 && '\t\tunshare(CLONE_NEWIPC);',
  files.length > 0 && '\t\tif (fchown(DIRECTORY, 65534, 65534) < 0) die(directory);',
  `\t\tif (setgroups(0, NULL) < 0 || setregid(65534, 65534) < 0 || setreuid(65534, 65534) < 0) die("dropping privileges");
		prctl(PR_SET_DUMPABLE, 1);
	}
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
	for (int other = 0; other < 200; other++) close(other);`,
  used.has('faults') && '\tcatch_faults();',
  used.has('heap') && '\theap = (u64)syscall(SYS_brk, 0);\n\theap = (u64)syscall(SYS_brk, (heap + P - 1) & -P);',
)}
}
`;
}

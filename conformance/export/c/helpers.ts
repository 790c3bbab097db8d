/** Pieces that make calls for which one call of libc is not enough. */
import type { Fragments } from './fragment.ts';

export const HELPERS = {
  opaque: {
    needs: ['base'],
    code: () => `
/* A number of which the compiler knows nothing, and so neither warns nor reasons. */
static u64 opaque(volatile u64 number) { return number; }
#define at(address) ((void *)opaque(address))
`,
  },
  faults: {
    needs: ['got'],
    includes: ['setjmp.h', 'signal.h'],
    code: () => `
static sigjmp_buf escape;
static volatile sig_atomic_t armed;

static void on_fault(int signal_number, siginfo_t *info, void *context)
{
	(void)context;
	if (!armed) { /* not an access of the program: die of it */
		signal(signal_number, SIG_DFL);
		return;
	}
	got.kind = FAULT;
	got.error = signal_number;
	got.code = info->si_code;
	got.value = (u64)info->si_addr;
	siglongjmp(escape, 1);
}

static void catch_faults(void)
{
	static const int caught[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE};
	struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER};
	for (unsigned i = 0; i < sizeof caught / sizeof *caught; i++) sigaction(caught[i], &action, NULL);
}
`,
  },
  load: {
    needs: ['faults', 'opaque'],
    code: () => `
static void load(u64 address, unsigned size)
{
	volatile void *from = at(address);
	armed = 1;
	if (sigsetjmp(escape, 0) == 0) {
		got.value = size == 1 ? *(volatile uint8_t *)from : size == 2 ? *(volatile uint16_t *)from :
			size == 4 ? *(volatile uint32_t *)from : *(volatile uint64_t *)from;
		got.kind = DATA;
	}
	armed = 0;
}
`,
  },
  store: {
    needs: ['faults', 'opaque'],
    code: () => `
static void store(u64 address, u64 data, unsigned size)
{
	volatile void *to = at(address);
	armed = 1;
	if (sigsetjmp(escape, 0) == 0) {
		switch (size) {
		case 1: *(volatile uint8_t *)to = (uint8_t)data; break;
		case 2: *(volatile uint16_t *)to = (uint16_t)data; break;
		case 4: *(volatile uint32_t *)to = (uint32_t)data; break;
		default: *(volatile uint64_t *)to = data; break;
		}
		__builtin___clear_cache((char *)to, (char *)to + size);
		got.kind = VALUE;
		got.value = 0;
	}
	armed = 0;
}
`,
  },
  noSuchSize: {
    needs: ['got'],
    code: () => `
/* An access of a size that no instruction has. */
static void no_such_size(void)
{
	got.kind = ERROR;
	got.error = EINVAL;
}
`,
  },
  execute: {
    needs: ['load', 'value', 'code'],
    code: () => `
static void execute(u64 address)
{
	load(address, 8);
	if (got.kind == DATA && got.value != CODE) { /* not run: who knows what it does */
		got.kind = STOP;
		got.stop = "refused";
		return;
	}
	armed = 1;
	if (sigsetjmp(escape, 0) == 0) value((u64)((int (*)(void))at(address))());
	armed = 0;
}
`,
  },
  sys: {
    needs: ['base'],
    includes: ['sys/syscall.h'],
    code: () => `
/* A system call without what libc makes of its arguments. */
static u64 sys(long number, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f)
{
	return (u64)syscall(number, a, b, c, d, e, f);
}
`,
  },
  mincore: {
    needs: ['value', 'opaque', 'buf'],
    code: () => `
static const unsigned char *pages; /* what mincore told */

static void resident_pages(u64 address, u64 length, u64 vector)
{
	value((u64)mincore(at(address), length, at(vector)));
	if (got.kind == ERROR || vector < BUF || vector >= BUF + 16 * P || length > 1024 * P) return;
	got.kind = PAGES;
	got.value = (length + P - 1) / P;
	pages = at(vector);
}
`,
  },
  pipe: {
    needs: ['value'],
    includes: ['fcntl.h'],
    code: () => `
static void make_pipe(int flags, u64 *read_end, u64 *write_end)
{
	int ends[2] = {-1, -1};
	value((u64)pipe2(ends, flags));
	if (read_end) *read_end = (u64)ends[0];
	if (write_end) *write_end = (u64)ends[1];
}
`,
  },
  fsize: {
    needs: ['base'],
    includes: ['sys/stat.h'],
    code: () => `
static u64 file_size(int fd)
{
	struct stat status;
	return fstat(fd, &status) < 0 ? -1ull : (u64)status.st_size;
}
`,
  },
  setrlimit: {
    needs: ['base'],
    includes: ['sys/resource.h'],
    code: () => `
static u64 set_limit(int resource, u64 soft, u64 hard)
{
	struct rlimit to = {soft, hard};
	return (u64)setrlimit(resource, &to);
}
`,
  },
  shmget: {
    needs: ['state'],
    includes: ['sys/ipc.h', 'sys/shm.h'],
    code: () => `
static u64 make_segment(u64 size, int flags)
{
	int id = shmget(IPC_PRIVATE, size, flags | 0600);
	if (id >= 0) S->segment[S->segments++] = id;
	return (u64)id;
}
`,
  },
  wait: {
    needs: ['base'],
    includes: ['sys/wait.h'],
    code: () => `
static u64 wait_for(pid_t pid)
{
	int status;
	if (waitpid(pid, &status, 0) < 0) return -1ull;
	return WIFEXITED(status) ? (u64)WEXITSTATUS(status) : 128u + (u64)WTERMSIG(status);
}
`,
  },
  status: {
    needs: ['base'],
    includes: ['fcntl.h', 'stdlib.h', 'string.h'],
    code: () => `
/* Bytes, from a line of /proc/self/status that counts kilobytes. */
static u64 from_status(const char *label)
{
	char text[4096] = "";
	int fd = open("/proc/self/status", O_RDONLY);
	ssize_t length = read(fd, text, sizeof text - 1);
	close(fd);
	char *found = length > 0 ? strstr(text, label) : NULL;
	return found ? strtoull(found + strlen(label), NULL, 10) * 1024 : 0;
}
`,
  },
} as const satisfies Fragments;

/** Pieces that hold, compare and print outcomes. */
import type { Fragments } from './fragment.ts';

export const PLACES = {
  base: {
    includes: ['errno.h', 'stdarg.h', 'stdint.h', 'stdio.h', 'sys/mman.h', 'unistd.h'],
    code: () => `
typedef unsigned long long u64;
#define P 4096ull /* bytes in a page */
#define OUT 201   /* standard output, out of the program's way */
`,
  },
  directory: { code: () => '#define DIRECTORY 200 /* the private directory */\n' },
  top: {
    code: () => `#ifdef __x86_64__
#define TOP 0x7ffffffff000ull /* the end of the user address space */
#else
#define TOP (1ull << 48)
#endif
`,
  },
  high: { code: () => '#define HIGH (1ull << 63)\n' },
  buf: { code: () => '#define BUF 0x1004000000ull /* 16 pages that are always mapped */\n' },
  code: {
    code: () => `/* a function that returns 42 */
#if defined(__x86_64__)
#define CODE 0x9090c30000002ab8ull
#elif defined(__aarch64__)
#define CODE 0xd65f03c052800540ull
#elif defined(__riscv)
#define CODE 0x0000806702a00513ull
#endif
`,
  },
  arena: { code: () => '#define arena 0x2020000000ull /* nothing but the program maps anything near */\n' },
  heap: { code: () => 'static u64 heap; /* the program break at the start */\n' },
  vm: { code: () => 'static u64 vm; /* bytes of address space in use at the start */\n' },
  vmdata: { code: () => 'static u64 vmdata; /* bytes of private writable memory in use at the start */\n' },
} as const satisfies Fragments;

export const OUTCOMES = {
  got: {
    needs: ['base'],
    code: () => `
/* The outcome of the last step. */
static struct {
	enum { VALUE, ADDRESS, ERROR, FAULT, DATA, PAGES, STOP } kind;
	u64 value;       /* what was returned or loaded, the address of a fault, a count of pages */
	int error, code; /* an errno, or a signal and its code */
	const char *stop;
} got;
`,
  },
  value: {
    needs: ['got'],
    code: () => `
static u64 value(u64 returned)
{
	got.kind = returned == -1ull ? ERROR : VALUE;
	got.value = returned;
	got.error = errno;
	return returned;
}
`,
  },
  address: {
    needs: ['value'],
    code: () => `
static u64 address(u64 returned)
{
	if (value(returned) != -1ull) got.kind = ADDRESS;
	return returned;
}
`,
  },
  named: {
    needs: ['address', 'state'],
    code: () => `
static u64 named(const char *text, u64 address)
{
	S->name[S->names].text = text;
	S->name[S->names++].value = address;
	return address;
}
`,
  },
  same: {
    code: () => `
/* Expectations come from doubles, in which the highest addresses are rounded. */
static int same(u64 a, u64 b) { return (double)a == (double)b; }
`,
  },
  succeeded: {
    needs: ['got'],
    code: () => '\nstatic int succeeded(void) { return got.kind != ERROR && got.kind != FAULT && got.kind != STOP; }\n',
  },
  gave: {
    needs: ['got', 'same'],
    code: () => '\nstatic int gave(u64 number) { return (got.kind == VALUE || got.kind == ADDRESS) && same(got.value, number); }\n',
  },
  failed: { needs: ['got'], code: () => '\nstatic int failed(int error) { return got.kind == ERROR && got.error == error; }\n' },
  loaded: { needs: ['got'], code: () => '\nstatic int loaded(u64 data) { return got.kind == DATA && got.value == data; }\n' },
  faulted: {
    needs: ['faults', 'same'],
    code: () => `
static int faulted(int signal_number, int code, u64 address)
{
	return got.kind == FAULT && got.error == signal_number && got.code == code && same(got.value, address);
}
`,
  },
  stopped: {
    needs: ['got'],
    includes: ['string.h'],
    code: () => '\nstatic int stopped(const char *how) { return got.kind == STOP && strcmp(got.stop, how) == 0; }\n',
  },
  resident: {
    needs: ['mincore'],
    includes: ['stdlib.h', 'string.h'],
    code: () =>
      `
/* Whether mincore gave these bytes, in hexadecimal with a space between; two question marks are any byte. */
static int resident(const char *expected)
{
	if (got.kind != PAGES || strlen(expected) + 1 != 3 * got.value) return 0;
	for (u64 i = 0; i < got.value; i++) {
		if (expected[3 * i] != '?' && strtoul(expected + 3 * i, NULL, 16) != pages[i]) return 0;
	}
	return 1;
}
`,
  },
} as const satisfies Fragments;

const ERRORS = [
  ...['EPERM', 'ENOENT', 'ESRCH', 'EINTR', 'EIO', 'ENXIO', 'EBADF', 'ECHILD', 'EAGAIN', 'ENOMEM', 'EACCES', 'EFAULT', 'EBUSY', 'EEXIST'],
  ...['ENODEV', 'EISDIR', 'EINVAL', 'ENFILE', 'EMFILE', 'ETXTBSY', 'EFBIG', 'ENOSPC', 'ESPIPE', 'EROFS', 'EPIPE', 'ENOSYS', 'EIDRM'],
  ...['EOVERFLOW', 'EOPNOTSUPP'],
];

const NEAREST_NAME = `	for (unsigned i = S->names; i-- > 0;) {
		u64 start = S->name[i].value;
		if (start >= P && address - start < reach && start > from) base = S->name[i].text, from = start;
	}
`;

export const PRINTS = {
  errorName: {
    needs: ['base'],
    code: () => `
static const char *error_name(int error)
{
#define NAME(e) case e: return #e;
	switch (error) {
	${wrapped(ERRORS.map((name) => `NAME(${name})`)).join('\n\t')}
	}
	return "another errno";
}
`,
  },
  printAddress: {
    needs: ['base', 'state'],
    code: ({ addresses }, used) => `
/* Writes an address as the program would: from the arena, or from what lies next below it. */
static void print_address(char *to, size_t room, u64 address)
{
	const u64 reach = 1u << 29;
	const char *base = NULL;
	u64 from = 0;
${addresses === 0 ? '' : NEAREST_NAME}${used.has('heap') ? '\tif (!base && address - heap < reach) base = "heap", from = heap;\n' : ''}	if (address - 0x2000000000 <= 2 * reach) base = "arena", from = 0x2020000000;
	if (!base) {
		snprintf(to, room, "0x%llx", address);
		return;
	}
	char sign = address < from ? '-' : '+';
	u64 offset = address < from ? from - address : address - from;
	int length = snprintf(to, room, "%s", base);
	if (offset >= P) length += snprintf(to + length, room - (size_t)length, "%c%llup", sign, offset / P);
	if (offset % P) snprintf(to + length, room - (size_t)length, "%c0x%llx", sign, offset % P);
}
`,
  },
  printFault: {
    needs: ['faults', 'printAddress'],
    code: () => `
static void print_fault(char *to, size_t room)
{
	char address[80], code[12];
	const char *name = got.error == SIGSEGV ? "SIGSEGV" : got.error == SIGBUS ? "SIGBUS" : got.error == SIGILL ? "SIGILL" : "signal";
	print_address(address, sizeof address, got.value);
	snprintf(code, sizeof code, "%d", got.code);
	snprintf(to, room, "%s/%s at %s", name, got.code == SI_KERNEL ? "KERNEL" :
		got.error == SIGSEGV && got.code == SEGV_MAPERR ? "MAPERR" : got.error == SIGSEGV && got.code == SEGV_ACCERR ? "ACCERR" :
		got.error == SIGBUS && got.code == BUS_ADRERR ? "ADRERR" : code, address);
}
`,
  },
  print: {
    needs: ['got', 'errorName'],
    code: (_shape, used) => `
static void print_outcome(char *to, size_t room)
{
	switch (got.kind) {
	case ERROR: snprintf(to, room, "%s", error_name(got.error)); break;
${[
  used.has('printFault') ? '\tcase FAULT: print_fault(to, room); break;\n' : '',
  used.has('printAddress') ? '\tcase ADDRESS: print_address(to, room, got.value); break;\n' : '',
  used.has('mincore')
    ? `	case PAGES:
		snprintf(to, room, "bytes");
		for (u64 i = 0; i < got.value && 3 * i + 9 < room; i++) sprintf(to + 5 + 3 * i, " %02x", pages[i]);
		break;
`
    : '',
  '\tcase STOP: snprintf(to, room, "%s", got.stop); break;\n',
].join('')}	default: snprintf(to, room, got.value < 16 ? "%llu" : "0x%llx", got.value); break;
	}
}
`,
  },
} as const satisfies Fragments;

/** Words on lines of at most some 110 characters. */
function wrapped(words: readonly string[]): readonly string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < 110) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/* One machine access at a time, with its fault caught. */
#define _GNU_SOURCE
#include <signal.h>
#include <ucontext.h>

#include "agent.h"
#include "os.h"

/* A function that returns 42, in eight bytes. */
const uint8_t code_bytes[8] = {
#if defined(__x86_64__)
    0xb8, 0x2a, 0, 0, 0, 0xc3, 0x90, 0x90, /* mov $42, %eax; ret; nop; nop */
#elif defined(__aarch64__)
    0x40, 0x05, 0x80, 0x52, 0xc0, 0x03, 0x5f, 0xd6, /* mov w0, #42; ret */
#elif defined(__riscv)
    0x13, 0x05, 0xa0, 0x02, 0x67, 0x80, 0x00, 0x00, /* li a0, 42; ret */
#else
#error "code that returns 42 is not known for this machine"
#endif
};

static uint8_t signal_stack[16384];

static void on_fault(int signal, siginfo_t *info, void *context) {
  (void)context;
#if defined(__x86_64__) && defined(__linux__)
  /* The first trap of a single step comes before the target's instruction: let that one run. */
  ucontext_t *user = context;
  if (signal == SIGTRAP && S->stepping && (uint64_t)user->uc_mcontext.gregs[REG_RIP] == S->step_target) {
    S->stepping = 0;
    return;
  }
#endif
  if (!S->armed) { /* not an access of the program: this process is broken */
    os_kill(os_getpid());
    os_exit(1);
  }
  S->fault = (struct fault){signal == SIGBUS ? WIRE_SIGBUS : signal, info->si_code, (uint64_t)(uintptr_t)info->si_addr};
  __builtin_longjmp(S->jump, 1);
}

void catch_faults(void) {
  static const int caught[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE};
  stack_t stack = {.ss_sp = signal_stack, .ss_size = sizeof signal_stack};
  sigaltstack(&stack, NULL);
  struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK};
  for (size_t i = 0; i < sizeof caught / sizeof *caught; i++) sigaction(caught[i], &action, NULL);
  action.sa_flags = 0;
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, NULL);
  sigaction(SIGXFSZ, &action, NULL);
}

/* Compilers take a jump back into a frame into account only at calls of functions that they do not look into. */
#if defined(__GNUC__) && !defined(__clang__)
#define OPAQUE __attribute__((noipa))
#else
#define OPAQUE __attribute__((noinline))
#endif

#define AT(type) (*(volatile type *)(uintptr_t)address)

OPAQUE static uint64_t do_load(uint64_t address, unsigned size) {
  switch (size) {
    case 1: return AT(uint8_t);
    case 2: return AT(uint16_t);
    case 4: return AT(uint32_t);
    default: return AT(uint64_t);
  }
}

OPAQUE static void do_store(uint64_t address, unsigned size, uint64_t value) {
  switch (size) {
    case 1: AT(uint8_t) = (uint8_t)value; break;
    case 2: AT(uint16_t) = (uint16_t)value; break;
    case 4: AT(uint32_t) = (uint32_t)value; break;
    default: AT(uint64_t) = value; break;
  }
}

/* Calls with rax, where there is one, pointing to memory that nobody needs. */
OPAQUE static void do_jump(uint64_t address) {
#if defined(__x86_64__)
  __asm__ volatile("sub $256, %%rsp; call *%0; add $256, %%rsp"
                   :
                   : "r"(address), "a"(&S->scratch)
                   : "memory", "cc", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11");
#else
  ((void (*)(void))(uintptr_t)address)();
#endif
}

/* Runs `access` with faults caught. The body is a macro because a frame that called setjmp must not return before the jump. */
#define CATCHING(access)                  \
  do {                                    \
    if (__builtin_setjmp(S->jump) != 0) { \
      S->armed = 0;                       \
      return false;                       \
    }                                     \
    S->armed = 1;                         \
    access;                               \
    S->armed = 0;                         \
    return true;                          \
  } while (0)

OPAQUE bool access_load(uint64_t address, unsigned size, uint64_t *value) { CATCHING(*value = do_load(address, size)); }

OPAQUE bool access_store(uint64_t address, unsigned size, uint64_t value) { CATCHING(do_store(address, size, value)); }

OPAQUE bool access_call(uint64_t address, int64_t *result) { CATCHING(*result = ((int (*)(void))(uintptr_t)address)()); }

/* Jumps to what may be any instruction that leaves registers but rax's memory alone; true when it came back. */
OPAQUE bool access_jump(uint64_t address) { CATCHING(do_jump(address)); }

#if defined(__x86_64__) && defined(__linux__)
/* Sets the trap flag, then jumps; the 256 bytes keep clear of the frame's red zone. */
OPAQUE static void do_step(uint64_t address) {
  __asm__ volatile("sub $256, %%rsp; pushfq; orq $0x100, (%%rsp); popfq; jmp *%0" : : "r"(address), "a"(&S->scratch) : "memory", "cc");
  __builtin_unreachable();
}
#endif

/*
 * Tries to execute one instruction at `address`, whatever it does to rax's memory; true when it ran. Where the machine
 * cannot single-step itself the code there is called, which is only safe when that is bound to fault.
 */
OPAQUE bool access_step(uint64_t address) {
#if defined(__x86_64__) && defined(__linux__)
  S->stepping = 1;
  S->step_target = address;
  if (__builtin_setjmp(S->jump) != 0) {
    S->armed = 0;
    /* A trap after the target's own instruction, which is any but the one that stepping still waits for. */
    bool ran = S->fault.signal == SIGTRAP && !S->stepping;
    S->stepping = 0;
    return ran;
  }
  S->armed = 1;
  do_step(address);
  return true;
#else
  int64_t result;
  return access_call(address, &result);
#endif
}

void flush_code(uint64_t address) { __builtin___clear_cache((char *)(uintptr_t)address, (char *)(uintptr_t)address + 8); }

/*
 * The agent: reads programs as frames on a byte stream, runs each in a fresh process, answers what every step gave.
 *
 * One supervisor forks a process per program; programs fork more. What they share lives in one mapping at a fixed
 * address far from everything that programs map, so that a program's address space holds nothing but its own doing.
 * After startup no libc function that touches thread-local data may be called: that memory is gone (see main.c).
 */
#ifndef AGENT_H
#define AGENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "calls.h"

enum call {
#define X(id, name, letters) CALL_##id,
  CALLS(X)
#undef X
  CALLS_COUNT
};

#define PAGE 4096u
#define FRAME_BYTES_MAX (1u << 20)
#define ANSWER_BYTES_MAX (2u << 20)
#define STEPS_MAX 16384u
#define ARGS_MAX 255u
#define PROCESSES_MAX 16u
#define RANGES_MAX 4096u
#define AUDIT_PAGES_MAX 4096u
#define MINCORE_PAGES_MAX 1024u
#define FILES_MAX 64u
#define SHM_MAX 256u
#define SLOTS_MAX (16u + 2u * STEPS_MAX)
#define NO_SLOT 0xffffu

/* Sizes on the wire, see wire.ts. */
#define REQUEST_HEAD 10u
#define STEP_HEAD 5u
#define ARG_BYTES 10u
#define RANGE_BYTES 13u
#define PAGE_ENTRY_BYTES 16u
#define ANSWER_HEAD 12u /* with the length */

/* Slots that exist in every program; 16 and up are the program's own names. */
enum slot { SLOT_ABS, SLOT_ARENA, SLOT_HEAP, SLOT_TOP, SLOT_HIGH, SLOT_BUF, SLOT_CODE, SLOT_VM, SLOT_VMDATA, SLOT_NAMES = 16 };

enum outcome { OUTCOME_VALUE, OUTCOME_ERRNO, OUTCOME_FAULT, OUTCOME_BYTES, OUTCOME_STOP };
/* Numbers that are not everywhere the same. */
#define WIRE_ENOSYS 38
#define WIRE_SIGBUS 7
enum stop { STOP_EXITED, STOP_BLOCKED, STOP_KILLED, STOP_GONE, STOP_REFUSED };
enum status { STATUS_DONE, STATUS_REJECTED, STATUS_LOST };
enum probe { PROBE_OK, PROBE_MAPERR, PROBE_ACCERR, PROBE_ADRERR, PROBE_OTHER, PROBE_UNKNOWN = 255 };
/* Flags of an audit range. */
enum { AUDIT_EXEC = 1, AUDIT_THOROUGH = 2, AUDIT_LOADS = 4 };

/* Descriptors of the agent; programs see no others, so that their first one is 0. */
enum { FD_DIRECTORY = 200, FD_IN = 201, FD_OUT = 202, FD_MESSAGES = 203 };

/* The shared mapping, and the private buffer that programs name `buf`. */
#define SHARED_AT 0x1000000000ull
#define IN_AT (SHARED_AT + (1u << 20))
#define IN_BYTES (2u << 20)
#define OUT_AT (SHARED_AT + (3u << 20))
#define OUT_BYTES (3u << 20)
#define SHARED_BYTES ((3u << 20) + OUT_BYTES)
#define BUF_AT (SHARED_AT + (64u << 20))
#define BUF_BYTES 65536u
#define ARENA_AT 0x2000000000ull
#define ARENA_BYTES (1ull << 30)

/* A turn that belongs to no process: the program is over. */
#define TURN_DONE 0xffffffffu

struct fault {
  int signal, code;
  uint64_t address;
};

struct shared {
  uint32_t turn;           /* the process whose step or audit is next */
  uint32_t cursor;         /* steps whose outcome is written */
  uint32_t steps, ranges;  /* of the program */
  const uint8_t *step_at;  /* the step at the cursor */
  const uint8_t *range_at; /* the first audit range */
  uint8_t *out;            /* where the next outcome or audit goes; moved on when it is complete */
  uint32_t audits;         /* complete ones */
  uint32_t forks;          /* processes made beside p0 */
  int32_t leaving;         /* pid of a process that made its exit step: the next step waits for its death */
  uint32_t go[PROCESSES_MAX]; /* futexes: 1 when the process has been given the turn */
  int32_t pid[PROCESSES_MAX];
  uint8_t alive[PROCESSES_MAX];
  int32_t parent[PROCESSES_MAX]; /* process index */
  uint64_t files;                /* bit n: the program made file n */
  uint32_t shm_count;
  int32_t shm[SHM_MAX];

  /* The access that is under way, if any. Only the process that has the turn makes one. */
  void *jump[5];
  struct fault fault;
  volatile uint32_t armed;
  volatile uint32_t stepping;
  uint64_t step_target;
  uint64_t scratch;

  int32_t supervisor;
  uint64_t image_end; /* first byte past the agent's own image */
  int64_t slot[SLOTS_MAX];
};
#define S ((struct shared *)SHARED_AT)

static inline uint16_t get16(const uint8_t *p) { uint16_t v; __builtin_memcpy(&v, p, 2); return v; }
static inline uint32_t get32(const uint8_t *p) { uint32_t v; __builtin_memcpy(&v, p, 4); return v; }
static inline int64_t get64(const uint8_t *p) { int64_t v; __builtin_memcpy(&v, p, 8); return v; }
static inline uint8_t *put8(uint8_t *p, unsigned v) { *p = (uint8_t)v; return p + 1; }
static inline uint8_t *put16(uint8_t *p, unsigned v) { uint16_t w = (uint16_t)v; __builtin_memcpy(p, &w, 2); return p + 2; }
static inline uint8_t *put32(uint8_t *p, uint32_t v) { __builtin_memcpy(p, &v, 4); return p + 4; }
static inline uint8_t *put64(uint8_t *p, uint64_t v) { __builtin_memcpy(p, &v, 8); return p + 8; }
static inline size_t step_bytes(const uint8_t *step) { return STEP_HEAD + step[4] * (size_t)ARG_BYTES; }

/* access.c: one machine access each; true when it went through, else S->fault says what happened. */
extern const uint8_t code_bytes[8];
void catch_faults(void);
bool access_load(uint64_t address, unsigned size, uint64_t *value);
bool access_store(uint64_t address, unsigned size, uint64_t value);
bool access_call(uint64_t address, int64_t *result);
bool access_jump(uint64_t address);
bool access_step(uint64_t address);
void flush_code(uint64_t address);

/* program.c */
_Noreturn void program_main(unsigned me);
void advance(void);
void write_stop(enum stop how);

/* perform.c: a call with its arguments resolved; the result, or a negated errno in the notation's numbers. */
int64_t perform(enum call call, const int64_t *a);
bool is_missing(int64_t result); /* it says that the system has no such call */
extern const char *const call_letters[CALLS_COUNT];
extern const char *const call_names[CALLS_COUNT];

/* audit.c */
void audit(unsigned me);

/* supervisor.c */
_Noreturn void serve(void);
_Noreturn void leave(int status);
void remove_leftovers(void);
void start_watchdog_handler(void);

/* main.c: the private directory's path */
extern char directory[256];

/* hello.c */
uint8_t *write_hello(uint8_t *frame);
uint8_t *put_text(uint8_t *p, const char *text);
uint8_t *put_number(uint8_t *p, uint64_t number);
uint64_t stat_field(int wanted, uint64_t otherwise);

/* bench.c */
_Noreturn void bench(void);
extern unsigned long bench_programs;
extern uint32_t bench_weights[CALLS_COUNT];

#endif

/*
 * The bare loop: random calls in fresh processes, twenty to each, nothing checked and nothing answered. Addresses gather in a few
 * pages of the arena and descriptors among the first, so that calls meet as those of programs do.
 */
#include <sys/mman.h>

#include "agent.h"
#include "os.h"

#define CALLS_PER_PROCESS 20
#define WINDOW_PAGES 24

unsigned long bench_programs;
uint32_t bench_weights[CALLS_COUNT];

/* What a loop makes without weights: mappings and accesses mostly. */
static const uint32_t usual_weights[CALLS_COUNT] = {
    [CALL_MMAP] = 10,   [CALL_MUNMAP] = 5, [CALL_MPROTECT] = 5, [CALL_MREMAP] = 5, [CALL_MADVISE] = 5, [CALL_MSYNC] = 2,
    [CALL_MINCORE] = 2, [CALL_MLOCK] = 2,  [CALL_MUNLOCK] = 2,  [CALL_BRK] = 2,    [CALL_LOAD] = 10,   [CALL_STORE] = 10,
};

static uint64_t state;

static uint64_t random_below(uint64_t limit) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (state * 0x2545f4914f6cdd1dull >> 33) % limit;
}

static int64_t some_address(void) { return S->slot[SLOT_ARENA] + (int64_t)(random_below(WINDOW_PAGES) * PAGE); }
static int64_t some_length(void) { return (int64_t)((1 + random_below(4)) * PAGE); }
static int64_t some_fd(void) { return (int64_t)random_below(3); }

static enum call some_call(const uint32_t *weights, uint32_t sum) {
  uint32_t at = (uint32_t)random_below(sum);
  int call = 0;
  while (at >= weights[call]) at -= weights[call++];
  return (enum call)call;
}

static void make_access(enum call call) {
  uint64_t address = (uint64_t)some_address(), value;
  int64_t result;
  if (call == CALL_LOAD) access_load(address, 8, &value);
  if (call == CALL_STORE) access_store(address, 8, address);
  if (call == CALL_EXEC && !access_load(address, 8, &value)) access_call(address, &result);
}

static void make_fork(void) {
  S->forks++;
  if (os_fork() == 0) os_exit(0);
}

/* Flags of mmap: a type, and each of the others with its own chance in sixteen. */
static int64_t some_mapping(void) {
  static const struct {
    uint32_t flag, chance;
  } others[] = {{MAP_FIXED, 10}, {MAP_ANONYMOUS, 11}, {0x8000 /* populate */, 1}, {0x2000 /* locked */, 1}, {0x4000 /* noreserve */, 1}};
  int64_t flags = random_below(3) == 0 ? MAP_SHARED : MAP_PRIVATE;
  for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
    if (random_below(16) < others[i].chance) flags |= others[i].flag;
  }
  return flags;
}

static void make_call(enum call call) {
  int64_t address = some_address(), length = some_length(), fd = some_fd();
  int64_t a[8] = {0};
  switch (call) {
    case CALL_MMAP:
      __builtin_memcpy(a, (int64_t[]){address, length, (int64_t)random_below(8) | 1, some_mapping(), fd, 0}, 6 * sizeof *a);
      break;
    case CALL_MREMAP: __builtin_memcpy(a, (int64_t[]){address, length, some_length(), 1}, 4 * sizeof *a); break;
    case CALL_MPROTECT: __builtin_memcpy(a, (int64_t[]){address, length, (int64_t)random_below(8)}, 3 * sizeof *a); break;
    case CALL_MADVISE: __builtin_memcpy(a, (int64_t[]){address, length, (int64_t)random_below(26)}, 3 * sizeof *a); break;
    case CALL_MSYNC: __builtin_memcpy(a, (int64_t[]){address, length, 4}, 3 * sizeof *a); break;
    case CALL_MINCORE: __builtin_memcpy(a, (int64_t[]){address, length, (int64_t)BUF_AT}, 3 * sizeof *a); break;
    case CALL_BRK: a[0] = S->slot[SLOT_HEAP] + length; break;
    case CALL_SETRLIMIT: __builtin_memcpy(a, (int64_t[]){8, 64 * PAGE, 64 * PAGE}, 3 * sizeof *a); break;
    case CALL_READ:
    case CALL_WRITE: __builtin_memcpy(a, (int64_t[]){fd, address, length}, 3 * sizeof *a); break;
    case CALL_PREAD:
    case CALL_PWRITE: __builtin_memcpy(a, (int64_t[]){fd, address, length, 0}, 4 * sizeof *a); break;
    case CALL_READV:
    case CALL_WRITEV: __builtin_memcpy(a, (int64_t[]){fd, 1, address, length}, 4 * sizeof *a); break;
    case CALL_PROCESS_VM_READV:
    case CALL_PROCESS_VM_WRITEV: __builtin_memcpy(a, (int64_t[]){os_getpid(), 1, address, length, 1, some_address(), length, 0}, sizeof a); break;
    case CALL_PIPE: a[0] = 0x800; break; /* a pipe that never blocks */
    case CALL_MEMFD_CREATE: a[0] = 2; break;
    case CALL_OPEN: __builtin_memcpy(a, (int64_t[]){(int64_t)random_below(2), 0x42}, 2 * sizeof *a); break;
    case CALL_UNLINK: a[0] = (int64_t)random_below(2); break;
    case CALL_CLOSE:
    case CALL_DUP:
    case CALL_FSIZE:
    case CALL_GET_SEALS: a[0] = fd; break;
    case CALL_FTRUNCATE: __builtin_memcpy(a, (int64_t[]){fd, length}, 2 * sizeof *a); break;
    case CALL_FALLOCATE: __builtin_memcpy(a, (int64_t[]){fd, 0, 0, length}, 4 * sizeof *a); break;
    case CALL_LSEEK: __builtin_memcpy(a, (int64_t[]){fd, 0, 0}, 3 * sizeof *a); break;
    case CALL_ADD_SEALS: __builtin_memcpy(a, (int64_t[]){fd, 2}, 2 * sizeof *a); break;
    case CALL_SHMGET: __builtin_memcpy(a, (int64_t[]){length, 01000}, 2 * sizeof *a); break;
    case CALL_SHMAT: __builtin_memcpy(a, (int64_t[]){S->shm_count > 0 ? S->shm[0] : -1, address, 0}, 3 * sizeof *a); break;
    case CALL_SHM_RMID: a[0] = S->shm_count > 0 ? S->shm[0] : -1; break;
    case CALL_WAIT: a[0] = S->forks > 0 ? -1 : 1; break;
    case CALL_LOAD:
    case CALL_STORE:
    case CALL_EXEC: make_access(call); return;
    case CALL_FORK: make_fork(); return;
    case CALL_EXIT: os_exit(0);
    case CALL_MLOCKALL: a[0] = 1; break;
    default: a[0] = address, a[1] = length; break;
  }
  perform(call, a);
}

static _Noreturn void random_calls(uint64_t seed, const uint32_t *weights, uint32_t sum) {
  state = seed * 0x9e3779b97f4a7c15ull + 1;
  for (int i = 0; i < CALLS_PER_PROCESS; i++) {
    S->cursor++;
    make_call(some_call(weights, sum));
  }
  os_exit(0);
}

void bench(void) {
  uint32_t sum = 0;
  for (int call = 0; call < CALLS_COUNT; call++) sum += bench_weights[call];
  const uint32_t *weights = sum > 0 ? bench_weights : usual_weights;
  for (int call = 0; sum == 0 && call < CALLS_COUNT; call++) sum += usual_weights[call];
  uint64_t steps = 0, start = os_microseconds();
  for (uint64_t program = 0; program < bench_programs; program++) {
    int status;
    S->cursor = S->forks = 0;
    S->armed = 0;
    if (os_fork() == 0) random_calls(program, weights, sum);
    while (os_wait(&status) > 0 && S->forks > 0) {
    }
    steps += S->cursor;
    remove_leftovers();
  }
  uint64_t took = os_microseconds() - start;
  uint8_t line[96];
  uint8_t *p = put_text(put_number(line, steps), " steps in ");
  p = put_text(put_number(p, took / 1000000), ".");
  for (uint64_t digit = 100000; digit > 0; digit /= 10) p = put_number(p, took / digit % 10);
  p = put_text(p, " s\n");
  os_write(FD_OUT, line, (size_t)(p - line));
  leave(0);
}

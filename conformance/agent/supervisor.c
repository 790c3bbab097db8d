/* The supervisor: frames in, a process for each program, answers out, and a watchdog. */
#include <errno.h>
#include <signal.h>

#include "agent.h"
#include "os.h"

#define IN ((uint8_t *)IN_AT)
#define OUT ((uint8_t *)OUT_AT)
/* Answers are sent at least this often, so that the reader need not wait for a whole batch. */
#define FLUSH_BYTES 16384u
#define TICK_MICROSECONDS 2000
#define TICKS(milliseconds) ((milliseconds) * 1000 / TICK_MICROSECONDS + 1)

static void on_tick(int signal) {
  (void)signal; /* it is enough that the wait returns EINTR */
}

void start_watchdog_handler(void) {
  struct sigaction action = {.sa_handler = on_tick};
  sigaction(SIGALRM, &action, NULL);
}

/* ---- checking a frame ---- */

struct request {
  uint32_t id;
  uint32_t timeout_ms;
  uint32_t steps, ranges;
  const uint8_t *step_at, *range_at;
  uint32_t slots; /* in use: one more than the highest */
};

/* What is known of a request while its steps are checked. */
struct checker {
  struct request *request;
  uint32_t processes; /* bit n: process n exists or may come to */
  uint32_t segments, mincores;
};

static bool check_slot(struct checker *c, uint32_t slot, uint32_t width) {
  if (slot >= SLOTS_MAX - width || (slot > SLOT_VMDATA && slot < SLOT_NAMES)) return false;
  if (slot + width > c->request->slots) c->request->slots = slot + width;
  return true;
}

/* Arguments against the letters of the call; a vector is its count and then that many pairs. */
static bool check_args(struct checker *c, const uint8_t *args, unsigned argc, const char *letters) {
  unsigned used = 0;
  for (; *letters; letters++) {
    if (used == argc) return false;
    const uint8_t *arg = args + used * ARG_BYTES;
    uint16_t base = get16(arg);
    int64_t number = get64(arg + 2);
    if (*letters != 'v' && base != SLOT_ABS) return false;
    if (*letters == 'f' && (number < 0 || number >= (int64_t)FILES_MAX)) return false;
    if (*letters == 'p') {
      if (number < 1 || number >= (int64_t)PROCESSES_MAX || (c->processes >> number & 1)) return false;
      c->processes |= 1u << number;
    }
    used++;
    if (*letters == 'i') {
      if (number < 0 || number > (argc - used) / 2) return false;
      used += 2 * (unsigned)number;
    }
  }
  for (unsigned i = 0; i < used; i++) {
    if (!check_slot(c, get16(args + i * ARG_BYTES), 1)) return false;
  }
  return used == argc;
}

static bool check_step(struct checker *c, const uint8_t *step) {
  unsigned process = step[0], call = step[1], slot = get16(step + 2);
  if (process >= PROCESSES_MAX || !(c->processes >> process & 1) || call >= CALLS_COUNT) return false;
  if (slot != NO_SLOT && (slot < SLOT_NAMES || !check_slot(c, slot, call == CALL_PIPE ? 2 : 1))) return false;
  if (call == CALL_SHMGET) c->segments++;
  if (call == CALL_MINCORE) c->mincores++;
  return check_args(c, step + STEP_HEAD, step[4], call_letters[call]);
}

/* Fills `request` from a frame's payload; false when anything in it is not as it must be. The id is filled when it is there. */
static bool check_request(const uint8_t *p, size_t bytes, struct request *request) {
  const uint8_t *end = p + bytes;
  *request = (struct request){.id = bytes >= 4 ? get32(p) : 0, .slots = SLOT_NAMES};
  if (bytes < REQUEST_HEAD) return false;
  request->timeout_ms = get16(p + 4);
  request->steps = get16(p + 6);
  request->ranges = get16(p + 8);
  request->step_at = p += REQUEST_HEAD;
  if (request->steps > STEPS_MAX || request->ranges > RANGES_MAX) return false;
  struct checker checker = {request, 1, 0, 0};
  for (uint32_t i = 0; i < request->steps; i++) {
    if ((size_t)(end - p) < STEP_HEAD || (size_t)(end - p) < step_bytes(p) || !check_step(&checker, p)) return false;
    p += step_bytes(p);
  }
  request->range_at = p;
  if ((size_t)(end - p) != request->ranges * (size_t)RANGE_BYTES) return false;
  uint32_t pages = 0;
  for (; p < end; p += RANGE_BYTES) {
    pages += get16(p + 10);
    if (!check_slot(&checker, get16(p), 1)) return false;
  }
  uint32_t processes = (uint32_t)__builtin_popcount(checker.processes);
  uint64_t answer = 64 + request->steps * 16ull + checker.mincores * (uint64_t)MINCORE_PAGES_MAX +
                    processes * (3 + pages * (uint64_t)PAGE_ENTRY_BYTES);
  return pages <= AUDIT_PAGES_MAX && checker.segments <= SHM_MAX && answer <= ANSWER_BYTES_MAX;
}

/* ---- running a program ---- */

/* How the supervisor ended a program. */
enum verdict { VERDICT_NONE, VERDICT_BLOCKED, VERDICT_LOST };

struct watch {
  uint32_t cursor, audits, turn; /* as at the last tick */
  uint32_t idle_ticks, asleep_ticks;
};

static void kill_all(void) {
  for (unsigned p = 0; p < PROCESSES_MAX; p++) {
    if (S->alive[p]) os_kill(S->pid[p]);
  }
}

/* The process that had the turn is dead. Its step was killed; the others go on. An audit that it did not finish is dropped. */
static void turn_died(void) {
  S->alive[S->turn] = 0;
  if (S->cursor < S->steps) write_stop(STOP_KILLED);
  advance();
}

/* Every process of the program sleeps, the end of a process included: nothing will come of waiting. */
static bool all_asleep(void) {
  if (S->leaving != 0) return false;
  for (unsigned p = 0; p < PROCESSES_MAX; p++) {
    if (S->alive[p] && os_process_state(S->pid[p]) != 'S') return false;
  }
  return true;
}

/* After an interrupted wait: looks at the process that has the turn, unless it has moved since the last look. */
static enum verdict look(struct watch *watch, uint32_t ticks_max) {
  uint32_t turn = __atomic_load_n(&S->turn, __ATOMIC_ACQUIRE);
  if (turn != watch->turn || S->cursor != watch->cursor || S->audits != watch->audits) {
    *watch = (struct watch){S->cursor, S->audits, turn, 0, 0};
    return VERDICT_NONE;
  }
  if (++watch->idle_ticks > ticks_max) return VERDICT_LOST;
  if (turn == TURN_DONE || watch->idle_ticks < 2) return VERDICT_NONE;
  if (os_process_state(S->pid[turn]) == 'Z') {
    /* Unless it passed the turn on and ended since it was looked at. */
    if (__atomic_load_n(&S->turn, __ATOMIC_ACQUIRE) == turn) turn_died();
    return VERDICT_NONE;
  }
  watch->asleep_ticks = all_asleep() ? watch->asleep_ticks + 1 : 0;
  return watch->asleep_ticks >= 2 && S->cursor < S->steps ? VERDICT_BLOCKED : VERDICT_NONE;
}

/* Waits until all processes of the program are dead. */
static enum verdict wait_for_program(uint32_t ticks_max) {
  enum verdict verdict = VERDICT_NONE;
  struct watch watch = {0, 0, 0, 0, 0};
  for (;;) {
    int status;
    long pid = os_wait(&status);
    if (pid == -EINTR) {
      if (verdict == VERDICT_NONE) verdict = look(&watch, ticks_max);
      if (verdict != VERDICT_NONE) kill_all();
      continue;
    }
    if (pid < 0) return verdict;
    uint32_t turn = __atomic_load_n(&S->turn, __ATOMIC_ACQUIRE);
    for (unsigned p = 0; p < PROCESSES_MAX; p++) {
      if (S->pid[p] != pid) continue;
      if (turn == p && verdict == VERDICT_NONE && S->alive[p]) turn_died();
      S->alive[p] = 0;
    }
    if (S->forks == 0) return verdict;
  }
}

/* Writes what the steps that nobody made gave. */
static void settle(enum verdict verdict) {
  for (unsigned p = 0; p < PROCESSES_MAX; p++) S->alive[p] = 0;
  if (S->cursor == S->steps) return;
  write_stop(verdict == VERDICT_BLOCKED ? STOP_BLOCKED : STOP_GONE);
  advance();
}

void remove_leftovers(void) {
  for (; S->files != 0; S->files &= S->files - 1) os_unlink(__builtin_ctzll(S->files));
  while (S->shm_count > 0) os_remove_shm(S->shm[--S->shm_count]);
}

static void prepare(const struct request *request) {
  S->turn = 0;
  S->cursor = 0;
  S->steps = request->steps;
  S->ranges = request->ranges;
  S->step_at = request->step_at;
  S->range_at = request->range_at;
  S->audits = 0;
  S->forks = 0;
  S->leaving = 0;
  S->armed = 0;
  S->stepping = 0;
  __builtin_memset(S->go, 0, sizeof S->go);
  __builtin_memset(S->pid, 0, sizeof S->pid);
  __builtin_memset(S->alive, 0, sizeof S->alive);
  S->alive[0] = 1;
  for (uint32_t slot = SLOT_NAMES; slot < request->slots; slot++) S->slot[slot] = -1;
}

/* Runs a program and appends its answer at `at`; the end of the answer. */
static uint8_t *run_program(const struct request *request, uint8_t *at) {
  S->out = at + ANSWER_HEAD;
  prepare(request);
  long pid = os_fork();
  if (pid == 0) program_main(0);
  enum verdict verdict = VERDICT_LOST;
  if (pid > 0) {
    S->pid[0] = (int32_t)pid;
    verdict = wait_for_program(TICKS(request->timeout_ms));
  }
  remove_leftovers();
  if (verdict == VERDICT_LOST) return NULL;
  settle(verdict);
  return S->out;
}

static uint8_t *answer(const uint8_t *payload, size_t bytes, uint8_t *at) {
  struct request request;
  enum status status = STATUS_REJECTED;
  uint8_t *end = NULL;
  if (check_request(payload, bytes, &request)) {
    end = run_program(&request, at);
    status = end ? STATUS_DONE : STATUS_LOST;
  }
  bool done = status == STATUS_DONE;
  if (!done) end = at + ANSWER_HEAD;
  uint8_t *p = put8(put32(put32(at, (uint32_t)(end - at - 4)), request.id), status);
  put8(put16(p, done ? request.steps : 0), done ? S->audits : 0);
  return end;
}

/* ---- the stream ---- */

_Noreturn void leave(int status) {
  os_remove_directory(directory);
  os_exit(status);
}

static void send_all(const uint8_t *from, const uint8_t *to) {
  while (from < to) {
    long n = os_write(FD_OUT, from, (size_t)(to - from));
    if (n == -EINTR) continue;
    if (n <= 0) leave(0);
    from += n;
  }
}

void serve(void) {
  uint8_t *out = write_hello(OUT);
  size_t have = 0; /* bytes in IN */
  for (;;) {
    size_t used = 0;
    if (have >= 4) os_timer(TICK_MICROSECONDS);
    while (have - used >= 4) {
      uint32_t bytes = get32(IN + used);
      if (bytes > FRAME_BYTES_MAX) { /* no frame can be told from here on */
        out = answer(IN, 0, out);
        send_all(OUT, out);
        leave(2);
      }
      if (have - used - 4 < bytes) break;
      out = answer(IN + used + 4, bytes, out);
      used += 4 + bytes;
      if (out - OUT >= FLUSH_BYTES) {
        send_all(OUT, out);
        out = OUT;
      }
    }
    os_timer(0);
    send_all(OUT, out);
    out = OUT;
    __builtin_memmove(IN, IN + used, have - used);
    have -= used;
    long n = os_read(FD_IN, IN + have, IN_BYTES - have);
    if (n == -EINTR) continue;
    if (n <= 0) leave(0);
    have += (size_t)n;
  }
}

/* A program's processes: each runs its steps when it has the turn, in the order of the program, then audits. */
#include <errno.h>

#include "agent.h"
#include "os.h"

static void write_value(int64_t value) { S->out = put64(put8(S->out, OUTCOME_VALUE), (uint64_t)value); }
static void write_errno(int64_t negated) { S->out = put16(put8(S->out, OUTCOME_ERRNO), (unsigned)-negated); }
void write_stop(enum stop how) { S->out = put8(put8(S->out, OUTCOME_STOP), how); }

static void write_result(int64_t result) {
  if (result < 0 && result > -4096) {
    write_errno(result);
  } else {
    write_value(result);
  }
}

static void write_fault(void) {
  uint8_t *p = put8(put8(S->out, OUTCOME_FAULT), (unsigned)S->fault.signal);
  S->out = put64(put32(p, (uint32_t)S->fault.code), S->fault.address);
}

static void write_bytes(const void *bytes, unsigned count) {
  uint8_t *p = put16(put8(S->out, OUTCOME_BYTES), count);
  __builtin_memcpy(p, bytes, count);
  S->out = p + count;
}

static void next_step(void) {
  S->step_at += step_bytes(S->step_at);
  S->cursor++;
}

/* Gives the turn to whoever is next: the owner of the next step, the next process to audit, or nobody. */
static void pass_turn(unsigned audited) {
  uint32_t next = TURN_DONE;
  for (; S->cursor < S->steps; next_step()) {
    if (S->alive[S->step_at[0]]) {
      next = S->step_at[0];
      break;
    }
    write_stop(STOP_GONE);
  }
  if (S->cursor == S->steps) {
    for (unsigned p = audited; p < PROCESSES_MAX && next == TURN_DONE; p++) {
      if (S->alive[p]) next = p;
    }
  }
  if (next == S->turn) return;
  __atomic_store_n(&S->turn, next, __ATOMIC_RELEASE);
  if (S->forks == 0 || next == TURN_DONE) return;
  __atomic_store_n(&S->go[next], 1, __ATOMIC_RELEASE);
  os_wake(&S->go[next]);
}

void advance(void) {
  if (S->cursor < S->steps) {
    next_step();
    pass_turn(0);
  } else {
    pass_turn(S->turn + 1);
  }
}

static void wait_for_turn(unsigned me) {
  while (__atomic_load_n(&S->turn, __ATOMIC_ACQUIRE) != me) os_sleep(&S->go[me]);
  S->go[me] = 0;
  if (S->leaving != 0) {
    /* What a process's end does to the others is done before the step after its exit. */
    int32_t pid = S->leaving;
    bool is_child = false;
    for (unsigned p = 1; p < PROCESSES_MAX; p++) is_child |= S->pid[p] == pid && S->parent[p] == (int32_t)me;
    os_wait_dead(pid, is_child);
    S->leaving = 0;
  }
}

static void bind(uint16_t slot, int64_t result) {
  if (slot != NO_SLOT) S->slot[slot] = result;
}

/* fork; in the new process `*me` becomes its index. */
static void step_fork(unsigned *me, uint16_t slot, unsigned child) {
  S->forks++;
  long pid = os_fork();
  if (pid == 0) {
    *me = child;
    os_enter_program(0);
    return;
  }
  if (pid > 0) {
    S->pid[child] = (int32_t)pid;
    S->parent[child] = (int32_t)*me;
    S->alive[child] = 1;
    bind(slot, pid);
  }
  write_result(pid);
  advance();
}

static void step_load(uint64_t address, int64_t size) {
  uint64_t value;
  if (size != 1 && size != 2 && size != 4 && size != 8) {
    write_errno(-EINVAL);
  } else if (access_load(address, (unsigned)size, &value)) {
    write_bytes(&value, (unsigned)size);
  } else {
    write_fault();
  }
}

static void step_store(uint64_t address, uint64_t value, int64_t size) {
  if (size != 1 && size != 2 && size != 4 && size != 8) {
    write_errno(-EINVAL);
  } else if (access_store(address, (unsigned)size, value)) {
    flush_code(address);
    write_value(0);
  } else {
    write_fault();
  }
}

static void step_exec(uint64_t address) {
  uint64_t bytes, code;
  __builtin_memcpy(&code, code_bytes, 8);
  int64_t result;
  if (access_load(address, 8, &bytes) && bytes != code) {
    write_stop(STOP_REFUSED);
  } else if (access_call(address, &result)) {
    write_value(result);
  } else {
    write_fault();
  }
}

static void step_mincore(const int64_t *a, unsigned vec_base, uint16_t slot) {
  int64_t result = perform(CALL_MINCORE, a);
  uint64_t pages = ((uint64_t)a[1] + PAGE - 1) / PAGE, vec = (uint64_t)a[2];
  bind(slot, result);
  if (result == 0 && vec_base == SLOT_BUF && pages <= MINCORE_PAGES_MAX && vec >= BUF_AT && vec + pages <= BUF_AT + BUF_BYTES) {
    write_bytes((void *)(uintptr_t)vec, (unsigned)pages);
  } else {
    write_result(result);
  }
}

static void step_other(enum call call, const int64_t *a, uint16_t slot) {
  int64_t result = perform(call, a);
  if (call == CALL_PIPE && slot != NO_SLOT) {
    bind(slot, result < 0 ? -1 : result & 0xffff);
    bind((uint16_t)(slot + 1), result < 0 ? -1 : result >> 16);
  } else if (result >= 0 || result <= -4096) {
    bind(slot, result); /* a name whose call failed stays -1 */
  }
  write_result(result);
}

/* Makes the step at the cursor; `*me` changes in a forked process. */
static void run_step(unsigned *me) {
  const uint8_t *step = S->step_at;
  enum call call = step[1];
  uint16_t slot = get16(step + 2);
  unsigned argc = step[4];
  int64_t a[ARGS_MAX];
  const uint8_t *arg = step + STEP_HEAD;
  for (unsigned i = 0; i < argc; i++, arg += ARG_BYTES) {
    a[i] = (int64_t)((uint64_t)S->slot[get16(arg)] + (uint64_t)get64(arg + 2));
  }
  switch (call) {
    case CALL_LOAD: step_load((uint64_t)a[0], a[1]); break;
    case CALL_STORE: step_store((uint64_t)a[0], (uint64_t)a[1], get16(step + STEP_HEAD + ARG_BYTES) == SLOT_CODE ? 8 : a[2]); break;
    case CALL_EXEC: step_exec((uint64_t)a[0]); break;
    case CALL_MINCORE: step_mincore(a, get16(step + STEP_HEAD + 2 * ARG_BYTES), slot); break;
    case CALL_FORK: step_fork(me, slot, (unsigned)a[0]); return;
    case CALL_EXIT:
      write_stop(STOP_EXITED);
      S->alive[*me] = 0;
      S->leaving = (int32_t)os_getpid();
      advance();
      os_exit((int)a[0]);
    default: step_other(call, a, slot); break;
  }
  advance();
}

void program_main(unsigned me) {
  os_enter_program(1);
  for (;;) {
    wait_for_turn(me);
    if (S->cursor == S->steps) break;
    run_step(&me);
  }
  audit(me);
  advance();
  os_exit(0);
}

/* The audit: what every page of the program's ranges lets a process do, and what it holds. */
#include <signal.h>

#include "agent.h"

/* First byte of the agent's own image, from the linker. */
extern char __executable_start[];

/* Fixed by contentHash in spec/language/outcome.ts. */
static uint32_t content_hash(uint32_t offset, uint32_t byte) {
  uint32_t h = (offset << 8 | byte) * 0x9e3779b1u;
  h = (h ^ h >> 15) * 0x85ebca6bu;
  return h ^ h >> 13;
}

typedef uint64_t __attribute__((may_alias)) word;

static uint32_t page_hash(uint64_t page) {
  const word *w = (const word *)(uintptr_t)page;
  uint32_t sum = 0;
  for (uint32_t i = 0; i < PAGE / 8; i += 8) {
    if ((w[i] | w[i + 1] | w[i + 2] | w[i + 3] | w[i + 4] | w[i + 5] | w[i + 6] | w[i + 7]) == 0) continue;
    const uint8_t *bytes = (const uint8_t *)(w + i);
    for (uint32_t j = 0; j < 64; j++) {
      if (bytes[j] != 0) sum += content_hash(i * 8 + j, bytes[j]);
    }
  }
  return sum;
}

static unsigned fault_probe(void) {
  if (S->fault.signal == SIGSEGV && S->fault.code == SEGV_MAPERR) return PROBE_MAPERR;
  if (S->fault.signal == SIGSEGV && S->fault.code == SEGV_ACCERR) return PROBE_ACCERR;
  if (S->fault.signal == SIGBUS && S->fault.code == BUS_ADRERR) return PROBE_ADRERR;
  return PROBE_OTHER;
}

/* `first` is the page's first word, if the load went through. */
static unsigned probe_exec(uint64_t page, bool loaded, bool stored, uint64_t first) {
  uint64_t code;
  int64_t result;
  __builtin_memcpy(&code, code_bytes, 8);
  if (!loaded) return access_step(page) ? PROBE_OK : fault_probe();
  if (first == code) return access_call(page, &result) ? PROBE_OK : fault_probe();
  if (stored) {
    if (!access_store(page, 8, code)) return PROBE_UNKNOWN;
    flush_code(page);
    unsigned probe = access_call(page, &result) ? PROBE_OK : fault_probe();
    access_store(page, 8, first);
    flush_code(page);
    return probe;
  }
#if defined(__x86_64__) && defined(__linux__)
  if ((first & 0xffff) == 0) return access_step(page) ? PROBE_OK : fault_probe(); /* add %al, (%rax) */
#endif
  return PROBE_UNKNOWN;
}

/*
 * Probes one page. Where nothing is mapped a store and an execution are tried only in a thorough audit: a fault costs more than
 * all else here. For the same reason exec is tried only when asked.
 */
static uint8_t *audit_page(uint8_t *p, uint64_t page, bool exec, bool thorough) {
  uint64_t first = 0;
  uint32_t hash = 0;
  unsigned load = PROBE_OK, store = PROBE_UNKNOWN, run = PROBE_UNKNOWN;
  if (access_load(page, 8, &first)) {
    hash = page_hash(page);
  } else {
    load = fault_probe();
  }
  if (load != PROBE_MAPERR || thorough) {
    store = access_store(page, 1, first & 0xff) ? PROBE_OK : fault_probe();
    if (exec || thorough) run = probe_exec(page, load == PROBE_OK, store == PROBE_OK, first);
  }
  return put32(put8(put8(put8(put8(put64(p, page), load), store), run), 0), hash);
}

struct range {
  uint64_t start, end;
};

static bool within(uint64_t page, struct range range) { return page >= range.start && page < range.end; }

/* The pages of a range of the request; empty when its name is bound to nothing. */
static struct range resolve(const uint8_t *wire) {
  int64_t base = S->slot[get16(wire)];
  uint64_t start = ((uint64_t)base + (uint64_t)get64(wire + 2)) & ~(uint64_t)(PAGE - 1);
  if (base == -1) return (struct range){0, 0};
  return (struct range){start, start + (uint64_t)get16(wire + 10) * PAGE};
}

/* The agent's own memory, and pages that an earlier range had, are left out. */
static bool is_taken(uint64_t page, const uint8_t *wire, unsigned earlier) {
  const struct range image = {(uintptr_t)__executable_start & ~(uintptr_t)(PAGE - 1), S->image_end};
  const struct range shared = {SHARED_AT, SHARED_AT + SHARED_BYTES};
  if (within(page, image) || within(page, shared)) return true;
  for (unsigned i = 0; i < earlier; i++) {
    if (within(page, resolve(wire + i * RANGE_BYTES))) return true;
  }
  return false;
}

void audit(unsigned me) {
  uint8_t *head = S->out, *p = head + 3;
  unsigned pages = 0;
  for (unsigned i = 0; i < S->ranges; i++) {
    const uint8_t *wire = S->range_at + i * RANGE_BYTES;
    struct range range = resolve(wire);
    bool exec = true;
    for (uint64_t page = range.start; page != range.end; page += PAGE) {
      if (is_taken(page, S->range_at, i)) continue;
      p = audit_page(p, page, exec, (wire[12] & AUDIT_THOROUGH) != 0);
      /* Without the flag only the first page of a range that is there is tried. */
      if (!(wire[12] & AUDIT_EXEC_ALL) && p[-6] != PROBE_UNKNOWN) exec = false;
      pages++;
    }
  }
  put16(put8(head, me), pages);
  S->out = p;
  S->audits++;
}

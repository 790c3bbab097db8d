/* The audit: what every page of the program's ranges lets a process do, and what it holds. */
#include <signal.h>

#include "agent.h"
#include "os.h"

/* First byte of the agent's own image, from the linker. */
extern char __executable_start[];

/* Fixed by contentHash in spec/language/outcome.ts. */
static uint32_t content_hash(uint32_t offset, uint32_t byte) {
  uint32_t h = (offset << 8 | byte) * 0x9e3779b1u;
  h = (h ^ h >> 15) * 0x85ebca6bu;
  return h ^ h >> 13;
}

typedef uint64_t __attribute__((may_alias)) word;

static bool is_zero_line(const word *w) { return (w[0] | w[1] | w[2] | w[3] | w[4] | w[5] | w[6] | w[7]) == 0; }

static bool is_zero(uint64_t page) {
  const word *w = (const word *)(uintptr_t)page;
  for (uint32_t i = 0; i < PAGE / 8; i += 8) {
    if (!is_zero_line(w + i)) return false;
  }
  return true;
}

static uint32_t page_hash(uint64_t page) {
  const word *w = (const word *)(uintptr_t)page;
  uint32_t sum = 0;
  for (uint32_t i = 0; i < PAGE / 8; i += 8) {
    if (is_zero_line(w + i)) continue;
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
  if (S->fault.signal == WIRE_SIGBUS && S->fault.code == BUS_ADRERR) return PROBE_ADRERR;
  return PROBE_OTHER;
}

/* What is known of a page when its execution is to be tried. */
struct seen {
  uint64_t page;
  bool loaded, stored, zero;
  uint64_t first; /* the first word, if it was loaded */
};

static unsigned call_probe(uint64_t page) {
  int64_t result;
  return access_call(page, &result) ? PROBE_OK : fault_probe();
}

/*
 * A page of zeros whose next page cannot be read, on x86: two bytes of zeros are an instruction that adds to rax's memory. From the last two
 * on execution runs into the next page and faults there, unless this page already forbids it.
 */
static unsigned zeros_probe(uint64_t page) {
#if defined(__x86_64__)
  uint64_t next;
  if (access_load(page + PAGE, 8, &next)) return PROBE_UNKNOWN;
  if (access_jump(page + PAGE - 2)) return PROBE_UNKNOWN;
  return S->fault.address == page + PAGE - 2 ? fault_probe() : PROBE_OK;
#else
  (void)page;
  return PROBE_UNKNOWN;
#endif
}

static unsigned probe_exec(struct seen seen, bool thorough) {
  uint64_t code;
  __builtin_memcpy(&code, code_bytes, 8);
  if (!seen.loaded || seen.first == code) return call_probe(seen.page);
  if (seen.stored) {
    if (!access_store(seen.page, 8, code)) return PROBE_UNKNOWN;
    flush_code(seen.page);
    unsigned probe = call_probe(seen.page);
    access_store(seen.page, 8, seen.first);
    flush_code(seen.page);
    return probe;
  }
#if defined(__x86_64__) && defined(__linux__)
  /* Single-stepping costs some twenty times a fault on a virtual machine. */
  if (thorough && (seen.first & 0xffff) == 0) return access_step(seen.page) ? PROBE_OK : fault_probe();
#endif
  return seen.zero && !thorough ? zeros_probe(seen.page) : PROBE_UNKNOWN;
}

/* Where nothing is mapped, as mincore says at a tenth of the cost of a fault. */
static bool is_hole(uint64_t page) {
  return page < (uint64_t)S->slot[SLOT_TOP] && os_is_unmapped(page);
}

static uint8_t *put_page(uint8_t *p, uint64_t page, unsigned load, unsigned store, unsigned run, uint32_t hash) {
  return put32(put8(put8(put8(put8(put64(p, page), load), store), run), 0), hash);
}

/*
 * Probes one page. A thorough audit tries everything on every page. Else, since a fault costs more than all the rest: where nothing is mapped
 * only a load is tried, and exec is tried on every second page, or, unless asked for, once in a range.
 */
static uint8_t *audit_page(uint8_t *p, uint64_t page, bool exec, bool thorough) {
  struct seen seen = {.page = page};
  uint32_t hash = 0;
  unsigned load = PROBE_OK, store = PROBE_UNKNOWN, run = PROBE_UNKNOWN;
  seen.loaded = access_load(page, 8, &seen.first);
  if (!seen.loaded) {
    load = fault_probe();
  } else if (is_zero(page)) {
    seen.zero = true;
  } else {
    hash = page_hash(page);
  }
  if (load != PROBE_MAPERR || thorough) {
    seen.stored = access_store(page, 1, seen.first & 0xff);
    store = seen.stored ? PROBE_OK : fault_probe();
    if (exec || thorough) run = probe_exec(seen, thorough);
  }
  return put_page(p, page, load, store, run, hash);
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
    bool thorough = (wire[12] & AUDIT_THOROUGH) != 0, loads = thorough || (wire[12] & AUDIT_LOADS), once = !(wire[12] & AUDIT_EXEC), exec = true;
    for (uint64_t page = range.start; page != range.end; page += PAGE) {
      if (is_taken(page, S->range_at, i)) continue;
      /* In holes one page in four is loaded from all the same. */
      if (!loads && page / PAGE % 4 != 0 && is_hole(page)) {
        p = put_page(p, page, PROBE_MAPERR, PROBE_UNKNOWN, PROBE_UNKNOWN, 0);
      } else {
        p = audit_page(p, page, exec && (once || page / PAGE % 2 == 0), thorough);
      }
      if (once && p[-6] != PROBE_UNKNOWN) exec = false;
      pages++;
    }
  }
  put16(put8(head, me), pages);
  S->out = p;
  S->audits++;
}

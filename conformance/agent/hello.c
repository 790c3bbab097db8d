/*
 * What the agent says of its system when it starts: lines of key=value, read by hello.ts. Much of it stands in files of
 * Linux; where they are not there the lines have what is usual.
 */
#include <sys/resource.h>
#include <sys/utsname.h>

#include "agent.h"
#include "os.h"

uint8_t *put_text(uint8_t *p, const char *text) {
  while (*text) *p++ = (uint8_t)*text++;
  return p;
}

uint8_t *put_number(uint8_t *p, uint64_t number) {
  char digits[20];
  int n = 0;
  do digits[n++] = (char)('0' + number % 10);
  while (number /= 10);
  while (n > 0) *p++ = (uint8_t)digits[--n];
  return p;
}

static uint8_t *line(uint8_t *p, const char *key, const char *text) {
  return put_text(put_text(put_text(put_text(p, key), "="), text), "\n");
}

static uint8_t *number_line(uint8_t *p, const char *key, uint64_t number) {
  return put_text(put_number(put_text(put_text(p, key), "="), number), "\n");
}

/* The first number after `label` in a file, or `otherwise`. */
static uint64_t number_in(const char *path, const char *label, uint64_t otherwise) {
  static char file[16384];
  if (os_slurp(path, file, sizeof file) < 0) return otherwise;
  for (const char *text = file; *text; text++) {
    size_t i = 0;
    while (label[i] && text[i] == label[i]) i++;
    if (label[i]) continue;
    for (text += i; *text == ' ' || *text == '\t'; text++) {
    }
    uint64_t number = 0;
    if (*text < '0' || *text > '9') return otherwise;
    for (; *text >= '0' && *text <= '9'; text++) number = number * 10 + (uint64_t)(*text - '0');
    return number;
  }
  return otherwise;
}

/* The number in a field of /proc/self/stat, counted from 1; the second is the name, which ends with the last parenthesis. */
uint64_t stat_field(int wanted, uint64_t otherwise) {
  static char stat[1024];
  long length = os_slurp("/proc/self/stat", stat, sizeof stat), at = length;
  uint64_t number = 0;
  while (at > 0 && stat[at] != ')') at--;
  if (length <= 0 || at == 0) return otherwise;
  for (int field = 1; at < length && field < wanted; at++) field += stat[at] == ' ' || stat[at] == ')';
  for (; stat[at] >= '0' && stat[at] <= '9'; at++) number = number * 10 + (uint64_t)(stat[at] - '0');
  return number;
}

static const char *transparent_huge_pages(void) {
  static char text[128];
  if (os_slurp("/sys/kernel/mm/transparent_hugepage/enabled", text, sizeof text) < 0) return "none";
  const char *chosen = text;
  while (*chosen && *chosen != '[') chosen++;
  return chosen[0] == 0 ? "none" : chosen[1] == 'a' ? "always" : chosen[1] == 'm' ? "madvise" : "never";
}

static uint8_t *put_memory(uint8_t *p) {
  char byte[2];
  const uint64_t page_kb = PAGE / 1024;
  uint64_t swap = number_in("/proc/meminfo", "SwapTotal:", 0) / page_kb;
  p = number_line(p, "totalPages", number_in("/proc/meminfo", "MemTotal:", 0) / page_kb + swap);
  p = number_line(p, "swapPages", swap);
  p = number_line(p, "hugePages", number_in("/proc/meminfo", "HugePages_Free:", 0));
  p = number_line(p, "overcommit", number_in("/proc/sys/vm/overcommit_memory", "", 0));
  p = number_line(p, "minAddress", number_in("/proc/sys/vm/mmap_min_addr", "", 0));
  p = number_line(p, "maxMapCount", number_in("/proc/sys/vm/max_map_count", "", 65530));
  p = line(p, "transparentHugePages", transparent_huge_pages());
  p = line(p, "ksm", os_slurp("/sys/kernel/mm/ksm/run", byte, sizeof byte) < 0 ? "false" : "true");
  S->slot[SLOT_VM] = (int64_t)number_in("/proc/self/status", "VmSize:", 0) * 1024;
  S->slot[SLOT_VMDATA] = (int64_t)number_in("/proc/self/status", "VmData:", 0) * 1024;
  p = number_line(p, "vm", (uint64_t)S->slot[SLOT_VM]);
  p = number_line(p, "vmData", (uint64_t)S->slot[SLOT_VMDATA]);
  p = number_line(p, "vmLocked", number_in("/proc/self/status", "VmLck:", 0) * 1024);
  p = number_line(p, "dataSegment", stat_field(46, 0) - stat_field(45, 0));
  return number_line(p, "startBrk", stat_field(47, (uint64_t)S->slot[SLOT_HEAP]));
}

static uint8_t *put_limit(uint8_t *p, const char *key, const char *which, uint64_t limit) {
  p = put_text(put_text(put_text(put_text(p, "limits."), key), which), "=");
  return put_text(limit == UINT64_MAX ? put_text(p, "inf") : put_number(p, limit), "\n");
}

static uint8_t *put_limits(uint8_t *p) {
  static const struct {
    const char *key;
    int resource;
  } limits[] = {{"fsize", RLIMIT_FSIZE},   {"data", RLIMIT_DATA},       {"stack", RLIMIT_STACK},
                {"nofile", RLIMIT_NOFILE}, {"memlock", RLIMIT_MEMLOCK}, {"as", RLIMIT_AS}};
  for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
    uint64_t limit[2] = {UINT64_MAX, UINT64_MAX};
    os_limit(limits[i].resource, limit);
    p = put_limit(p, limits[i].key, ".soft", limit[0]);
    p = put_limit(p, limits[i].key, ".hard", limit[1]);
  }
  return p;
}

/* Calls that the system does not have, tried with arguments that none accepts. */
static uint8_t *put_missing(uint8_t *p) {
  const char *comma = "";
  p = put_text(p, "missing=");
  for (enum call call = 0; call < CALLS_COUNT; call++) {
    const int64_t nothing[8] = {-1};
    bool own = call == CALL_LOAD || call == CALL_STORE || call == CALL_EXEC || call == CALL_FORK || call == CALL_EXIT;
    if (own || call_letters[call][0] == 'f' || !is_missing(perform(call, nothing))) continue;
    p = put_text(put_text(p, comma), call_names[call]);
    comma = ",";
  }
  return put_text(p, "\n");
}

/* The hello frame, written at `frame`. Fills slots of the place on the way. */
uint8_t *write_hello(uint8_t *frame) {
  struct utsname name;
  uint8_t *p = put_text(frame + 4, "VKA1");
  uname(&name);
  S->slot[SLOT_TOP] = (int64_t)os_user_end();
  p = line(line(line(p, "system", name.sysname), "release", name.release), "machine", name.machine);
  p = line(line(p, "privileged", "false"), "fileSystem", os_file_system());
  p = put_missing(put_limits(put_memory(p)));
  p = number_line(p, "userEnd", (uint64_t)S->slot[SLOT_TOP]);
  p = number_line(p, "place.arena", (uint64_t)S->slot[SLOT_ARENA]);
  p = number_line(p, "place.heap", (uint64_t)S->slot[SLOT_HEAP]);
  p = number_line(p, "place.buf", (uint64_t)S->slot[SLOT_BUF]);
  p = put_text(p, "code=");
  for (int i = 0; i < 8; i++) p = put_text(put_number(p, code_bytes[i]), i < 7 ? "," : "\n");
  put32(frame, (uint32_t)(p - frame - 4));
  return p;
}

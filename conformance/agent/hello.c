/* What the agent says of its system when it starts: lines of key=value, read by hello.ts. */
#define _GNU_SOURCE
#include <errno.h>
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

/* The first number after `label` in `text`, or `otherwise`. */
static uint64_t number_after(const char *text, const char *label, uint64_t otherwise) {
  for (; *text; text++) {
    size_t i = 0;
    while (label[i] && text[i] == label[i]) i++;
    if (label[i]) continue;
    for (text += i; *text == ' ' || *text == '\t'; text++) {
    }
    if (*text < '0' || *text > '9') return otherwise;
    uint64_t number = 0;
    for (; *text >= '0' && *text <= '9'; text++) number = number * 10 + (uint64_t)(*text - '0');
    return number;
  }
  return otherwise;
}

static char file[16384];

static const char *slurp(const char *path) {
  if (os_slurp(path, file, sizeof file) < 0) file[0] = 0;
  return file;
}

#ifdef AGENT_RAW
#include <sys/sysinfo.h>
#include <sys/vfs.h>

static uint64_t probe_user_end(void) {
  uint64_t low = 1, high = 1ull << 52; /* pages; low is inside, high is not */
  while (high - low > 1) {
    uint64_t middle = low + (high - low) / 2;
    long at = sys(SYS_mmap, middle * PAGE, PAGE, 0, 0x100022 /* private, anonymous, fixed_noreplace */, -1, 0);
    if (at == (long)(middle * PAGE)) sys(SYS_munmap, at, PAGE);
    if (at == (long)(middle * PAGE) || at == -EEXIST || at == -EPERM) {
      low = middle;
    } else {
      if (at > 0) sys(SYS_munmap, at, PAGE);
      high = middle;
    }
  }
  return high * PAGE;
}

static const char *file_system(void) {
  static const struct {
    uint32_t magic;
    const char *name;
  } known[] = {{0x01021994, "tmpfs"}, {0xef53, "ext4"},         {0x9123683e, "btrfs"}, {0x58465342, "xfs"},     {0x794c7630, "overlay"},
               {0x858458f6, "ramfs"}, {0x01021997, "9p"},       {0x00c0ffee, "hostfs"}, {0x2fc12fc1, "zfs"}, {0xf2f52010, "f2fs"}};
  struct statfs fs;
  if (sys(SYS_fstatfs, FD_DIRECTORY, &fs) == 0) {
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
      if ((uint32_t)fs.f_type == known[i].magic) return known[i].name;
    }
  }
  return "other";
}

/* The number in field `wanted` (from 1) of /proc/self/stat; counted behind the name, which is the second. */
static uint64_t stat_field(int wanted) {
  const char *text = slurp("/proc/self/stat"), *p = text;
  for (const char *q = text; *q; q++) {
    if (*q == ')') p = q + 1;
  }
  for (int field = 2; *p && field < wanted; p++) field += *p == ' ';
  return number_after(p, "", 0);
}

static uint8_t *put_limits(uint8_t *p) {
  static const struct {
    const char *soft, *hard;
    int resource;
  } limits[] = {{"limits.fsize.soft", "limits.fsize.hard", RLIMIT_FSIZE},    {"limits.data.soft", "limits.data.hard", RLIMIT_DATA},
                {"limits.stack.soft", "limits.stack.hard", RLIMIT_STACK},    {"limits.nofile.soft", "limits.nofile.hard", RLIMIT_NOFILE},
                {"limits.memlock.soft", "limits.memlock.hard", RLIMIT_MEMLOCK}, {"limits.as.soft", "limits.as.hard", RLIMIT_AS}};
  for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
    uint64_t limit[2] = {~0ull, ~0ull};
    sys(SYS_prlimit64, 0, limits[i].resource, 0, limit);
    p = limit[0] == ~0ull ? line(p, limits[i].soft, "inf") : number_line(p, limits[i].soft, limit[0]);
    p = limit[1] == ~0ull ? line(p, limits[i].hard, "inf") : number_line(p, limits[i].hard, limit[1]);
  }
  return p;
}

/* Calls that not every Linux has, tried with arguments that none accepts. */
static uint8_t *put_missing(uint8_t *p) {
  static const struct {
    enum call call;
    long number;
  } optional[] = {{CALL_MREMAP, SYS_mremap},           {CALL_MINCORE, SYS_mincore},     {CALL_MLOCK2, SYS_mlock2},
                  {CALL_MLOCKALL, SYS_mlockall},       {CALL_MADVISE, SYS_madvise},     {CALL_PROCESS_VM_READV, SYS_process_vm_readv},
                  {CALL_PROCESS_VM_WRITEV, SYS_process_vm_writev}, {CALL_MEMFD_CREATE, SYS_memfd_create}, {CALL_FALLOCATE, SYS_fallocate},
                  {CALL_SHMGET, SYS_shmget},           {CALL_SHMAT, SYS_shmat},         {CALL_SHMDT, SYS_shmdt},
                  {CALL_SHM_RMID, SYS_shmctl}};
  p = put_text(p, "missing=");
  const char *comma = "";
  for (size_t i = 0; i < sizeof optional / sizeof *optional; i++) {
    if (sys(optional[i].number, -1, -1, -1, -1, -1, -1) != -ENOSYS) continue;
    p = put_text(put_text(p, comma), call_names[optional[i].call]);
    comma = ",";
  }
  return put_text(p, "\n");
}

static uint8_t *put_memory(uint8_t *p) {
  struct sysinfo info = {0};
  sys(SYS_sysinfo, &info);
  p = number_line(p, "totalPages", (info.totalram + info.totalswap) * (uint64_t)info.mem_unit / PAGE);
  p = number_line(p, "swapPages", info.totalswap * (uint64_t)info.mem_unit / PAGE);
  p = number_line(p, "hugePages", number_after(slurp("/proc/meminfo"), "HugePages_Free:", 0));
  p = number_line(p, "overcommit", number_after(slurp("/proc/sys/vm/overcommit_memory"), "", 0));
  p = number_line(p, "minAddress", number_after(slurp("/proc/sys/vm/mmap_min_addr"), "", 0));
  p = number_line(p, "maxMapCount", number_after(slurp("/proc/sys/vm/max_map_count"), "", 65530));
  const char *huge = slurp("/sys/kernel/mm/transparent_hugepage/enabled");
  while (*huge && *huge != '[') huge++;
  p = line(p, "transparentHugePages", huge[0] == 0 ? "none" : huge[1] == 'a' ? "always" : huge[1] == 'm' ? "madvise" : "never");
  p = line(p, "ksm", os_slurp("/sys/kernel/mm/ksm/run", file, sizeof file) < 0 ? "false" : "true");
  const char *status = slurp("/proc/self/status");
  S->slot[SLOT_VM] = (int64_t)number_after(status, "VmSize:", 0) * 1024;
  S->slot[SLOT_VMDATA] = (int64_t)number_after(status, "VmData:", 0) * 1024;
  p = number_line(p, "vm", (uint64_t)S->slot[SLOT_VM]);
  p = number_line(p, "vmData", (uint64_t)S->slot[SLOT_VMDATA]);
  p = number_line(p, "vmLocked", number_after(status, "VmLck:", 0) * 1024);
  p = number_line(p, "dataSegment", stat_field(46) - stat_field(45));
  return number_line(p, "startBrk", stat_field(47));
}

/* CAP_IPC_LOCK, CAP_SYS_ADMIN and CAP_SYS_RESOURCE, any of them, as the last digits of CapEff tell. */
static bool is_privileged(void) {
  const char *p = slurp("/proc/self/status");
  uint64_t capabilities = 0;
  for (; *p; p++) {
    if (p[0] == 'C' && p[1] == 'a' && p[2] == 'p' && p[3] == 'E') break;
  }
  for (p += *p ? 7 : 0; *p == ' ' || *p == '\t'; p++) {
  }
  for (; (*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'f'); p++) {
    capabilities = capabilities << 4 | (uint64_t)(*p <= '9' ? *p - '0' : *p - 'a' + 10);
  }
  return (capabilities & (1ull << 14 | 1ull << 21 | 1ull << 24)) != 0;
}
#endif

/* The hello frame, written at `p`. Fills the slots of the place on the way. */
uint8_t *write_hello(uint8_t *frame) {
  struct utsname name;
  uint8_t *p = put_text(frame + 4, "VKA1");
#ifdef AGENT_RAW
  sys(SYS_uname, &name);
  S->slot[SLOT_TOP] = (int64_t)probe_user_end();
#else
  uname(&name);
#endif
  p = line(line(line(p, "system", name.sysname), "release", name.release), "machine", name.machine);
#ifdef AGENT_RAW
  p = line(p, "privileged", is_privileged() ? "true" : "false");
  p = line(p, "fileSystem", file_system());
  p = put_missing(put_limits(put_memory(p)));
#endif
  p = number_line(p, "userEnd", (uint64_t)S->slot[SLOT_TOP]);
  p = number_line(p, "place.arena", (uint64_t)S->slot[SLOT_ARENA]);
  p = number_line(p, "place.heap", (uint64_t)S->slot[SLOT_HEAP]);
  p = number_line(p, "place.buf", (uint64_t)S->slot[SLOT_BUF]);
  p = put_text(p, "code=");
  for (int i = 0; i < 8; i++) p = put_text(put_number(p, code_bytes[i]), i < 7 ? "," : "\n");
  put32(frame, (uint32_t)(p - frame - 4));
  return p;
}

/*
 * Startup: makes a place where programs run alone, then serves.
 *
 *   vkagent                       programs on standard input, answers on standard output
 *   vkagent DEVICE                both on a serial line
 *   vkagent --bench N [call=w,…]  N processes of random calls, the speed that nothing can exceed
 *
 * As the first process of a machine it speaks on /dev/ttyS0 unless told otherwise.
 *
 * To build it by hand: cc -O2 -static -no-pie -DAGENT_STATIC -fno-stack-protector -o vkagent *.c; without the linker's and AGENT_STATIC where
 * there is no static libc.
 *
 * A program must find no mapping near its own but those it made, and a heap that starts where the kernel put it. So the
 * agent runs on a stack inside its image, keeps what it needs in two mappings far from all else, and unmaps the rest: the
 * first stack, libc's thread-local data, the vdso. From then on only functions of libc that use neither may be called.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <termios.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#include "agent.h"
#include "os.h"

#ifdef __linux__
#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#endif

#define NOBODY 65534
#define STACK_BYTES 131072

static _Noreturn void fail(const char *what) {
  fprintf(stderr, "vkagent: %s: %s\n", what, strerror(errno));
  exit(1);
}

/* ---- streams ---- */

static int open_line(const char *device) {
  int fd = open(device, O_RDWR | O_NOCTTY);
  struct termios mode;
  if (fd < 0) fail(device);
  if (tcgetattr(fd, &mode) == 0) {
    cfmakeraw(&mode);
    tcsetattr(fd, TCSANOW, &mode);
  }
  return fd;
}

/* Moves the streams up to their places; everything below and above is closed. */
static void place_streams(int in, int out) {
  int messages = 2;
  struct rlimit files = {256, 256};
  setrlimit(RLIMIT_NOFILE, &files);
  int high[3] = {fcntl(in, F_DUPFD, FD_MESSAGES + 1), fcntl(out, F_DUPFD, FD_MESSAGES + 1), fcntl(messages, F_DUPFD, FD_MESSAGES + 1)};
  if (high[0] < 0 || high[1] < 0) fail("descriptors");
  for (int fd = 0; fd <= FD_MESSAGES; fd++) {
    if (fd != FD_DIRECTORY) close(fd);
  }
  dup2(high[0], FD_IN);
  dup2(high[1], FD_OUT);
  if (high[2] >= 0) dup2(high[2], FD_MESSAGES);
  for (int fd = FD_MESSAGES + 1; fd < 256; fd++) close(fd);
}

/* ---- the private directory ---- */

char directory[256];

static void remove_directory(const char *path) {
  char name[300];
  for (unsigned i = 0; i < FILES_MAX; i++) {
    snprintf(name, sizeof name, "%s/f%02u", path, i);
    unlink(name);
  }
  rmdir(path);
}

/* Directories of agents that were killed: nobody holds their lock. */
static void remove_stale(const char *base) {
  struct stat entry_stat;
  DIR *entries = opendir(base);
  if (!entries) return;
  for (struct dirent *entry; (entry = readdir(entries));) {
    if (strncmp(entry->d_name, "vkagent.", 8) != 0) continue;
    char path[256];
    if (snprintf(path, sizeof path, "%s/%s", base, entry->d_name) >= (int)sizeof path) continue;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (fd < 0) continue;
    /* One that was made just now may not be locked yet. */
    bool old = fstat(fd, &entry_stat) == 0 && time(NULL) - entry_stat.st_ctime > 60;
    if (old && flock(fd, LOCK_EX | LOCK_NB) == 0) remove_directory(path);
    close(fd);
  }
  closedir(entries);
}

static void make_directory(void) {
  struct stat stat_buffer;
  const char *temporary = getenv("TMPDIR");
  const char *base = stat("/dev/shm", &stat_buffer) == 0 && access("/dev/shm", W_OK) == 0 ? "/dev/shm" : temporary ? temporary : "/tmp";
  remove_stale(base);
  if (snprintf(directory, sizeof directory, "%s/vkagent.XXXXXX", base) >= (int)sizeof directory || !mkdtemp(directory)) fail(base);
  int fd = open(directory, O_RDONLY | O_DIRECTORY);
  if (fd < 0 || flock(fd, LOCK_EX) < 0) fail(directory);
  if (fd != FD_DIRECTORY) {
    if (dup2(fd, FD_DIRECTORY) < 0) fail(directory);
    close(fd);
  }
}

/* ---- privileges and limits ---- */

static void limit(int resource, rlim_t soft, rlim_t hard) {
  struct rlimit now, wanted = {soft, hard};
  if (getrlimit(resource, &now) < 0) return;
  if (geteuid() != 0) {
    if (wanted.rlim_max > now.rlim_max) wanted.rlim_max = now.rlim_max;
    if (wanted.rlim_cur > wanted.rlim_max) wanted.rlim_cur = wanted.rlim_max;
  }
  setrlimit(resource, &wanted);
}

static void set_limits(void) {
  limit(RLIMIT_MEMLOCK, 64 * PAGE, 8 << 20);
  limit(RLIMIT_STACK, 8 << 20, RLIM_INFINITY);
  limit(RLIMIT_FSIZE, 64 << 20, 64 << 20);
  limit(RLIMIT_DATA, RLIM_INFINITY, RLIM_INFINITY);
  limit(RLIMIT_AS, RLIM_INFINITY, RLIM_INFINITY);
  limit(RLIMIT_CORE, 0, 0);
}

static void drop_privileges(void) {
  umask(077);
#ifdef __linux__
  int fd = open("/proc/self/oom_score_adj", O_WRONLY);
  if (fd >= 0) {
    if (write(fd, "1000", 4) < 0) { /* kept as it is */
    }
    close(fd);
  }
  if (geteuid() == 0) unshare(CLONE_NEWIPC);
#endif
  /* Whoever starts it, a program has no privileges. */
  if (geteuid() == 0) {
    if (fchown(FD_DIRECTORY, NOBODY, NOBODY) < 0 || setgroups(0, NULL) < 0) fail("dropping privileges");
    if (setregid(NOBODY, NOBODY) < 0 || setreuid(NOBODY, NOBODY) < 0) fail("dropping privileges");
  }
#ifdef __linux__
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}};
  syscall(SYS_capset, &header, none);
  prctl(PR_SET_NAME, "vkagent");
  prctl(PR_SET_DUMPABLE, 1); /* process_vm_readv asks for it */
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  if (getpid() != 1) prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
}

/* ---- the place ---- */

extern char _end[]; /* from the linker */
#ifdef AGENT_STATIC
/* A hole of 64 MiB at the end of the image, so that nothing lies below the heap. */
__asm__(".pushsection .gap,\"aw\",%nobits\n.balign 4096\n.globl agent_gap\nagent_gap: .zero 67108864\n.popsection");
extern char agent_gap[];
#endif

static bool is_bench;
#if defined(AGENT_STATIC) && defined(AGENT_RAW)
static bool is_alone; /* nothing but the agent's own needs what unmap_rest unmaps */
#endif
static uint8_t stack[STACK_BYTES] __attribute__((aligned(4096)));

static void map_place(void) {
  void *shared = mmap((void *)SHARED_AT, SHARED_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  void *buf = mmap((void *)BUF_AT, BUF_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  if (shared == MAP_FAILED || buf == MAP_FAILED) fail("mmap");
  S->supervisor = getpid();
  S->image_end = (uintptr_t)_end;
  S->slot[SLOT_ARENA] = (int64_t)(ARENA_AT + ARENA_BYTES / 2);
  S->slot[SLOT_TOP] = 0x7ffffffff000;
  S->slot[SLOT_HIGH] = INT64_MIN;
  S->slot[SLOT_BUF] = (int64_t)BUF_AT;
  memcpy(&S->slot[SLOT_CODE], code_bytes, 8);
}

#if defined(AGENT_STATIC) && defined(AGENT_RAW)
/* Unmaps what /proc/self/maps shows beside the image and the place. Runs on the agent's own stack. */
static void unmap_rest(void) {
  static char maps[16384];
  if (os_slurp("/proc/self/maps", maps, sizeof maps) <= 0) return;
  S->image_end = (uintptr_t)agent_gap;
  sys(SYS_munmap, agent_gap, (((uintptr_t)_end + PAGE - 1) & ~(uintptr_t)(PAGE - 1)) - (uintptr_t)agent_gap);
  for (char *p = maps; *p; p++) {
    uint64_t bounds[2] = {0, 0};
    for (int i = 0; i < 2; i++, p++) {
      for (; *p != '-' && *p != ' '; p++) bounds[i] = bounds[i] << 4 | (uint64_t)(*p <= '9' ? *p - '0' : *p - 'a' + 10);
    }
    while (*p != '\n') p++;
#ifdef __x86_64__
    bool spare = bounds[0] > BUF_AT;
#else
    bool spare = false; /* the vdso holds the return from a signal handler */
#endif
    if (spare) sys(SYS_munmap, bounds[0], bounds[1] - bounds[0]);
  }
  /* libc's own data at the start of the heap. */
  uint64_t start = stat_field(47, 0);
  if (start != 0) os_brk(start);
}
#endif

static void settled(void) {
#if defined(AGENT_STATIC) && defined(AGENT_RAW)
  if (is_alone) unmap_rest();
#endif
  S->slot[SLOT_HEAP] = (int64_t)os_brk(0);
  if (is_bench) bench();
  serve();
}

/* ---- */

/*
 * Starts over once, so that addresses repeat from run to run (no randomisation, a stack of the usual size) and the kernel keeps
 * no pointer into thread-local data that is to go (rseq). Where that cannot be done nothing is unmapped later.
 */
static void start_over(char **argv, const char *device) {
#if defined(AGENT_STATIC) && defined(AGENT_RAW)
  if (getenv("VKAGENT_AGAIN")) {
    is_alone = true;
    return;
  }
  int now = personality(0xffffffff);
  if (now >= 0) personality((unsigned long)now | ADDR_NO_RANDOMIZE);
  setenv("VKAGENT_AGAIN", "1", 1);
  setenv("GLIBC_TUNABLES", "glibc.pthread.rseq=0", 1);
  char *line[] = {argv[0], (char *)device, NULL};
  execv("/proc/self/exe", argv[0] && argv[1] ? argv : line);
#endif
  (void)argv;
  (void)device;
}

#ifdef __linux__
/* As the first process of a machine: what programs need of file systems. When the agent ends the machine is switched off. */
static void be_init(void) {
  mount("devtmpfs", "/dev", "devtmpfs", 0, NULL);
  mount("proc", "/proc", "proc", 0, NULL);
  mount("sysfs", "/sys", "sysfs", 0, NULL);
  mount("tmpfs", "/tmp", "tmpfs", 0, "mode=1777");
  pid_t agent = fork(), ended;
  if (agent == 0) return;
  do ended = wait(NULL);
  while (ended != agent && (ended > 0 || errno == EINTR));
  reboot(RB_POWER_OFF);
  exit(0);
}
#endif

static void read_bench(char **argv) {
  bench_programs = argv[2] ? strtoul(argv[2], NULL, 10) : 1000;
  is_bench = true;
  if (!argv[2] || !argv[3]) return;
  for (char *word = strtok(argv[3], ","); word; word = strtok(NULL, ",")) {
    char *equals = strchr(word, '=');
    if (!equals) continue;
    *equals = 0;
    for (int call = 0; call < CALLS_COUNT; call++) {
      if (strcmp(word, call_names[call]) == 0) bench_weights[call] = (uint32_t)strtoul(equals + 1, NULL, 10);
    }
  }
}

int main(int argc, char **argv) {
  const char *device = argc > 1 ? argv[1] : NULL;
#ifdef __linux__
  /* A container's first process has a pipe there; that of a machine has its console, or nothing. */
  if (getpid() == 1 && (isatty(0) || fcntl(0, F_GETFD) < 0)) {
    be_init();
    if (!device) device = "/dev/ttyS0";
  }
#endif
  set_limits();
  start_over(argv, device);
  int in = 0, out = 1;
  if (device && strcmp(device, "--bench") == 0) {
    read_bench(argv);
  } else if (device) {
    in = out = open_line(device);
  }
  place_streams(in, out);
  make_directory();
  struct rlimit files = {64, 256};
  setrlimit(RLIMIT_NOFILE, &files);
  drop_privileges();
  map_place();
  catch_faults();
  start_watchdog_handler();
  ucontext_t context;
  getcontext(&context);
  context.uc_stack.ss_sp = stack;
  context.uc_stack.ss_size = sizeof stack;
  context.uc_link = NULL;
  makecontext(&context, settled, 0);
  setcontext(&context);
  fail("setcontext");
}

/* os.h by bare Linux system calls. */
#define _GNU_SOURCE
#include "os.h"

#ifdef AGENT_RAW
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <sys/ipc.h>
#include <sys/prctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>

#include "agent.h"

#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

long os_read(int fd, void *to, size_t bytes) { return sys(SYS_read, fd, to, bytes); }
long os_write(int fd, const void *from, size_t bytes) { return sys(SYS_write, fd, from, bytes); }
long os_fork(void) { return sys(SYS_clone, SIGCHLD); }
long os_getpid(void) { return sys(SYS_getpid); }
long os_wait(int *status) { return sys(SYS_wait4, -1, status, 0, 0); }
void os_kill(long pid) { sys(SYS_kill, pid, SIGKILL); }
uint64_t os_brk(uint64_t to) { return (uint64_t)sys(SYS_brk, to); }
void os_remove_directory(const char *path) { sys(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR); }
void os_remove_shm(int id) { sys(SYS_shmctl, id, IPC_RMID, 0); }

int os_is_unmapped(uint64_t page) { return sys(SYS_mincore, page, PAGE, &S->scratch) == -ENOMEM; }

void os_limit(int resource, uint64_t limit[2]) { sys(SYS_prlimit64, 0, resource, 0, limit); }

/* By halving: a page that can be mapped, or is, lies inside. */
uint64_t os_user_end(void) {
  uint64_t inside = 1, outside = 1ull << 52;
  while (outside - inside > 1) {
    uint64_t page = inside + (outside - inside) / 2;
    long at = sys(SYS_mmap, page * PAGE, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (at > 0) sys(SYS_munmap, at, PAGE);
    if (at == (long)(page * PAGE) || at == -EEXIST || at == -EPERM) {
      inside = page;
    } else {
      outside = page;
    }
  }
  return outside * PAGE;
}

const char *os_file_system(void) {
  static const struct {
    uint32_t magic;
    const char *name;
  } known[] = {{0x01021994, "tmpfs"},   {0xef53, "ext4"},      {0x9123683e, "btrfs"}, {0x58465342, "xfs"},
               {0x794c7630, "overlay"}, {0x858458f6, "ramfs"}, {0x01021997, "9p"},    {0x00c0ffee, "hostfs"}};
  struct statfs fs;
  if (sys(SYS_fstatfs, FD_DIRECTORY, &fs) < 0) return "other";
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    if ((uint32_t)fs.f_type == known[i].magic) return known[i].name;
  }
  return "other";
}

void os_exit(int status) {
  for (;;) sys(SYS_exit_group, status);
}

long os_slurp(const char *path, char *to, size_t bytes) {
  long fd = sys(SYS_openat, AT_FDCWD, path, O_RDONLY);
  if (fd < 0) return fd;
  size_t length = 0;
  long n;
  while (length < bytes - 1 && (n = os_read((int)fd, to + length, bytes - 1 - length)) > 0) length += (size_t)n;
  to[length] = 0;
  sys(SYS_close, fd);
  return (long)length;
}

void os_sleep(uint32_t *word) {
  struct timespec second = {1, 0};
  /* A supervisor that was killed could not end its programs. */
  if (sys(SYS_futex, word, FUTEX_WAIT, 0, &second) == -ETIMEDOUT && sys(SYS_kill, S->supervisor, 0) == -ESRCH) os_exit(0);
}

void os_wake(uint32_t *word) { sys(SYS_futex, word, FUTEX_WAKE, 1); }

void os_wait_dead(long pid, int is_child) {
  if (is_child) {
    siginfo_t info;
    while (sys(SYS_waitid, P_PID, pid, &info, WEXITED | WNOWAIT, 0) == -EINTR) {
    }
    return;
  }
  long fd = sys(SYS_pidfd_open, pid, 0);
  if (fd >= 0) {
    struct pollfd poll = {(int)fd, POLLIN, 0};
    while (sys(SYS_ppoll, &poll, 1, 0, 0, 0) == -EINTR) {
    }
    sys(SYS_close, fd);
    return;
  }
  struct timespec pause = {0, 1000000};
  for (int i = 0; i < 20 && os_process_state(pid) != 'Z' && sys(SYS_kill, pid, 0) == 0; i++) sys(SYS_nanosleep, &pause, 0);
}

void os_enter_program(int is_first) {
  /* A forked process lives on when its parent exits; the wait for its turn notices when the supervisor is dead. */
  if (!is_first) return;
  sys(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
  if (sys(SYS_close_range, FD_IN, ~0u, 0) < 0) {
    for (int fd = FD_IN; fd <= FD_MESSAGES; fd++) sys(SYS_close, fd);
  }
}

void os_timer(long microseconds) {
  struct itimerval every = {{0, microseconds}, {0, microseconds}};
  sys(SYS_setitimer, ITIMER_REAL, &every, 0);
}

uint64_t os_microseconds(void) {
  struct timespec now;
  sys(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

void os_unlink(int number) {
  char name[4] = {'f', (char)('0' + number / 10), (char)('0' + number % 10), 0};
  sys(SYS_unlinkat, FD_DIRECTORY, name, 0);
}

char os_process_state(long pid) {
  char path[32] = "/proc/", stat[512];
  size_t at = 6;
  long unit = 1;
  while (unit <= pid / 10) unit *= 10;
  for (; unit > 0; unit /= 10) path[at++] = (char)('0' + pid / unit % 10);
  __builtin_memcpy(path + at, "/stat", 6);
  long length = os_slurp(path, stat, sizeof stat);
  if (length == -ENOENT || length == -ESRCH) return sys(SYS_kill, pid, 0) == -ESRCH ? 'Z' : '?';
  /* The state follows the name, which ends with the last parenthesis. */
  for (long i = length - 3; i > 0; i--) {
    if (stat[i] != ')') continue;
    return stat[i + 2] == 'X' ? 'Z' : stat[i + 2];
  }
  return '?';
}
#endif

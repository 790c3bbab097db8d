/* os.h by the functions of POSIX, for systems other than Linux. */
#define _GNU_SOURCE
#include "os.h"

#ifndef AGENT_RAW
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"

static long result_of(long result) { return result < 0 ? -errno : result; }

long os_read(int fd, void *to, size_t bytes) { return result_of(read(fd, to, bytes)); }
long os_write(int fd, const void *from, size_t bytes) { return result_of(write(fd, from, bytes)); }
long os_fork(void) { return result_of(fork()); }
long os_getpid(void) { return getpid(); }
long os_wait(int *status) { return result_of(waitpid(-1, status, 0)); }
void os_kill(long pid) { kill((pid_t)pid, SIGKILL); }
void os_exit(int status) { _exit(status); }
void os_remove_directory(const char *path) { rmdir(path); }
void os_remove_shm(int id) { shmctl(id, IPC_RMID, NULL); }
int os_is_unmapped(uint64_t page) { return (void)page, 0; }
char os_process_state(long pid) { return kill((pid_t)pid, 0) < 0 && errno == ESRCH ? 'Z' : '?'; }
uint64_t os_user_end(void) { return (uint64_t)S->slot[SLOT_TOP]; }
const char *os_file_system(void) { return "other"; }

uint64_t os_brk(uint64_t to) {
  if (to != 0 && brk((void *)(uintptr_t)to) < 0) return (uint64_t)(uintptr_t)sbrk(0);
  return to != 0 ? to : (uint64_t)(uintptr_t)sbrk(0);
}

long os_slurp(const char *path, char *to, size_t bytes) {
  int fd = open(path, O_RDONLY);
  if (fd < 0) return -errno;
  size_t length = 0;
  ssize_t n;
  while (length < bytes - 1 && (n = read(fd, to + length, bytes - 1 - length)) > 0) length += (size_t)n;
  to[length] = 0;
  close(fd);
  return (long)length;
}

/* There is no futex: short pauses, after some turns at once. */
void os_sleep(uint32_t *word) {
  for (int i = 0; __atomic_load_n(word, __ATOMIC_ACQUIRE) == 0 && i < 10000; i++) usleep(i < 100 ? 0 : 100);
  if (kill(S->supervisor, 0) < 0 && errno == ESRCH) _exit(0);
}

void os_wake(uint32_t *word) { (void)word; }

void os_wait_dead(long pid, int is_child) {
  siginfo_t info;
  if (is_child) {
    while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
    }
    return;
  }
  for (int i = 0; i < 20 && kill((pid_t)pid, 0) == 0; i++) usleep(1000);
}

void os_enter_program(int is_first) {
  for (int fd = FD_IN; is_first && fd <= FD_MESSAGES; fd++) close(fd);
}

void os_timer(long microseconds) {
  struct itimerval every = {{0, microseconds}, {0, microseconds}};
  setitimer(ITIMER_REAL, &every, NULL);
}

void os_unlink(int number) {
  char name[8];
  snprintf(name, sizeof name, "f%02d", number);
  unlinkat(FD_DIRECTORY, name, 0);
}

void os_limit(int resource, uint64_t limit[2]) {
  struct rlimit now;
  if (getrlimit(resource, &now) < 0) return;
  if (now.rlim_cur != RLIM_INFINITY) limit[0] = now.rlim_cur;
  if (now.rlim_max != RLIM_INFINITY) limit[1] = now.rlim_max;
}

uint64_t os_microseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}
#endif

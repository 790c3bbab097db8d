/*
 * The calls on systems other than Linux: the functions of libc, with the notation's numbers, which are Linux's, turned into the
 * system's. What a system lacks fails with ENOSYS, a flag that it lacks with EINVAL.
 */
#define _GNU_SOURCE
#include "agent.h"
#include "os.h"

#ifndef AGENT_RAW
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef MAP_ANONYMOUS
#define MAP_ANONYMOUS MAP_ANON
#endif

struct number {
  int64_t wire, own;
};
#define TRANSLATE(table, wire) translate(table, sizeof table / sizeof *table, wire)
#define FLAGS(table, wire, own) flags(table, sizeof table / sizeof *table, wire, own)

static const struct number errnos[] = {{11, EAGAIN},   {36, ENAMETOOLONG}, {38, ENOSYS}, {39, ENOTEMPTY},
                                       {40, ELOOP},    {43, EIDRM},        {75, EOVERFLOW}, {95, EOPNOTSUPP}};
static const struct number map_flags[] = {
    {0x01, MAP_SHARED},         {0x02, MAP_PRIVATE},   {0x10, MAP_FIXED},       {0x20, MAP_ANONYMOUS},
#ifdef MAP_NORESERVE
    {0x4000, MAP_NORESERVE},
#endif
#ifdef MAP_STACK
    {0x20000, MAP_STACK},
#endif
};
static const struct number advices[] = {
    {0, MADV_NORMAL}, {1, MADV_RANDOM}, {2, MADV_SEQUENTIAL}, {3, MADV_WILLNEED}, {4, MADV_DONTNEED},
#ifdef MADV_FREE
    {8, MADV_FREE},
#endif
};
static const struct number sync_flags[] = {{1, MS_ASYNC}, {2, MS_INVALIDATE}, {4, MS_SYNC}};
static const struct number open_flags[] = {{0x40, O_CREAT}, {0x80, O_EXCL}, {0x200, O_TRUNC}, {0x400, O_APPEND}, {0x800, O_NONBLOCK}};
static const struct number limits[] = {{1, RLIMIT_FSIZE}, {2, RLIMIT_DATA}, {3, RLIMIT_STACK}, {7, RLIMIT_NOFILE}, {8, RLIMIT_MEMLOCK}, {9, RLIMIT_AS}};

/* One of a list of values; -1 when it is not there. */
static int64_t translate(const struct number *table, size_t rows, int64_t wire) {
  for (size_t i = 0; i < rows; i++) {
    if (table[i].wire == wire) return table[i].own;
  }
  return -1;
}

/* A union of bits; false when one is not there. */
static bool flags(const struct number *table, size_t rows, int64_t wire, int *own) {
  *own = 0;
  for (size_t i = 0; i < rows; i++) {
    if (wire & table[i].wire) *own |= (int)table[i].own;
    wire &= ~table[i].wire;
  }
  return wire == 0;
}

static int64_t negated_errno(void) {
  for (size_t i = 0; i < sizeof errnos / sizeof *errnos; i++) {
    if (errnos[i].own == errno) return -errnos[i].wire;
  }
  return -errno; /* the first numbers are everywhere the same */
}

static int64_t result_of(int64_t result) { return result == -1 ? negated_errno() : result; }
static int64_t refuse(int error) { return errno = error, negated_errno(); }
static void *pointer(int64_t address) { return (void *)(uintptr_t)address; }
static const struct iovec *vector(const int64_t *a) { return (const struct iovec *)(const void *)a; }

static int64_t map(const int64_t *a) {
  int own;
  if (!FLAGS(map_flags, a[3], &own)) return refuse(EINVAL);
  return result_of((int64_t)(intptr_t)mmap(pointer(a[0]), (size_t)a[1], (int)a[2], own, (int)a[4], a[5]));
}

static int64_t open_file(int64_t number, int64_t wire) {
  int own;
  char name[8];
  if (!FLAGS(open_flags, wire & ~3, &own)) return refuse(EINVAL);
  snprintf(name, sizeof name, "f%02d", (int)number % 100);
  int fd = openat(FD_DIRECTORY, name, own | (int)(wire & 3), 0600);
  if (fd >= 0 && (own & O_CREAT)) S->files |= 1ull << number;
  return result_of(fd);
}

static int64_t unlink_file(int64_t number) {
  char name[8];
  snprintf(name, sizeof name, "f%02d", (int)number % 100);
  return result_of(unlinkat(FD_DIRECTORY, name, 0));
}

static int64_t make_pipe(int64_t wire) {
  int ends[2], own;
  if (!FLAGS(open_flags, wire, &own) || (own & ~O_NONBLOCK)) return refuse(EINVAL);
  if (pipe(ends) < 0) return negated_errno();
  for (int i = 0; own != 0 && i < 2; i++) fcntl(ends[i], F_SETFL, O_NONBLOCK);
  return ends[0] + 65536ll * ends[1];
}

static int64_t wait_status(int64_t pid) {
  int status;
  if (waitpid((pid_t)pid, &status, 0) < 0) return negated_errno();
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int64_t set_limit(const int64_t *a) {
  struct rlimit limit = {(rlim_t)a[1], (rlim_t)a[2]};
  int64_t resource = TRANSLATE(limits, a[0]);
  return resource < 0 ? refuse(EINVAL) : result_of(setrlimit((int)resource, &limit));
}

static int64_t make_segment(int64_t size, int64_t wire) {
  int id = shmget(IPC_PRIVATE, (size_t)size, (int)wire | 0600);
  if (id >= 0 && S->shm_count < SHM_MAX) S->shm[S->shm_count++] = id;
  return result_of(id);
}

static int64_t sync_memory(const int64_t *a) {
  int own;
  return FLAGS(sync_flags, a[2], &own) ? result_of(msync(pointer(a[0]), (size_t)a[1], own)) : refuse(EINVAL);
}

static int64_t advise(const int64_t *a) {
  int64_t advice = TRANSLATE(advices, a[2]);
  return advice < 0 ? refuse(EINVAL) : result_of(madvise(pointer(a[0]), (size_t)a[1], (int)advice));
}

static int64_t file_size(int64_t fd) {
  struct stat stat;
  return fstat((int)fd, &stat) < 0 ? negated_errno() : stat.st_size;
}

int64_t perform(enum call call, const int64_t *a) {
  switch (call) {
    case CALL_MMAP: return map(a);
    case CALL_MUNMAP: return result_of(munmap(pointer(a[0]), (size_t)a[1]));
    case CALL_MPROTECT: return result_of(mprotect(pointer(a[0]), (size_t)a[1], (int)a[2]));
    case CALL_MADVISE: return advise(a);
    case CALL_MSYNC: return sync_memory(a);
    case CALL_MINCORE: return result_of(mincore(pointer(a[0]), (size_t)a[1], pointer(a[2])));
    case CALL_MLOCK: return result_of(mlock(pointer(a[0]), (size_t)a[1]));
    case CALL_MUNLOCK: return result_of(munlock(pointer(a[0]), (size_t)a[1]));
    case CALL_MLOCKALL: return result_of(mlockall((int)a[0]));
    case CALL_MUNLOCKALL: return result_of(munlockall());
    case CALL_BRK: return (int64_t)os_brk((uint64_t)a[0]);
    case CALL_SETRLIMIT: return set_limit(a);
    case CALL_READ: return result_of(read((int)a[0], pointer(a[1]), (size_t)a[2]));
    case CALL_WRITE: return result_of(write((int)a[0], pointer(a[1]), (size_t)a[2]));
    case CALL_PREAD: return result_of(pread((int)a[0], pointer(a[1]), (size_t)a[2], a[3]));
    case CALL_PWRITE: return result_of(pwrite((int)a[0], pointer(a[1]), (size_t)a[2], a[3]));
    case CALL_READV: return result_of(readv((int)a[0], vector(a + 2), (int)a[1]));
    case CALL_WRITEV: return result_of(writev((int)a[0], vector(a + 2), (int)a[1]));
    case CALL_WAIT: return wait_status(a[0]);
    case CALL_PIPE: return make_pipe(a[0]);
    case CALL_OPEN: return open_file(a[0], a[1]);
    case CALL_CLOSE: return result_of(close((int)a[0]));
    case CALL_DUP: return result_of(dup((int)a[0]));
    case CALL_FTRUNCATE: return result_of(ftruncate((int)a[0], a[1]));
    case CALL_LSEEK: return a[2] < 0 || a[2] > 2 ? refuse(EINVAL) : result_of(lseek((int)a[0], a[1], (int)a[2]));
    case CALL_FSIZE: return file_size(a[0]);
    case CALL_UNLINK: return unlink_file(a[0]);
    case CALL_SHMGET: return make_segment(a[0], a[1]);
    case CALL_SHMAT: return result_of((int64_t)(intptr_t)shmat((int)a[0], pointer(a[1]), (int)a[2]));
    case CALL_SHMDT: return result_of(shmdt(pointer(a[0])));
    case CALL_SHM_RMID: return result_of(shmctl((int)a[0], IPC_RMID, NULL));
    default: return refuse(ENOSYS);
  }
}
#endif

/* The calls, as Linux has them: bare system calls, the notation's numbers being Linux's own. */
#define _GNU_SOURCE
#include "agent.h"
#include "os.h"

const char *const call_letters[CALLS_COUNT] = {
#define X(id, name, letters) letters,
    CALLS(X)
#undef X
};
const char *const call_names[CALLS_COUNT] = {
#define X(id, name, letters) name,
    CALLS(X)
#undef X
};

bool is_missing(int64_t result) { return result == -WIRE_ENOSYS; }

#ifdef AGENT_RAW
#include <errno.h>
#include <fcntl.h>
#include <sys/ipc.h>
#include <sys/stat.h>
#include <sys/wait.h>

static int64_t wait_status(int64_t pid) {
  int status = 0;
  long got = sys(SYS_wait4, pid, &status, 0, 0);
  if (got < 0) return got;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int64_t make_pipe(int64_t flags) {
  int ends[2];
  long result = sys(SYS_pipe2, ends, flags);
  return result < 0 ? result : ends[0] + 65536ll * ends[1];
}

static int64_t file_size(int64_t fd) {
  struct stat stat;
  long result = sys(SYS_fstat, fd, &stat);
  return result < 0 ? result : stat.st_size;
}

static int64_t set_limit(int64_t resource, int64_t soft, int64_t hard) {
  int64_t limit[2] = {soft, hard};
  return sys(SYS_prlimit64, 0, resource, limit, 0);
}

static int64_t open_file(int64_t number, int64_t flags) {
  char name[4] = {'f', (char)('0' + number / 10), (char)('0' + number % 10), 0};
  long fd = sys(SYS_openat, FD_DIRECTORY, name, flags, 0600);
  if (fd >= 0 && (flags & O_CREAT)) S->files |= 1ull << number;
  return fd;
}

static int64_t make_segment(int64_t size, int64_t flags) {
  long id = sys(SYS_shmget, IPC_PRIVATE, size, flags | 0600);
  if (id >= 0 && S->shm_count < SHM_MAX) S->shm[S->shm_count++] = (int32_t)id;
  return id;
}

static int64_t unlink_file(int64_t number) {
  char name[4] = {'f', (char)('0' + number / 10), (char)('0' + number % 10), 0};
  return sys(SYS_unlinkat, FD_DIRECTORY, name, 0);
}

/* A vector stands in the arguments as its count and then the pairs, which are laid out as struct iovec. */
int64_t perform(enum call call, const int64_t *a) {
  switch (call) {
    case CALL_MMAP: return sys(SYS_mmap, a[0], a[1], a[2], a[3], a[4], a[5]);
    case CALL_MUNMAP: return sys(SYS_munmap, a[0], a[1]);
    case CALL_MPROTECT: return sys(SYS_mprotect, a[0], a[1], a[2]);
    case CALL_MREMAP: return sys(SYS_mremap, a[0], a[1], a[2], a[3], a[4]);
    case CALL_MADVISE: return sys(SYS_madvise, a[0], a[1], a[2]);
    case CALL_MSYNC: return sys(SYS_msync, a[0], a[1], a[2]);
    case CALL_MINCORE: return sys(SYS_mincore, a[0], a[1], a[2]);
    case CALL_MLOCK: return sys(SYS_mlock, a[0], a[1]);
    case CALL_MLOCK2: return sys(SYS_mlock2, a[0], a[1], a[2]);
    case CALL_MUNLOCK: return sys(SYS_munlock, a[0], a[1]);
    case CALL_MLOCKALL: return sys(SYS_mlockall, a[0]);
    case CALL_MUNLOCKALL: return sys(SYS_munlockall);
    case CALL_BRK: return sys(SYS_brk, a[0]);
    case CALL_SETRLIMIT: return set_limit(a[0], a[1], a[2]);
    case CALL_READ: return sys(SYS_read, a[0], a[1], a[2]);
    case CALL_WRITE: return sys(SYS_write, a[0], a[1], a[2]);
    case CALL_PREAD: return sys(SYS_pread64, a[0], a[1], a[2], a[3]);
    case CALL_PWRITE: return sys(SYS_pwrite64, a[0], a[1], a[2], a[3]);
    case CALL_READV: return sys(SYS_readv, a[0], a + 2, a[1]);
    case CALL_WRITEV: return sys(SYS_writev, a[0], a + 2, a[1]);
    case CALL_PROCESS_VM_READV:
    case CALL_PROCESS_VM_WRITEV: {
      const int64_t *remote = a + 2 + 2 * a[1];
      long number = call == CALL_PROCESS_VM_READV ? SYS_process_vm_readv : SYS_process_vm_writev;
      return sys(number, a[0], a + 2, a[1], remote + 1, remote[0], remote[1 + 2 * remote[0]]);
    }
    case CALL_WAIT: return wait_status(a[0]);
    case CALL_PIPE: return make_pipe(a[0]);
    case CALL_MEMFD_CREATE: return sys(SYS_memfd_create, "m", a[0]);
    case CALL_OPEN: return open_file(a[0], a[1]);
    case CALL_CLOSE: return sys(SYS_close, a[0]);
    case CALL_DUP: return sys(SYS_dup, a[0]);
    case CALL_FTRUNCATE: return sys(SYS_ftruncate, a[0], a[1]);
    case CALL_FALLOCATE: return sys(SYS_fallocate, a[0], a[1], a[2], a[3]);
    case CALL_LSEEK: return sys(SYS_lseek, a[0], a[1], a[2]);
    case CALL_FSIZE: return file_size(a[0]);
    case CALL_UNLINK: return unlink_file(a[0]);
    case CALL_ADD_SEALS: return sys(SYS_fcntl, a[0], F_ADD_SEALS, a[1]);
    case CALL_GET_SEALS: return sys(SYS_fcntl, a[0], F_GET_SEALS);
    case CALL_SHMGET: return make_segment(a[0], a[1]);
    case CALL_SHMAT: return sys(SYS_shmat, a[0], a[1], a[2]);
    case CALL_SHMDT: return sys(SYS_shmdt, a[0]);
    case CALL_SHM_RMID: return sys(SYS_shmctl, a[0], IPC_RMID, 0);
    default: return -ENOSYS; /* the calls that program.c makes itself */
  }
}
#endif

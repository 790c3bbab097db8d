/*
 * The few services that the agent itself needs of its system after startup. Results are those of the kernel: a
 * negated errno on failure. On Linux they are bare system calls, so that no thread-local errno is needed.
 */
#ifndef OS_H
#define OS_H

#include <stddef.h>
#include <stdint.h>

#if defined(__linux__) && (defined(__x86_64__) || defined(__aarch64__) || defined(__riscv)) && !defined(AGENT_PORTABLE)
#define AGENT_RAW 1
#include <sys/syscall.h>

static inline long sys6(long n, long a, long b, long c, long d, long e, long f) {
#if defined(__x86_64__)
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall" : "=a"(result) : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
  return result;
#elif defined(__aarch64__)
  register long x8 __asm__("x8") = n;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
#else
  register long a7 __asm__("a7") = n;
  register long a0 __asm__("a0") = a;
  register long a1 __asm__("a1") = b;
  register long a2 __asm__("a2") = c;
  register long a3 __asm__("a3") = d;
  register long a4 __asm__("a4") = e;
  register long a5 __asm__("a5") = f;
  __asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5) : "memory");
  return a0;
#endif
}
/* sys(SYS_x, arguments…): missing arguments are 0. */
#define sys(...) sys_filled(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)
#define sys_filled(n, a, b, c, d, e, f, ...) sys6((n), (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#endif

long os_read(int fd, void *to, size_t bytes);
long os_write(int fd, const void *from, size_t bytes);
/* Reads a whole small file and ends it with a NUL; the length, or a negated errno. */
long os_slurp(const char *path, char *to, size_t bytes);
long os_fork(void);
long os_getpid(void);
/* Waits for any child. */
long os_wait(int *status);
void os_kill(long pid);
_Noreturn void os_exit(int status);
/* Waits until *word is no longer 0, or some time has passed. */
void os_sleep(uint32_t *word);
void os_wake(uint32_t *word);
/* Waits until the process is dead to the rest of the system. */
void os_wait_dead(long pid, int is_child);
/* In a program's process: no stream of the agent's, and death with the supervisor. */
void os_enter_program(int is_first);
uint64_t os_microseconds(void);
/* Fires SIGALRM at this interval; 0 stops it. */
void os_timer(long microseconds);
void os_unlink(int number);
void os_remove_directory(const char *path);
void os_remove_shm(int id);
/* 'S' sleeping, 'R' running, 'Z' dead, '?' not known. */
char os_process_state(long pid);
uint64_t os_brk(uint64_t to);
/* Soft and hard; UINT64_MAX where there is none. */
void os_limit(int resource, uint64_t limit[2]);
/* First address past the user address space. */
uint64_t os_user_end(void);
/* Type of the private directory's file system. */
const char *os_file_system(void);
/* Nothing is mapped at this page, as far as the system can tell without an access. */
int os_is_unmapped(uint64_t page);

#endif

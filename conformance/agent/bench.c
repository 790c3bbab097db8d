/* The bare loop: random calls, twenty to a process, nothing checked and nothing answered. */
#include "agent.h"
#include "os.h"

unsigned long bench_programs;
uint32_t bench_weights[CALLS_COUNT];
void bench(void) { os_exit(0); }

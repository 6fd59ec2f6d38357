// Sleeps until SIGTERM or SIGINT, and reaps whatever is handed to it as process 1.
// It is the sandbox container of every Pod and process 1 of the nodes of hack/cluster.
// No C library: the image is a few kilobytes.

#include <asm/unistd.h>
#include <linux/signal.h>
#include <linux/wait.h>

static long call(long number, long a, long b, long c, long d) {
#if defined(__x86_64__)
  register long fourth __asm__("r10") = d;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth)
                   : "rcx", "r11", "memory");
  return result;
#elif defined(__aarch64__)
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
  return x0;
#else
#error "unknown architecture"
#endif
}

__attribute__((noreturn)) void _start(void) {
  const unsigned long signals =
      1UL << (SIGTERM - 1) | 1UL << (SIGINT - 1) | 1UL << (SIGCHLD - 1);
  call(__NR_rt_sigprocmask, SIG_BLOCK, (long)&signals, 0, sizeof signals);
  for (;;) {
    const long signal = call(__NR_rt_sigtimedwait, (long)&signals, 0, 0, sizeof signals);
    if (signal == SIGTERM || signal == SIGINT) call(__NR_exit_group, 0, 0, 0, 0);
    while (call(__NR_wait4, -1, 0, WNOHANG, 0) > 0) {
    }
  }
}

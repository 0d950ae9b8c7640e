#include "process/clone3.h"

#include <sys/syscall.h>

namespace banger {

// In assembly, because the child starts on an empty stack: it cannot return from syscall(3).
pid_t cloneOnStack(clone_args& args, void (*entry)(void*), void* argument) {
  long result;
#if defined(__x86_64__)
  register void (*function)(void*) asm("r12") = entry;
  register void* parameter asm("r13") = argument;
  asm volatile("syscall\n\t"
               "test %%rax, %%rax\n\t"
               "jnz 1f\n\t"
               "xor %%ebp, %%ebp\n\t"
               "mov %%r13, %%rdi\n\t"
               "call *%%r12\n\t"
               "ud2\n"
               "1:"
               : "=a"(result)
               : "a"(SYS_clone3), "D"(&args), "S"(sizeof args), "r"(function), "r"(parameter)
               : "rcx", "r11", "memory", "cc");
#elif defined(__aarch64__)
  register long number asm("x8") = SYS_clone3;
  register long first asm("x0") = reinterpret_cast<long>(&args);
  register long second asm("x1") = sizeof args;
  register void (*function)(void*) asm("x19") = entry;
  register void* parameter asm("x20") = argument;
  asm volatile("svc #0\n\t"
               "cbnz x0, 1f\n\t"
               "mov x29, xzr\n\t"
               "mov x0, x20\n\t"
               "blr x19\n\t"
               "brk #0\n"
               "1:"
               : "+r"(first)
               : "r"(number), "r"(second), "r"(function), "r"(parameter)
               : "memory", "cc");
  result = first;
#else
#error "banger knows x86-64 and arm64"
#endif
  return static_cast<pid_t>(result);
}

} // namespace banger

#define _GNU_SOURCE
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// What a VMM's process is started with, but for its jail: own session, no descriptor but /dev/null, no
// capability, no way to get one.
static int child(const char* program, unsigned uid, int null) {
  if (setsid() < 0)
    return -1;
  umask(077);
  for (int fd = 0; fd < 3; fd++)
    if (dup2(null, fd) < 0)
      return -1;
  if (syscall(SYS_close_range, 3, ~0U, 0) < 0)
    return -1;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
    return -1;
  for (unsigned capability = 0; capability < 64; capability++)
    if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) < 0) {
      if (errno == EINVAL)
        break;
      return -1;
    }
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
    return -1;
  if (syscall(SYS_setgroups, 0, NULL) < 0 || syscall(SYS_setresgid, uid, uid, uid) < 0 ||
      syscall(SYS_setresuid, uid, uid, uid) < 0)
    return -1;
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};
  if (syscall(SYS_capset, &header, none) < 0 || chdir("/") < 0)
    return -1;
  const unsigned long bits[8] = {0};
  for (int signal = 1; signal <= 64; signal++)
    if (signal != SIGKILL && signal != SIGSTOP && syscall(SYS_rt_sigaction, signal, bits, NULL, 8) < 0)
      return -1;
  char* const argv[] = {(char*)program, NULL};
  char* const env[] = {NULL};
  return execve(program, argv, env);
}

pid_t spawn(const char* program, unsigned uid) {
  int null = checked(open("/dev/null", O_RDWR | O_CLOEXEC), "open of /dev/null");
  // vfork shares our memory, as the addon's clone3 does: nothing is copied, and we sleep until execve.
  volatile int failed = 0;
  pid_t pid = vfork();
  if (pid == 0) {
    if (child(program, uid, null) < 0)
      failed = errno;
    _exit(127);
  }
  checked(pid, "vfork");
  if (failed != 0) {
    waitpid(pid, NULL, 0);
    errno = failed;
    fail("the child");
  }
  prctl(PR_SET_DUMPABLE, 1);
  close(null);
  return pid;
}

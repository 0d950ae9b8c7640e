// The child between clone3 and execve. Raw system calls only: glibc's setresuid and friends signal all
// threads of the parent.
#include "process/child_plan.h"

#include <cerrno>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace banger {
namespace {

// The kernel's own layout, larger than any architecture's.
struct KernelSigaction {
  unsigned long words[8];
};

bool resetSignals(ChildPlan& plan) {
  const KernelSigaction byDefault{};
  for (int signal = 1; signal <= 64; ++signal) {
    if (signal == SIGKILL || signal == SIGSTOP)
      continue;
    if (::syscall(SYS_rt_sigaction, signal, &byDefault, nullptr, 8) < 0)
      return fail(plan, "rt_sigaction");
  }
  const unsigned long none = 0;
  if (::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, nullptr, 8) < 0)
    return fail(plan, "rt_sigprocmask");
  return true;
}

bool setLimits(ChildPlan& plan) {
  for (const auto& [resource, value] : plan.spec->rlimits) {
    const struct { uint64_t soft, hard; } limit{value, value};
    if (::syscall(SYS_prlimit64, 0, resource, &limit, nullptr) < 0)
      return fail(plan, "prlimit64");
  }
  return true;
}

bool dropPrivileges(ChildPlan& plan) {
  const SpawnSpec& spec = *plan.spec;
  if (::syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
    return fail(plan, "prctl(PR_SET_NO_NEW_PRIVS)");
  // Before the uid changes: it needs CAP_SETPCAP. EINVAL is the first capability that this kernel does not
  // know.
  for (int capability = 0; capability < 64; ++capability) {
    if (::syscall(SYS_prctl, PR_CAPBSET_DROP, capability, 0, 0, 0) == 0)
      continue;
    if (errno == EINVAL)
      break;
    return fail(plan, "prctl(PR_CAPBSET_DROP)");
  }
  if (::syscall(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
    return fail(plan, "prctl(PR_CAP_AMBIENT)");
  if (::syscall(SYS_setgroups, 0, nullptr) < 0)
    return fail(plan, "setgroups");
  if (::syscall(SYS_setresgid, spec.gid, spec.gid, spec.gid) < 0)
    return fail(plan, "setresgid");
  if (::syscall(SYS_setresuid, spec.uid, spec.uid, spec.uid) < 0)
    return fail(plan, "setresuid");
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3]{};
  if (::syscall(SYS_capset, &header, none) < 0)
    return fail(plan, "capset");
  return true;
}

bool prepare(ChildPlan& plan) {
  const SpawnSpec& spec = *plan.spec;
  if (::syscall(SYS_setsid) < 0)
    return fail(plan, "setsid");
  if (spec.jailed && !enterJail(plan))
    return false;
  ::syscall(SYS_umask, spec.umask); // after the jail: its directories have the modes that were asked for
  if (!placeDescriptors(plan))
    return false;
  if (!setLimits(plan))
    return false;
  if (!dropPrivileges(plan))
    return false;
  // As the new user: a directory that it may not enter is an error here, not a surprise later.
  if (::syscall(SYS_chdir, spec.cwd.c_str()) < 0)
    return fail(plan, "chdir", spec.cwd.c_str());
  return resetSignals(plan);
}

} // namespace

bool fail(ChildPlan& plan, const char* step, const char* object) {
  plan.report.err = errno;
  plan.report.step = step;
  plan.report.object = object;
  return false;
}

void runChild(void* argument) {
  auto& plan = *static_cast<ChildPlan*>(argument);
  plan.report.step = "spawn";
  if (prepare(plan)) {
    plan.report.step = "execve";
    ::syscall(SYS_execve, plan.spec->program.c_str(), plan.argv.data(), plan.envp.data());
    fail(plan, "execve", plan.spec->program.c_str());
  }
  for (;;)
    ::syscall(SYS_exit_group, 127);
}

} // namespace banger

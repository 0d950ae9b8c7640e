// The child between clone3 and execve. Raw system calls only: glibc's setresuid and friends signal all
// threads of the parent.
#include "process/child_plan.h"

#include <cerrno>
#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>
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
  for (const Rlimit& rlimit : plan.spec->rlimits) {
    const struct { uint64_t soft, hard; } limit{rlimit.soft, rlimit.hard};
    if (::syscall(SYS_prlimit64, 0, rlimit.resource, &limit, nullptr) < 0)
      return fail(plan, "prlimit64");
  }
  return true;
}

bool keeps(const SpawnSpec& spec, int capability) {
  return (spec.capabilities >> capability & 1) != 0;
}

// Before the uid changes: it needs CAP_SETPCAP.
bool boundCapabilities(ChildPlan& plan) {
  for (int capability = 0; capability < 64; ++capability) {
    if (keeps(*plan.spec, capability))
      continue;
    if (::syscall(SYS_prctl, PR_CAPBSET_DROP, capability, 0, 0, 0) == 0)
      continue;
    if (errno == EINVAL) // the first one that this kernel does not know
      break;
    return fail(plan, "prctl(PR_CAPBSET_DROP)");
  }
  if (::syscall(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
    return fail(plan, "prctl(PR_CAP_AMBIENT_CLEAR_ALL)");
  return true;
}

// After the uid has changed. Ambient, or execve would take them from any user but root (capabilities(7),
// Linux 4.3).
bool keepCapabilities(ChildPlan& plan) {
  const uint64_t kept = plan.spec->capabilities;
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3]{};
  for (int word = 0; word < _LINUX_CAPABILITY_U32S_3; ++word) {
    const auto bits = static_cast<uint32_t>(kept >> (32 * word));
    data[word] = {bits, bits, bits};
  }
  if (::syscall(SYS_capset, &header, data) < 0)
    return fail(plan, "capset");
  for (int capability = 0; capability < 64; ++capability)
    if (keeps(*plan.spec, capability) &&
        ::syscall(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) < 0)
      return fail(plan, "prctl(PR_CAP_AMBIENT_RAISE)");
  return true;
}

bool dropPrivileges(ChildPlan& plan) {
  const SpawnSpec& spec = *plan.spec;
  if (spec.noNewPrivileges && ::syscall(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
    return fail(plan, "prctl(PR_SET_NO_NEW_PRIVS)");
  if (!boundCapabilities(plan))
    return false;
  if (::syscall(SYS_setgroups, spec.groups.size(), spec.groups.data()) < 0)
    return fail(plan, "setgroups");
  if (::syscall(SYS_setresgid, spec.gid, spec.gid, spec.gid) < 0)
    return fail(plan, "setresgid");
  // What setresuid would take from an ordinary user; execve ends it.
  if (spec.capabilities != 0 && ::syscall(SYS_prctl, PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
    return fail(plan, "prctl(PR_SET_KEEPCAPS)");
  if (::syscall(SYS_setresuid, spec.uid, spec.uid, spec.uid) < 0)
    return fail(plan, "setresuid");
  return keepCapabilities(plan);
}

bool enterRoot(ChildPlan& plan) {
  const SpawnSpec& spec = *plan.spec;
  if (spec.jailed)
    return enterJail(plan);
  // Or what it mounts would travel to the caller's mounts.
  if (spec.ownMounts && ::syscall(SYS_mount, nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) < 0)
    return fail(plan, "mount(MS_PRIVATE)", "/");
  if (!spec.chroot)
    return true;
  if (::syscall(SYS_chroot, spec.chroot->c_str()) < 0)
    return fail(plan, "chroot", spec.chroot->c_str());
  if (::syscall(SYS_chdir, "/") < 0)
    return fail(plan, "chdir", "/");
  return true;
}

bool prepare(ChildPlan& plan) {
  const SpawnSpec& spec = *plan.spec;
  if (spec.newSession && ::syscall(SYS_setsid) < 0)
    return fail(plan, "setsid");
  if (plan.netns >= 0 && ::syscall(SYS_setns, plan.netns, CLONE_NEWNET) < 0)
    return fail(plan, "setns", spec.netns.c_str());
  if (!enterRoot(plan))
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
  if (prepare(plan)) {
    ::syscall(SYS_execve, plan.spec->program.c_str(), plan.argv.data(), plan.envp.data());
    fail(plan, "execve", plan.spec->program.c_str());
  }
  for (;;)
    ::syscall(SYS_exit_group, 127);
}

} // namespace banger

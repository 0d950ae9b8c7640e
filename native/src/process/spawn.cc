#include "process/spawn.h"

#include "netns/netns.h"
#include "process/child_plan.h"
#include "process/clone3.h"
#include "process/open_fds.h"
#include "process/pidfd.h"
#include "process/proc_stat.h"
#include "process/signal.h"
#include "sys/device_node.h"
#include "sys/file.h"

#include <algorithm>
#include <fcntl.h>
#include <mutex>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

namespace banger {
namespace {

constexpr size_t kStackBytes = 256 * 1024;

// With a guard page below.
class ChildStack {
public:
  ChildStack() {
    void* memory =
        ::mmap(nullptr, kStackBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (memory == MAP_FAILED)
      return;
    memory_ = memory;
    (void)::mprotect(memory_, 4096, PROT_NONE);
  }
  ~ChildStack() {
    if (memory_ != nullptr)
      ::munmap(memory_, kStackBytes);
  }
  ChildStack(const ChildStack&) = delete;
  ChildStack& operator=(const ChildStack&) = delete;
  void* get() const { return memory_; }

private:
  void* memory_ = nullptr;
};

// A signal handler of ours must not run in the child, which shares our memory. The child opens its own mask.
class BlockedSignals {
public:
  BlockedSignals() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &saved_);
  }
  ~BlockedSignals() { ::pthread_sigmask(SIG_SETMASK, &saved_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

private:
  sigset_t saved_;
};

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (const std::string& text : texts)
    result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

std::vector<std::string> parentsOf(const std::string& target) {
  std::vector<std::string> parents;
  for (size_t slash = target.find('/', 1); slash != std::string::npos; slash = target.find('/', slash + 1))
    parents.push_back(target.substr(0, slash));
  return parents;
}

Result<std::vector<JailEntry>> planJail(const SpawnSpec& spec) {
  std::vector<JailEntry> entries;
  for (const MountSpec& mount : spec.jail) {
    JailEntry entry;
    entry.spec = &mount;
    entry.parents = parentsOf(mount.target);
    if (mount.kind == MountSpec::Kind::Tmpfs)
      entry.options = "mode=0700,uid=" + std::to_string(spec.uid) + ",gid=" + std::to_string(spec.gid) +
                      ",size=" + std::to_string(mount.sizeBytes);
    if (mount.kind == MountSpec::Kind::Proc)
      entry.options = "hidepid=2"; // its own processes only
    if (mount.kind == MountSpec::Kind::Device) {
      auto node = deviceNode(mount.source);
      if (!node)
        return node.error();
      entry.device = node.value().number;
      entry.deviceType = node.value().type;
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

SysError childError(const ChildPlan& plan, int pidfd) {
  int err = plan.report.err;
  std::string step = plan.report.step;
  std::string object = plan.report.object != nullptr ? plan.report.object : plan.spec->program.c_str();
  siginfo_t info{};
  while (::waitid(kPidfd, static_cast<id_t>(pidfd), &info, WEXITED) < 0 && errno == EINTR) {
  }
  return SysError{err, step, object, {}};
}

// One at a time in the whole process, whatever the environment: the child's setresuid makes the memory that
// we share undumpable. That is right until execve, so the end of another spawn must not undo it; and ours
// again after it.
pid_t cloneAlone(clone_args& args, ChildPlan& plan) {
  static std::mutex turn;
  std::lock_guard lock(turn);
  int dumpable = ::prctl(PR_GET_DUMPABLE);
  pid_t pid;
  {
    BlockedSignals blocked;
    pid = cloneOnStack(args, runChild, &plan);
  }
  if (pid >= 0 && dumpable == 1)
    (void)::prctl(PR_SET_DUMPABLE, 1);
  return pid;
}

} // namespace

Result<SpawnedProcess> spawnProcess(const SpawnSpec& spec) {
  NetnsScope scope(spec.netns); // its TAPs are there
  UniqueFd netns;
  if (!spec.netns.empty()) {
    auto fd = openNetns(spec.netns);
    if (!fd)
      return fd.error();
    netns = std::move(fd.value());
  }
  auto opened = openChildFds(spec);
  if (!opened)
    return opened.error();
  auto jail = planJail(spec);
  if (!jail)
    return jail.error();
  UniqueFd cgroup;
  if (spec.cgroup) {
    auto fd = openFile(*spec.cgroup, O_PATH | O_DIRECTORY);
    if (!fd)
      return fd.error();
    cgroup = std::move(fd.value());
  }
  ChildStack stack;
  if (stack.get() == nullptr)
    return lastError("mmap", spec.program);

  ChildPlan plan;
  plan.spec = &spec;
  plan.argv = pointers(spec.argv);
  plan.envp = pointers(spec.env);
  plan.jail = std::move(jail.value());
  plan.netns = netns.get();
  plan.rootOptions = "mode=0755,size=1m";
  for (const OpenedFd& fd : opened.value())
    plan.fds.push_back({fd.fd.get(), fd.target, -1});

  int pidfd = -1;
  clone_args args{};
  // As vfork does: this thread sleeps until execve or exit, nothing is copied, so the main thread loses
  // nothing.
  args.flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | CLONE_CLEAR_SIGHAND |
               (spec.jailed || spec.ownMounts ? CLONE_NEWNS : 0) | (cgroup ? CLONE_INTO_CGROUP : 0);
  args.pidfd = reinterpret_cast<uint64_t>(&pidfd);
  args.exit_signal = SIGCHLD;
  args.stack = reinterpret_cast<uint64_t>(stack.get());
  args.stack_size = kStackBytes;
  args.cgroup = cgroup ? static_cast<uint64_t>(cgroup.get()) : 0;

  pid_t pid = cloneAlone(args, plan);
  if (pid < 0)
    return SysError{-pid, "clone3", spec.program, {}};
  UniqueFd process(pidfd);
  if (plan.report.err != 0)
    return childError(plan, process.get());

  // Nobody has reaped it yet, so /proc/pid is certainly its own.
  auto ticks = processStartTime(pid);
  if (!ticks) {
    endProcess(process.get()); // the caller will not know of it
    return ticks.error();
  }
  return SpawnedProcess{pid, ticks.value(), std::move(process)};
}

} // namespace banger

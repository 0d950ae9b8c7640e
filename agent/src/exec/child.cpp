#include "exec/child.h"

#include "exec/spawn.h"
#include "sys/children.h"
#include "sys/file.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

namespace banger {

namespace {

[[noreturn]] void give_up(const ChildPlan& plan, SpawnReport::Step step) {
  const SpawnReport report{step, errno};
  // Smaller than PIPE_BUF: all or nothing.
  if (::write(plan.report, &report, sizeof report) < 0)
    ::_exit(126);
  ::_exit(127);
}

/** What the agent has for itself and a command must not inherit. */
void drop_agent_privileges() {
  (void)write_file("/proc/self/oom_score_adj", "0");
  ::setpriority(PRIO_PROCESS, 0, 0);
  // As systemd gives its services: select(2) is safe with the soft limit, and programs that know better raise
  // it.
  const rlimit files{.rlim_cur = 1024, .rlim_max = 524'288};
  ::setrlimit(RLIMIT_NOFILE, &files);
  ::umask(022);
}

bool join_terminal(const ChildPlan& plan) {
  if (plan.has_tty && ::ioctl(plan.input, TIOCSCTTY, 0) < 0)
    return false;
  return ::dup2(plan.input, 0) >= 0 && ::dup2(plan.output, 1) >= 0 && ::dup2(plan.errors, 2) >= 0;
}

bool become_user(const User& user) {
  return ::setgroups(user.groups.size(), user.groups.data()) == 0 &&
         ::setresgid(user.gid, user.gid, user.gid) == 0 && ::setresuid(user.uid, user.uid, user.uid) == 0;
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (const std::string& text : strings)
    result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

} // namespace

void become_command(const ChildPlan& plan) {
  Children::reset_signals();
  if (::setsid() < 0)
    give_up(plan, SpawnReport::Step::session);
  drop_agent_privileges();
  // Whatever the agent was started with, or a library opened: all but the report's end go at execve
  // (Linux 5.11).
  ::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  if (!join_terminal(plan))
    give_up(plan, SpawnReport::Step::session);
  if (!become_user(plan.user))
    give_up(plan, SpawnReport::Step::user);
  if (::chdir(plan.cwd.c_str()) < 0)
    give_up(plan, SpawnReport::Step::cwd);
  const std::vector<char*> argv = pointers(plan.argv);
  const std::vector<char*> env = pointers(plan.env);
  // As execvp(3): go on where a directory has no such program, but remember one that may not be run.
  int error = ENOENT;
  for (const std::string& candidate : plan.candidates) {
    ::execve(candidate.c_str(), argv.data(), env.data());
    if (errno != ENOENT && errno != ENOTDIR && errno != EACCES) {
      error = errno;
      break;
    }
    // ENOENT of a file that is there: its interpreter is missing.
    if (errno == ENOENT && ::access(candidate.c_str(), F_OK) == 0) {
      error = ELIBBAD;
      break;
    }
    if (errno == EACCES)
      error = EACCES;
  }
  errno = error;
  give_up(plan, SpawnReport::Step::exec);
}

} // namespace banger

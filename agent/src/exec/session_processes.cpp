#include "exec/session_processes.h"

#include "sys/file.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <dirent.h>
#include <memory>
#include <vector>

namespace banger {

namespace {

pid_t session_of(const char* pid) {
  const std::string path = std::string("/proc/") + pid + "/stat";
  const auto stat = read_file(path.c_str(), 4096);
  if (!stat)
    return 0;
  // The name is in parentheses and may hold some itself: count from the last one.
  const size_t name_end = (*stat).rfind(')');
  int parent = 0, group = 0, session = 0;
  char state = 0;
  if (name_end == std::string::npos)
    return 0;
  if (std::sscanf((*stat).c_str() + name_end + 1, " %c %d %d %d", &state, &parent, &group, &session) != 4)
    return 0;
  return session;
}

} // namespace

void signal_session(pid_t session, int number) {
  // Collected before any gets the signal: what a handler of it starts (a clean-up) must not be hit as well.
  std::vector<pid_t> members;
  const std::unique_ptr<DIR, int (*)(DIR*)> proc(::opendir("/proc"), ::closedir);
  while (const dirent* entry = proc ? ::readdir(proc.get()) : nullptr) {
    const pid_t pid = static_cast<pid_t>(std::strtol(entry->d_name, nullptr, 10));
    if (pid > 0 && pid != session && session_of(entry->d_name) == session)
      members.push_back(pid);
  }
  // The leader in any case: on its way to execve it has no session of its own yet.
  ::kill(session, number);
  for (const pid_t pid : members)
    ::kill(pid, number);
}

} // namespace banger

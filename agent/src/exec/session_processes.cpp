#include "exec/session_processes.h"

#include "sys/file.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <dirent.h>
#include <memory>

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
  // The leader first, whether or not it has become one yet.
  ::kill(session, number);
  const std::unique_ptr<DIR, int (*)(DIR*)> proc(::opendir("/proc"), ::closedir);
  if (!proc) {
    ::kill(-session, number);
    return;
  }
  while (const dirent* entry = ::readdir(proc.get())) {
    const pid_t pid = static_cast<pid_t>(std::strtol(entry->d_name, nullptr, 10));
    if (pid > 0 && pid != session && session_of(entry->d_name) == session)
      ::kill(pid, number);
  }
}

} // namespace banger

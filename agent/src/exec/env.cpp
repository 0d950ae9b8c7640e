#include "exec/env.h"

#include <algorithm>

namespace banger {

namespace {

constexpr const char* default_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

void set(std::vector<std::string>& env, const std::string& name, const std::string& value) {
  const std::string prefix = name + "=";
  const auto found = std::find_if(env.begin(), env.end(),
                                  [&](const std::string& entry) { return entry.starts_with(prefix); });
  if (found == env.end()) {
    env.push_back(prefix + value);
  } else {
    *found = prefix + value;
  }
}

} // namespace

std::vector<std::string> build_env(const ExecSpec& spec, const User& user) {
  std::vector<std::string> env;
  set(env, "PATH", default_path);
  set(env, "HOME", user.home);
  set(env, "USER", user.name);
  set(env, "LOGNAME", user.name);
  set(env, "SHELL", user.shell);
  // Of C.UTF-8, only LC_CTYPE differs from C, and it alone is one file for libc to map; LANG would have each
  // program map a dozen. A client's LANG is to be what it says, for LC_CTYPE too.
  if (std::ranges::none_of(spec.env, [](const auto& entry) { return entry.first == "LANG"; }))
    set(env, "LC_CTYPE", "C.UTF-8");
  if (spec.tty)
    set(env, "TERM", spec.tty->term);
  for (const auto& [name, value] : spec.env)
    set(env, name, value);
  return env;
}

std::vector<std::string> program_candidates(const std::string& program, const std::vector<std::string>& env) {
  if (program.find('/') != std::string::npos)
    return {program};
  const auto entry =
      std::find_if(env.begin(), env.end(), [](const std::string& text) { return text.starts_with("PATH="); });
  std::string path = entry == env.end() ? default_path : entry->substr(5);
  std::vector<std::string> candidates;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find(':', begin), path.size());
    const std::string directory = path.substr(begin, end - begin);
    // An empty element is the working directory: POSIX.
    candidates.push_back(directory.empty() ? "./" + program : directory + "/" + program);
    begin = end + 1;
  }
  return candidates;
}

} // namespace banger

#pragma once

#include "exec/user.h"

#include <string>
#include <vector>

namespace banger {

/** All that a forked child needs, made before the fork. */
struct ChildPlan {
  User user;
  std::string cwd;
  std::vector<std::string> candidates;
  std::vector<std::string> argv;
  std::vector<std::string> env;
  int input = -1;
  int output = -1;
  int errors = -1;
  bool has_tty = false;
  int report = -1;
};

/** Runs in the child: becomes the command, or writes a SpawnReport and exits. */
[[noreturn]] void become_command(const ChildPlan& plan);

} // namespace banger

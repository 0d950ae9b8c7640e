#pragma once

#include "exec/spec.h"
#include "exec/user.h"

#include <string>
#include <vector>

namespace banger {

/** The environment of a command, `NAME=value`: the defaults for its user, then what the client asked for over
 * them. */
std::vector<std::string> build_env(const ExecSpec& spec, const User& user);

/** Where argv[0] is looked for, in order: itself where it has a slash, else each directory of the
 * environment's PATH. */
std::vector<std::string> program_candidates(const std::string& program, const std::vector<std::string>& env);

} // namespace banger

#pragma once

#include "exec/spec.h"
#include "sys/unique_fd.h"

#include <sys/types.h>
#include <variant>

namespace banger {

/** A forked command on its way to execve. The descriptors are the agent's ends, non-blocking. */
struct Spawned {
  pid_t pid = -1;
  /** End of file: execve succeeded. Else a SpawnReport. */
  UniqueFd report;
  /** With a PTY both are one terminal: `input` is its controller, `output` a duplicate. */
  UniqueFd input;
  UniqueFd output;
  UniqueFd errors;
  bool has_tty = false;
};

/** Why a child could not become the command, written by it to the report pipe. */
struct SpawnReport {
  enum class Step : int { session, user, cwd, exec };
  Step step;
  int error;
};

/** Looks up user and program, makes pipes or a PTY, forks. */
std::variant<Spawned, ExecFailure> spawn_command(const ExecSpec& spec);

/** The failure that a child reported, in the words of the protocol. */
ExecFailure failure_of(const SpawnReport& report, const ExecSpec& spec);

} // namespace banger

#pragma once

#include "sys/result.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace banger {

struct WindowSize {
  uint16_t rows = 24;
  uint16_t cols = 80;
};

struct TtySpec {
  WindowSize window;
  std::string term = "xterm-256color";
};

/** What START asks for. */
struct ExecSpec {
  /** Empty: the user's login shell. */
  std::vector<std::string> argv;
  /** The program is the agent's own, whatever argv[0] says: that is how it knows what to be. */
  bool self = false;
  std::vector<std::pair<std::string, std::string>> env;
  std::optional<std::string> cwd;
  std::optional<std::string> user;
  std::optional<TtySpec> tty;
};

/** A failure with its stable code: the payload of an ERROR frame. */
struct ExecFailure {
  std::string code;
  std::string message;
};

Result<ExecSpec> parse_exec_spec(std::string_view json);
Result<WindowSize> parse_window_size(std::string_view json);
/** 1 to 64. */
Result<int> parse_signal(std::string_view json);

std::string started_payload(int pid);
/** `status` is wait(2)'s. */
std::string exit_payload(int status);
std::string failure_payload(const ExecFailure& failure);

} // namespace banger

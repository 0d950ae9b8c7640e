#include "exec/spec.h"

#include "agent/json.h"

#include <sys/wait.h>

namespace banger {

namespace {

Error bad(const std::string& what) {
  return {0, what};
}

/** Strings go to the kernel as C strings: a NUL in one would cut it off silently. */
bool is_c_string(const Json& value) {
  return value.is_string() && value.get_ref<const std::string&>().find('\0') == std::string::npos;
}

Result<WindowSize> window_of(const Json& value) {
  WindowSize window;
  for (const auto& [name, target] : {std::pair{"rows", &window.rows}, std::pair{"cols", &window.cols}}) {
    const auto found = value.find(name);
    if (found == value.end() || !found->is_number_unsigned())
      return bad(std::string(name) + " must be a number");
    const uint64_t number = found->get<uint64_t>();
    if (number > 0xffff)
      return bad(std::string(name) + " must be at most 65535");
    *target = static_cast<uint16_t>(number);
  }
  return window;
}

/** The string member `name`; absent or null is nullopt. */
Result<std::optional<std::string>> optional_string(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null())
    return std::optional<std::string>{};
  if (!is_c_string(*found))
    return bad(std::string(name) + " must be a string or null");
  return std::optional(found->get<std::string>());
}

Result<std::vector<std::string>> argv_of(const Json& object) {
  std::vector<std::string> argv;
  const auto found = object.find("argv");
  if (found == object.end())
    return argv;
  if (!found->is_array())
    return bad("argv must be an array of strings");
  for (const Json& argument : *found) {
    if (!is_c_string(argument))
      return bad("argv must be an array of strings without NUL");
    argv.push_back(argument.get<std::string>());
  }
  if (!argv.empty() && argv.front().empty())
    return bad("argv[0] must not be empty");
  return argv;
}

} // namespace

Result<ExecSpec> parse_exec_spec(std::string_view text) {
  const Json json = parse_json(text);
  if (!json.is_object())
    return bad("START is not a JSON object");
  ExecSpec spec;
  auto argv = argv_of(json);
  if (!argv)
    return argv.error();
  spec.argv = std::move(*argv);
  if (const auto self = json.find("self"); self != json.end() && !self->is_null()) {
    if (!self->is_boolean() || (self->get<bool>() && spec.argv.empty()))
      return bad("self must be a boolean, with an argv");
    spec.self = self->get<bool>();
  }
  if (const auto env = json.find("env"); env != json.end() && !env->is_null()) {
    if (!env->is_object())
      return bad("env must be an object of strings");
    for (const auto& [name, value] : env->items()) {
      const bool good_name =
          !name.empty() && name.find('=') == std::string::npos && name.find('\0') == std::string::npos;
      if (!good_name || !is_c_string(value))
        return bad("env must be an object of strings without NUL");
      spec.env.emplace_back(name, value.get<std::string>());
    }
  }
  auto cwd = optional_string(json, "cwd");
  if (!cwd)
    return cwd.error();
  spec.cwd = std::move(*cwd);
  auto user = optional_string(json, "user");
  if (!user)
    return user.error();
  spec.user = std::move(*user);
  if (const auto tty = json.find("tty"); tty != json.end() && !tty->is_null()) {
    if (!tty->is_object())
      return bad("tty must be an object or null");
    auto window = window_of(*tty);
    if (!window)
      return window.error();
    auto term = optional_string(*tty, "term");
    if (!term)
      return term.error();
    spec.tty = TtySpec{*window, term->value_or("xterm-256color")};
  }
  return spec;
}

Result<WindowSize> parse_window_size(std::string_view text) {
  const Json json = parse_json(text);
  if (!json.is_object())
    return bad("RESIZE is not a JSON object");
  return window_of(json);
}

Result<int> parse_signal(std::string_view text) {
  const Json json = parse_json(text);
  if (!json.is_object())
    return bad("SIGNAL is not a JSON object");
  const auto found = json.find("signal");
  if (found == json.end() || !found->is_number_unsigned())
    return bad("signal must be a number");
  const uint64_t number = found->get<uint64_t>();
  if (number < 1 || number > 64)
    return bad("signal must be from 1 to 64");
  return static_cast<int>(number);
}

std::string started_payload(int pid) {
  return dump_json({{"pid", pid}});
}

std::string exit_payload(int status) {
  if (WIFSIGNALED(status))
    return dump_json({{"code", nullptr}, {"signal", WTERMSIG(status)}});
  return dump_json({{"code", WEXITSTATUS(status)}, {"signal", nullptr}});
}

std::string failure_payload(const ExecFailure& failure) {
  return dump_json({{"code", failure.code}, {"message", failure.message}});
}

} // namespace banger

#include "exec/spawn.h"

#include "exec/child.h"
#include "exec/env.h"
#include "exec/pty.h"
#include "sys/pipe.h"

#include <fcntl.h>
#include <optional>
#include <sys/stat.h>

namespace banger {

namespace {

void set_nonblocking(const UniqueFd& fd) {
  ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) | O_NONBLOCK);
}

ExecFailure failed(const Error& error) {
  return {"ERR_EXEC_FAILED", error.text()};
}

/** The child's ends; they close when it has them. */
struct ChildEnds {
  UniqueFd input, output, errors;
};

std::optional<Error> open_pipes(Spawned& spawned, ChildEnds& ends) {
  auto input = make_pipe();
  auto output = make_pipe();
  auto errors = make_pipe();
  for (const auto* pipe : {&input, &output, &errors}) {
    if (!*pipe)
      return pipe->error();
  }
  spawned.input = std::move(input->writer);
  spawned.output = std::move(output->reader);
  spawned.errors = std::move(errors->reader);
  ends = {std::move(input->reader), std::move(output->writer), std::move(errors->writer)};
  for (const UniqueFd* fd : {&spawned.input, &spawned.output, &spawned.errors})
    set_nonblocking(*fd);
  return std::nullopt;
}

std::optional<Error> open_terminal(Spawned& spawned, ChildEnds& ends, const TtySpec& tty, const User& user) {
  auto pty = open_pty(tty.window, user);
  if (!pty)
    return pty.error();
  // A descriptor for each direction: each is watched and closed on its own.
  spawned.output = UniqueFd(::fcntl(pty->controller.get(), F_DUPFD_CLOEXEC, 0));
  if (!spawned.output)
    return os_error("fcntl(F_DUPFD_CLOEXEC)");
  spawned.input = std::move(pty->controller);
  spawned.has_tty = true;
  ends.input = std::move(pty->terminal);
  return std::nullopt;
}

/** The login shell's argv[0] starts with a dash: that is how a shell knows that it is one. */
std::string login_name(const std::string& shell) {
  return "-" + shell.substr(shell.rfind('/') + 1);
}

std::vector<std::string> candidates_of(const ExecSpec& spec, const User& user,
                                       const std::vector<std::string>& env) {
  // Its file is gone with the initramfs; the link still leads to it.
  if (spec.self)
    return {"/proc/self/exe"};
  return spec.argv.empty() ? std::vector{user.shell} : program_candidates(spec.argv[0], env);
}

ChildPlan plan_of(const ExecSpec& spec, const User& user, const Spawned& spawned, const ChildEnds& ends) {
  ChildPlan plan;
  plan.user = user;
  plan.env = build_env(spec, user);
  plan.argv = spec.argv.empty() ? std::vector{login_name(user.shell)} : spec.argv;
  plan.candidates = candidates_of(spec, user, plan.env);
  struct stat home {};
  const bool has_home = ::stat(user.home.c_str(), &home) == 0 && S_ISDIR(home.st_mode);
  plan.cwd = spec.cwd.value_or(has_home ? user.home : "/");
  plan.has_tty = spawned.has_tty;
  plan.input = ends.input.get();
  plan.output = spawned.has_tty ? ends.input.get() : ends.output.get();
  plan.errors = spawned.has_tty ? ends.input.get() : ends.errors.get();
  return plan;
}

} // namespace

std::variant<Spawned, ExecFailure> spawn_command(const ExecSpec& spec) {
  auto user = find_user(Accounts::of_this_system(), spec.user.value_or("root"));
  if (!user)
    return ExecFailure{"ERR_EXEC_NO_USER", user.error().text()};
  Spawned spawned;
  ChildEnds ends;
  const auto error = spec.tty ? open_terminal(spawned, ends, *spec.tty, *user) : open_pipes(spawned, ends);
  if (error)
    return failed(*error);
  auto report = make_pipe();
  if (!report)
    return failed(report.error());
  ChildPlan plan = plan_of(spec, *user, spawned, ends);
  plan.report = report->writer.get();
  spawned.pid = ::fork();
  if (spawned.pid < 0)
    return failed(os_error("fork"));
  if (spawned.pid == 0)
    become_command(plan);
  spawned.report = std::move(report->reader);
  set_nonblocking(spawned.report);
  return spawned;
}

ExecFailure failure_of(const SpawnReport& report, const ExecSpec& spec) {
  const std::string program = spec.argv.empty() ? "the login shell" : spec.argv[0];
  switch (report.step) {
  case SpawnReport::Step::user:
    return {"ERR_EXEC_NO_USER",
            Error{report.error, "cannot become user " + spec.user.value_or("root")}.text()};
  case SpawnReport::Step::cwd:
    return {"ERR_EXEC_NO_CWD",
            Error{report.error, "cannot enter " + spec.cwd.value_or("the home directory")}.text()};
  case SpawnReport::Step::session:
    return failed({report.error, "cannot set up the session"});
  case SpawnReport::Step::exec:
    break;
  }
  switch (report.error) {
  case ENOENT:
  case ENOTDIR:
    return {"ERR_EXEC_NOT_FOUND", program + ": not found in the guest"};
  case ELIBBAD:
    return {"ERR_EXEC_NOT_FOUND", program + ": its interpreter is not in the guest"};
  case EACCES:
  case ENOEXEC:
    return {"ERR_EXEC_NOT_EXECUTABLE", Error{report.error, program + ": cannot be executed"}.text()};
  default:
    return failed({report.error, program});
  }
}

} // namespace banger

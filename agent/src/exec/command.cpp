#include "exec/command.h"

#include "exec/pty.h"
#include "exec/session_processes.h"

#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>

namespace banger {

std::shared_ptr<Command> Command::start(EventLoop& loop, Children& children, ExecSpec spec, Events events) {
  std::shared_ptr<Command> command(new Command(loop, children, std::move(spec), std::move(events)));
  command->begin();
  return command;
}

Command::Command(EventLoop& loop, Children& children, ExecSpec spec, Events events)
    : loop_(loop), children_(children), spec_(std::move(spec)), events_(std::move(events)),
      input_(loop, events_.input_taken) {}

Command::~Command() {
  if (report_)
    loop_.unwatch(report_.get());
  close(out_);
  close(err_);
}

void Command::begin() {
  auto result = spawn_command(spec_);
  if (auto* failure = std::get_if<ExecFailure>(&result)) {
    input_.close();
    events_.failed(*failure);
    return;
  }
  Spawned& spawned = std::get<Spawned>(result);
  pid_ = spawned.pid;
  report_ = std::move(spawned.report);
  if (spawned.has_tty)
    terminal_ = UniqueFd(::fcntl(spawned.input.get(), F_DUPFD_CLOEXEC, 0));
  stdin_ = std::move(spawned.input);
  out_.fd = std::move(spawned.output);
  err_.fd = std::move(spawned.errors);
  // The exit handler holds the command until it is reaped, whatever became of its stream.
  children_.expect(pid_, [self = shared_from_this()](int status) { self->on_exit(status); });
  loop_.watch(report_.get(), EPOLLIN, [this](uint32_t) { on_report(); });
}

void Command::on_report() {
  const auto self = shared_from_this();
  SpawnReport report{};
  const ssize_t count = ::read(report_.get(), &report, sizeof report);
  if (count < 0)
    return;
  loop_.unwatch(report_.get());
  report_.reset();
  if (count == sizeof report) {
    const Events events = std::exchange(events_, {});
    input_.close();
    if (events.failed)
      events.failed(failure_of(report, spec_));
    return;
  }
  if (!events_.started)
    return; // hung up meanwhile
  events_.started(pid_);
  watch_outputs();
  if (stdin_)
    input_.open(std::move(stdin_), static_cast<bool>(terminal_));
  if (early_status_ && events_.exited)
    events_.exited(*early_status_);
}

void Command::watch_outputs() {
  for (OutputEnd* end : {&out_, &err_}) {
    if (!end->fd)
      continue;
    loop_.watch(end->fd.get(), EPOLLIN | EPOLLET, [this, end](uint32_t) {
      end->readable = true;
      if (events_.output_ready)
        events_.output_ready();
    });
  }
}

void Command::on_exit(int status) {
  // Whether execve succeeded is told first; its report may still be in the pipe, or held there by nobody but
  // the dead.
  if (report_) {
    early_status_ = status;
    on_report();
    pid_ = -1;
    return;
  }
  pid_ = -1;
  if (events_.exited) {
    events_.exited(status);
  } else {
    close(out_);
    close(err_);
  }
}

size_t Command::read_output(Output which, uint8_t* target, size_t room) {
  OutputEnd& end = which == Output::out ? out_ : err_;
  if (!end.readable)
    return 0;
  const ssize_t count = ::read(end.fd.get(), target, room);
  if (count > 0)
    return static_cast<size_t>(count);
  if (count < 0 && errno == EINTR)
    return 0;
  end.readable = false;
  // End of file; EIO is a terminal's way to say that its last user has closed it.
  if (count == 0 || errno != EAGAIN)
    close(end);
  return 0;
}

bool Command::output_pending() {
  for (OutputEnd* end : {&out_, &err_}) {
    pollfd poll{.fd = end->fd.get(), .events = POLLIN, .revents = 0};
    if (end->fd && ::poll(&poll, 1, 0) > 0)
      end->readable = true;
  }
  return out_.readable || err_.readable;
}

void Command::close(OutputEnd& end) {
  end.readable = false;
  if (!end.fd)
    return;
  loop_.unwatch(end.fd.get());
  end.fd.reset();
}

void Command::resize(const WindowSize& window) {
  if (terminal_)
    resize_pty(terminal_.get(), window);
}

void Command::signal(int number) {
  if (pid_ <= 0)
    return;
  const pid_t foreground = terminal_ ? foreground_group(terminal_.get()) : 0;
  // While it is on its way to execve it may not lead a group yet.
  if (::kill(-(foreground > 0 ? foreground : pid_), number) < 0)
    ::kill(pid_, number);
}

void Command::hang_up() {
  events_ = {};
  input_.close();
  stdin_.reset();
  // A terminal goes away, which is its own hang-up. Pipes are drained until the command has ended: closed,
  // they would kill it by SIGPIPE at the first word of its clean-up.
  if (terminal_ || pid_ <= 0) {
    close(out_);
    close(err_);
  } else {
    drain(out_);
    drain(err_);
  }
  terminal_.reset();
  if (pid_ <= 0)
    return;
  signal_session(pid_, SIGHUP);
  signal_session(pid_, SIGCONT);
  loop_.after(std::chrono::seconds(5), [self = shared_from_this()] {
    // Only while the leader lives: what outlives it has asked to (nohup).
    if (self->pid_ > 0)
      ::kill(-self->pid_, SIGKILL);
  });
}

void Command::drain(OutputEnd& end) {
  if (!end.fd)
    return;
  loop_.unwatch(end.fd.get());
  loop_.watch(end.fd.get(), EPOLLIN, [this, &end](uint32_t) {
    uint8_t scratch[16 * 1024];
    const ssize_t count = ::read(end.fd.get(), scratch, sizeof scratch);
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR))
      close(end);
  });
}

} // namespace banger

#pragma once

#include "exec/input_pipe.h"
#include "exec/spawn.h"
#include "sys/children.h"

#include <functional>
#include <memory>
#include <optional>

namespace banger {

/**
 * One running command: its stdin, its outputs, its end. Outlives the stream that started it until it is
 * reaped, so that a hang-up can be followed by SIGKILL.
 */
class Command : public std::enable_shared_from_this<Command> {
public:
  struct Events {
    std::function<void(int pid)> started;
    std::function<void(const ExecFailure&)> failed;
    /** `status` is wait(2)'s. */
    std::function<void(int status)> exited;
    /** stdout or stderr may have become readable, or ended. */
    std::function<void()> output_ready;
    InputPipe::OnTaken input_taken;
  };

  static std::shared_ptr<Command> start(EventLoop& loop, Children& children, ExecSpec spec, Events events);
  ~Command();

  InputPipe& input() { return input_; }

  enum class Output { out, err };
  /** Bytes read; 0 when there is nothing now, or no more at all (output_ended()). */
  size_t read_output(Output which, uint8_t* target, size_t room);
  /** Whether there is something to read, asked of the kernel: its event may not have had its turn yet. */
  bool output_pending();
  bool output_ended() const { return !out_.fd && !err_.fd; }

  void resize(const WindowSize& window);
  /** To the foreground process group of its terminal, else to its own. */
  void signal(int number);
  /** Nobody listens any more: SIGHUP and SIGCONT to its session, SIGKILL after 5 s. No event is called after
   * this. */
  void hang_up();

private:
  struct OutputEnd {
    UniqueFd fd;
    /** Edge-triggered: true from an event until read() says EAGAIN. */
    bool readable = false;
  };

  Command(EventLoop& loop, Children& children, ExecSpec spec, Events events);
  void begin();
  void on_report();
  void on_exit(int status);
  void watch_outputs();
  void close(OutputEnd& end);
  /** Reads and drops. */
  void drain(OutputEnd& end);

  EventLoop& loop_;
  Children& children_;
  ExecSpec spec_;
  Events events_;
  InputPipe input_;
  pid_t pid_ = -1;
  std::optional<int> early_status_;
  UniqueFd report_;
  UniqueFd stdin_;
  /** The terminal's controller once more, for its window size and foreground group. */
  UniqueFd terminal_;
  OutputEnd out_;
  OutputEnd err_;
};

} // namespace banger

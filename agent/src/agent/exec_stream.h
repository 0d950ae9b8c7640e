#pragma once

#include "agent/http.h"
#include "exec/command.h"

#include "exec/frames.h"
#include <functional>

namespace banger {

/** `POST /exec`: frames on one side, a command on the other. */
class ExecStream : public StreamHandler, private FrameSink, public std::enable_shared_from_this<ExecStream> {
public:
  ExecStream(EventLoop& loop, Children& children, std::shared_ptr<StreamControl> control,
             std::function<void()> on_life)
      : loop_(loop), children_(children), control_(std::move(control)), on_life_(std::move(on_life)) {}

  void on_data(Bytes bytes) override;
  void on_end() override;
  void on_close() override;
  size_t produce(uint8_t* target, size_t room, bool& ended) override;

private:
  bool on_control_frame(FrameType type, std::string_view payload) override;
  void on_stdin(Bytes bytes) override;
  void on_stdin_end() override;

  bool start(std::string_view payload);
  Command::Events events();
  void fail(const ExecFailure& failure);
  void on_exit(int status);
  void wait_for_silence();
  void finish();
  size_t produce_output(uint8_t* target, size_t room);

  EventLoop& loop_;
  Children& children_;
  std::shared_ptr<StreamControl> control_;
  /** Called when the command shows its first output, and when it ends. */
  std::function<void()> on_life_;
  FrameDecoder decoder_;
  std::shared_ptr<Command> command_;
  /** Frames other than output; and output where the room is too small for a frame of its own. */
  ByteQueue frames_;
  bool errors_first_ = false;
  bool starting_ = false;
  bool closed_ = false;
  /** The last frame (EXIT, ERROR) is in frames_. */
  bool done_ = false;
  std::optional<int> exit_status_;
  bool output_since_exit_ = false;
  size_t stdin_bytes_ = 0;
};

} // namespace banger

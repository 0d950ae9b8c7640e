#include "agent/exec_stream.h"

#include <nghttp2/nghttp2.h>

namespace banger {

namespace {

/** How long outputs that are still open are listened to once the command has ended: a background child may
 * hold them for ever. */
constexpr auto silence_after_exit = std::chrono::milliseconds(200);

} // namespace

void ExecStream::on_data(Bytes bytes) {
  stdin_bytes_ = 0;
  if (!done_ && !decoder_.feed(bytes, *this)) {
    control_->reset(NGHTTP2_PROTOCOL_ERROR);
    return;
  }
  // Stdin's bytes are consumed by its reader; everything else is done with now.
  control_->consume(bytes.size() - stdin_bytes_);
}

bool ExecStream::on_control_frame(FrameType type, std::string_view payload) {
  if (type == FrameType::start)
    return start(payload);
  if (!starting_)
    return false;
  if (type == FrameType::resize) {
    const auto window = parse_window_size(payload);
    if (window && command_)
      command_->resize(*window);
    return static_cast<bool>(window);
  }
  const auto number = parse_signal(payload);
  if (number && command_)
    command_->signal(*number);
  return static_cast<bool>(number);
}

bool ExecStream::start(std::string_view payload) {
  if (starting_)
    return false;
  starting_ = true;
  auto spec = parse_exec_spec(payload);
  if (!spec) {
    fail({"ERR_EXEC_BAD_REQUEST", spec.error().text()});
    return true;
  }
  auto command = Command::start(loop_, children_, std::move(*spec), events());
  if (!done_)
    command_ = std::move(command);
  return true;
}

Command::Events ExecStream::events() {
  // Weak: a command outlives its stream, and a stream must not outlive itself by its command.
  const std::weak_ptr<ExecStream> weak = weak_from_this();
  const auto with_self = [weak](auto method) {
    return [weak, method](auto... arguments) {
      if (const auto self = weak.lock(); self && !self->closed_)
        method(*self, arguments...);
    };
  };
  Command::Events events;
  events.started = with_self([](ExecStream& self, int pid) {
    append_frame(self.frames_, FrameType::started, started_payload(pid));
    self.control_->resume();
  });
  events.failed = [weak](const ExecFailure& failure) {
    if (const auto self = weak.lock(); self && !self->closed_)
      self->fail(failure);
  };
  events.exited = with_self([](ExecStream& self, int status) { self.on_exit(status); });
  events.output_ready = with_self([](ExecStream& self) {
    self.output_since_exit_ = true;
    self.on_life_();
    self.control_->resume();
  });
  events.input_taken = with_self([](ExecStream& self, size_t bytes) { self.control_->consume(bytes); });
  return events;
}

void ExecStream::on_stdin(Bytes bytes) {
  if (!command_)
    return; // before START, or after the end: dropped
  stdin_bytes_ += bytes.size();
  command_->input().write(bytes);
}

void ExecStream::on_stdin_end() {
  if (command_)
    command_->input().end();
}

void ExecStream::fail(const ExecFailure& failure) {
  on_life_();
  append_frame(frames_, FrameType::error, failure_payload(failure));
  done_ = true;
  command_.reset();
  control_->resume();
}

void ExecStream::on_exit(int status) {
  on_life_();
  exit_status_ = status;
  if (command_->output_ended())
    return finish();
  wait_for_silence();
}

void ExecStream::wait_for_silence() {
  output_since_exit_ = false;
  loop_.after(silence_after_exit, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (!self || self->closed_ || self->done_)
      return;
    // Nor is output silence that waits for the client's window, or for its turn in a busy loop.
    const bool pending = self->command_->output_pending();
    if (pending)
      self->control_->resume();
    if (pending || self->output_since_exit_)
      return self->wait_for_silence();
    self->finish();
  });
}

void ExecStream::finish() {
  if (done_)
    return;
  append_frame(frames_, FrameType::exit, exit_payload(*exit_status_));
  done_ = true;
  command_.reset();
  control_->resume();
}

size_t ExecStream::produce(uint8_t* target, size_t room, bool& ended) {
  size_t count = frames_.take(target, room);
  if (count == 0 && command_) {
    if (room > frame_header_size) {
      count = produce_output(target, room);
    } else {
      // The window has a few bytes left: a small frame goes by way of the queue, a byte at a time if need be.
      uint8_t frame[512];
      frames_.append({frame, produce_output(frame, sizeof frame)});
      count = frames_.take(target, room);
    }
    if (count == 0 && exit_status_ && command_->output_ended()) {
      finish();
      count = frames_.take(target, room);
    }
  }
  ended = done_ && frames_.empty();
  return count;
}

size_t ExecStream::produce_output(uint8_t* target, size_t room) {
  const size_t payload = std::min(room - frame_header_size, send_payload);
  // By turns, so that a flood on one does not hold back the other.
  errors_first_ = !errors_first_;
  for (const bool errors : {errors_first_, !errors_first_}) {
    const auto which = errors ? Command::Output::err : Command::Output::out;
    const size_t count = command_->read_output(which, target + frame_header_size, payload);
    if (count == 0)
      continue;
    put_frame_header(target, errors ? FrameType::stderr_data : FrameType::stdout_data, count);
    return frame_header_size + count;
  }
  return 0;
}

void ExecStream::on_end() {
  // The client's END_STREAM before EXIT is a hang-up; stdin's end is a frame.
  if (done_)
    return;
  on_close();
  control_->reset(NGHTTP2_CANCEL);
}

void ExecStream::on_close() {
  if (closed_)
    return;
  closed_ = true;
  if (command_)
    std::exchange(command_, nullptr)->hang_up();
}

} // namespace banger

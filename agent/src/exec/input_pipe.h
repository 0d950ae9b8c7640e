#pragma once

#include "sys/byte_queue.h"
#include "sys/event_loop.h"

#include <functional>
#include <memory>

namespace banger {

/** The command's stdin: what it does not take at once waits in a queue, whose size the stream's window
 * bounds. */
class InputPipe {
public:
  /** Called with the bytes that were taken, or dropped as nobody reads them any more. */
  using OnTaken = std::function<void(size_t bytes)>;

  InputPipe(EventLoop& loop, OnTaken on_taken) : loop_(loop), on_taken_(std::move(on_taken)) {}
  ~InputPipe() { close(); }
  InputPipe(const InputPipe&) = delete;
  InputPipe& operator=(const InputPipe&) = delete;

  /** Until open() bytes only queue: the command is not there yet. */
  void open(UniqueFd fd, bool is_tty);
  void write(Bytes bytes);
  /** End of file once the queue is empty; for a terminal, its end-of-file character. */
  void end();
  /** Drops what waits and calls on_taken no more. */
  void close();

private:
  /** How many of `bytes` were taken or dropped; less than all of them: try again when it is writable. */
  size_t offer(Bytes bytes);
  void schedule_flush();
  void flush();
  void finish();

  EventLoop& loop_;
  OnTaken on_taken_;
  UniqueFd fd_;
  ByteQueue queue_;
  bool opened_ = false;
  bool is_tty_ = false;
  bool ending_ = false;
  bool ended_ = false;
  bool flush_scheduled_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

} // namespace banger

#include "exec/input_pipe.h"

#include "exec/pty.h"

#include <sys/epoll.h>

namespace banger {

void InputPipe::open(UniqueFd fd, bool is_tty) {
  fd_ = std::move(fd);
  is_tty_ = is_tty;
  opened_ = true;
  loop_.watch(fd_.get(), EPOLLOUT | EPOLLET, [this](uint32_t) { flush(); });
  flush();
}

void InputPipe::write(Bytes bytes) {
  if (ending_ || (opened_ && !fd_)) {
    if (on_taken_)
      on_taken_(bytes.size());
    return;
  }
  queue_.append(bytes);
  schedule_flush();
}

void InputPipe::end() {
  ending_ = true;
  schedule_flush();
}

/**
 * Once the connection has been read: a virtio-serial port gives 4 KiB with each read, and a pipe that gets
 * them one by one wakes its reader for each.
 */
void InputPipe::schedule_flush() {
  if (!opened_ || std::exchange(flush_scheduled_, true))
    return;
  loop_.defer([this, alive = alive_] {
    if (!*alive)
      return;
    flush_scheduled_ = false;
    flush();
  });
}

size_t InputPipe::offer(Bytes bytes) {
  size_t taken = 0;
  while (taken < bytes.size() && fd_) {
    const ssize_t count = ::write(fd_.get(), bytes.data() + taken, bytes.size() - taken);
    if (count >= 0) {
      taken += static_cast<size_t>(count);
    } else if (errno == EAGAIN) {
      return taken;
    } else if (errno != EINTR) {
      // Nobody reads any more: the rest is dropped and its window opened, or the client would wait for ever.
      loop_.unwatch(fd_.get());
      fd_.reset();
    }
  }
  return bytes.size();
}

void InputPipe::flush() {
  size_t taken = 0;
  while (!queue_.empty()) {
    const Bytes run = queue_.front();
    const size_t count = offer(run);
    queue_.pop(count);
    taken += count;
    if (count < run.size())
      break;
  }
  if (ending_ && queue_.empty())
    finish();
  if (taken > 0 && on_taken_)
    on_taken_(taken);
}

void InputPipe::finish() {
  if (ended_ || !fd_)
    return;
  ended_ = true;
  if (is_tty_) {
    // A terminal knows no end of file but its character, and only while it reads by lines.
    const char eof = end_of_file_character(fd_.get());
    if (eof != 0 && ::write(fd_.get(), &eof, 1) < 0)
      return;
    return;
  }
  loop_.unwatch(fd_.get());
  fd_.reset();
}

void InputPipe::close() {
  *alive_ = false;
  on_taken_ = nullptr;
  queue_.clear();
  opened_ = true;
  if (!fd_)
    return;
  loop_.unwatch(fd_.get());
  fd_.reset();
}

} // namespace banger

#pragma once

#include "agent/session.h"
#include "sys/event_loop.h"

#include <optional>

namespace banger {

/** What lies between a descriptor's reads and its HTTP/2 session. */
class ByteFilter {
public:
  virtual ~ByteFilter() = default;
  /** on_reset: the client has changed; the filter gives what is to be sent before the new session's bytes. */
  virtual void feed(Bytes bytes, const std::function<void(Bytes)>& on_bytes,
                    const std::function<void(Bytes answer)>& on_reset) = 0;
};

/** One byte pipe with an HTTP/2 server session on it: a socket, or the virtio-serial port. */
class Connection {
public:
  struct Options {
    /** A port has no connections: its session begins with the filter's first reset, and an end of file that
     * stays is only the end of that session. */
    std::unique_ptr<ByteFilter> filter;
    /** The descriptor is at its end or broken. May destroy the connection. */
    std::function<void()> on_closed;
  };

  Connection(EventLoop& loop, UniqueFd fd, const HandlerFactory& factory, Options options);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

private:
  void on_event(uint32_t events);
  void read_some();
  void deliver(Bytes bytes);
  void end_session();
  void schedule_flush();
  void flush();
  bool write_out();
  void close();
  void client_away();

  EventLoop& loop_;
  UniqueFd fd_;
  const HandlerFactory& factory_;
  Options options_;
  std::unique_ptr<Session> session_;
  std::vector<uint8_t> input_;
  /** A client may begin: at once on a socket, after a reset on a port. */
  bool expecting_client_;
  /** Bytes to send, from sent_ on. Filled to about 64 KiB, then written: fewer, larger writes. */
  std::vector<uint8_t> output_;
  size_t sent_ = 0;
  bool flush_scheduled_ = false;
  bool session_broken_ = false;
  /** Since when a port has seemed to have no client. */
  std::optional<EventLoop::Clock::time_point> away_since_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

} // namespace banger

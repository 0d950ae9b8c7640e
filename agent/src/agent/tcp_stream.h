#pragma once

#include "agent/http.h"
#include "sys/event_loop.h"

#include <optional>

namespace banger {

/** The port of `/tcp/<port>`; nothing for any other path. */
std::optional<uint16_t> tcp_port_of(const std::string& path);

/**
 * `POST /tcp/<port>`: the bytes of a connection to a port of the guest's loopback address, both ways. Each
 * side's end is the other's: END_STREAM a FIN, a FIN END_STREAM, a reset a reset.
 */
class TcpStream : public StreamHandler, public std::enable_shared_from_this<TcpStream> {
public:
  TcpStream(EventLoop& loop, std::shared_ptr<StreamControl> control)
      : loop_(loop), control_(std::move(control)) {}

  /** To 127.0.0.1 or, where nobody listens there, to ::1. Answers 200 once it is there, else 502. */
  void connect(uint16_t port);

  void on_data(Bytes bytes) override;
  void on_end() override;
  void on_close() override;
  size_t produce(uint8_t* target, size_t room, bool& ended) override;

private:
  void try_next();
  void on_event(uint32_t events);
  void connected();
  void refuse(int error);
  void flush();
  void close_socket();

  EventLoop& loop_;
  std::shared_ptr<StreamControl> control_;
  uint16_t port_ = 0;
  UniqueFd socket_;
  size_t tried_ = 0;
  bool connected_ = false;
  /** What the socket has not taken yet; the stream's window bounds it. */
  ByteQueue input_;
  /** The client's END_STREAM was seen. */
  bool ending_ = false;
  /** Nothing more is written: our FIN is out, or the peer takes nothing any more. */
  bool write_ended_ = false;
  bool read_ended_ = false;
  /** The peer reset the connection; the stream is about to be. */
  bool failed_ = false;
  bool closed_ = false;
  /** Why there is no connection: the body of the answer. */
  ByteQueue refusal_;
};

} // namespace banger

#pragma once

#include "agent/http.h"

#include <map>
#include <nghttp2/nghttp2.h>

namespace banger {

/** One HTTP/2 server session: bytes in, bytes out, handlers between. Knows nothing of sockets. */
class Session {
public:
  /** `on_output` is called when next_output() may have something (never from within next_output()). */
  Session(const HandlerFactory& factory, std::function<void()> on_output);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /** False: the bytes are no HTTP/2; the session is over. */
  bool receive(Bytes bytes);
  /** The next piece to send, valid until the next call; empty when there is none. */
  Bytes next_output();
  /** GOAWAY was exchanged, and nothing is left to do. */
  bool finished() const;

private:
  class Control;
  struct Stream {
    Request request;
    std::shared_ptr<Control> control;
    std::shared_ptr<StreamHandler> handler;
  };
  struct Callbacks;

  Stream* find(int32_t id);

  const HandlerFactory& factory_;
  std::function<void()> on_output_;
  nghttp2_session* session_ = nullptr;
  std::map<int32_t, Stream> streams_;
};

} // namespace banger

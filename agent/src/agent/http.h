#pragma once

#include "sys/byte_queue.h"

#include <functional>
#include <memory>
#include <string>
#include <sys/types.h>

namespace banger {

/** What a stream's handler can do to its stream. Calls on a stream that is gone do nothing. */
class StreamControl {
public:
  virtual ~StreamControl() = default;
  /** Sends the headers; the body is what the handler's produce() gives. */
  virtual void respond(int status, const char* content_type, bool has_body) = 0;
  /** produce() has something again. */
  virtual void resume() = 0;
  /** Opens the stream's window by bytes that on_data() was given and that are done with. */
  virtual void consume(size_t bytes) = 0;
  /** RST_STREAM with an HTTP/2 error code. */
  virtual void reset(uint32_t error_code) = 0;
};

/** One request, from its headers to its end. */
class StreamHandler {
public:
  virtual ~StreamHandler() = default;
  virtual void on_data(Bytes bytes) = 0;
  /** The client's END_STREAM. */
  virtual void on_end() = 0;
  /** The stream is gone, for whatever reason; nothing is called after this. */
  virtual void on_close() = 0;
  /** Writes up to `room` bytes of the body; `ended` with the last. 0 without `ended`: nothing now, resume()
   * will say. */
  virtual size_t produce(uint8_t* target, size_t room, bool& ended) = 0;
};

struct Request {
  std::string method;
  std::string path;
};

/** Makes the handler of a request. */
using HandlerFactory =
    std::function<std::shared_ptr<StreamHandler>(const Request&, std::shared_ptr<StreamControl>)>;

} // namespace banger

#pragma once

#include "agent/http.h"
#include "agent/json.h"

#include <map>

namespace banger {

struct Response {
  int status = 204;
  /** Null: no body. */
  Json body;
};

Response error_response(int status, const char* code, const std::string& message);
/** For what would change the machine that the agent is tested on. */
Response not_a_guest();

/** Answers a request, now or later, once. A reply to a stream that is gone is dropped. */
using Reply = std::function<void(Response)>;

/** A JSON request: its body (null where there was none), and the way to answer. */
using Route = std::function<void(const Json& body, Reply reply)>;

/** `METHOD /path` to what answers it. */
using Routes = std::map<std::string, Route>;

/** Collects the body of one request (at most 1 MiB), parses it, and runs its route. */
class RequestHandler : public StreamHandler, public std::enable_shared_from_this<RequestHandler> {
public:
  RequestHandler(const Routes& routes, Request request, std::shared_ptr<StreamControl> control)
      : routes_(routes), request_(std::move(request)), control_(std::move(control)) {}

  void on_data(Bytes bytes) override;
  void on_end() override;
  void on_close() override { closed_ = true; }
  size_t produce(uint8_t* target, size_t room, bool& ended) override;

private:
  void answer(const Response& response);
  const Route* find_route(Response& error) const;

  const Routes& routes_;
  Request request_;
  std::shared_ptr<StreamControl> control_;
  std::string body_;
  std::string answer_;
  size_t sent_ = 0;
  bool answered_ = false;
  bool closed_ = false;
};

} // namespace banger

#include "agent/router.h"

namespace banger {

namespace {

constexpr size_t max_body = 1 << 20;

} // namespace

Response error_response(int status, const char* code, const std::string& message) {
  return {status, {{"code", code}, {"message", message}}};
}

Response not_a_guest() {
  return error_response(409, "ERR_AGENT_NOT_A_GUEST", "This agent does not run in a guest.");
}

void RequestHandler::on_data(Bytes bytes) {
  control_->consume(bytes.size());
  if (answered_)
    return;
  if (body_.size() + bytes.size() > max_body) {
    answer(error_response(413, "ERR_AGENT_TOO_LARGE", "A request's body is at most 1 MiB."));
    return;
  }
  body_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

const Route* RequestHandler::find_route(Response& error) const {
  const auto found = routes_.find(request_.method + " " + request_.path);
  if (found != routes_.end())
    return &found->second;
  for (const auto& [key, route] : routes_) {
    if (!key.ends_with(" " + request_.path))
      continue;
    error = error_response(405, "ERR_AGENT_BAD_REQUEST",
                           request_.path + " does not take " + request_.method + ".");
    return nullptr;
  }
  error = error_response(404, "ERR_AGENT_NOT_FOUND", "This agent has no " + request_.path + ".");
  return nullptr;
}

void RequestHandler::on_end() {
  if (answered_)
    return;
  Response error;
  const Route* route = find_route(error);
  if (!route)
    return answer(error);
  const Json body = body_.empty() ? Json() : parse_json(body_);
  if (body.is_discarded())
    return answer(error_response(400, "ERR_AGENT_BAD_REQUEST", "The body is not JSON."));
  (*route)(body, [weak = weak_from_this()](Response response) {
    if (const auto self = weak.lock())
      self->answer(response);
  });
}

void RequestHandler::answer(const Response& response) {
  if (answered_ || closed_)
    return;
  answered_ = true;
  if (!response.body.is_null())
    answer_ = dump_json(response.body);
  control_->respond(response.status, "application/json", !answer_.empty());
}

size_t RequestHandler::produce(uint8_t* target, size_t room, bool& ended) {
  const size_t count = std::min(room, answer_.size() - sent_);
  std::memcpy(target, answer_.data() + sent_, count);
  sent_ += count;
  ended = sent_ == answer_.size();
  return count;
}

} // namespace banger

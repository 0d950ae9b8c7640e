#pragma once

#include "sys/result.h"
#include "sys/unique_fd.h"

#include <cstdint>
#include <initializer_list>
#include <vector>

namespace banger {

/** One attribute: its type and its payload. */
struct RtAttribute {
  uint16_t type;
  std::vector<uint8_t> payload;
};

template <class T> RtAttribute attribute(uint16_t type, const T& value) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(&value);
  return {type, {bytes, bytes + sizeof value}};
}

/** A NETLINK_ROUTE socket: requests that are acknowledged, one at a time. */
class Rtnetlink {
public:
  static Result<Rtnetlink> open();

  /** Sends one request (NLM_F_REQUEST | NLM_F_ACK | flags) and waits for the kernel's answer, which it gives
   * before it returns. */
  Status send(uint16_t type, uint16_t flags, const void* body, size_t body_size,
              std::initializer_list<RtAttribute> attributes);

private:
  explicit Rtnetlink(UniqueFd fd) : fd_(std::move(fd)) {}

  UniqueFd fd_;
};

} // namespace banger

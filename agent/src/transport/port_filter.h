#pragma once

#include "agent/connection.h"
#include "transport/reset_scanner.h"

namespace banger {

/** The virtio-serial port's side of docs/guest-protocol.md, "The byte pipe": a session begins where the reset
 * token is read. */
class PortFilter : public ByteFilter {
public:
  explicit PortFilter(const ResetToken& token) : token_(token), scanner_(token) {}

  void feed(Bytes bytes, const std::function<void(Bytes)>& on_bytes,
            const std::function<void(Bytes answer)>& on_reset) override {
    scanner_.feed(bytes, on_bytes, [&] { on_reset(token_); });
  }

private:
  ResetToken token_;
  ResetScanner scanner_;
};

} // namespace banger

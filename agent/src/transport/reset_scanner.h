#pragma once

#include "sys/byte_queue.h"

#include <array>
#include <functional>
#include <string_view>

namespace banger {

/** `banger-reset-v1:` and the 16 raw bytes of the boot's secret. */
using ResetToken = std::array<uint8_t, 32>;

/** False where `boot_token` is not 32 hex digits. */
bool make_reset_token(std::string_view boot_token, ResetToken& token);

/**
 * Finds the reset token in a byte stream, across the borders of reads. Bytes are passed on as they come, but
 * for an end that may be the token's second half: so no command ever reads any of the secret, and none waits
 * for its next byte.
 */
class ResetScanner {
public:
  explicit ResetScanner(const ResetToken& token);

  /** `on_bytes` gets what is no token, `on_reset` is called for each token, in the stream's order. */
  void feed(Bytes bytes, const std::function<void(Bytes)>& on_bytes, const std::function<void()>& on_reset);

private:
  size_t find(Bytes text) const;
  size_t partial_token(Bytes text) const;

  ResetToken token_;
  std::array<uint8_t, 256> skips_{};
  /** The end of what was fed before, where a token may have begun; its last held_ bytes were not passed on
   * yet. */
  std::vector<uint8_t> buffer_;
  size_t held_ = 0;
};

} // namespace banger

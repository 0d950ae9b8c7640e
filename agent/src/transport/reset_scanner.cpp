#include "transport/reset_scanner.h"

#include <algorithm>

namespace banger {

namespace {

constexpr std::string_view prefix = "banger-reset-v1:";
constexpr size_t npos = static_cast<size_t>(-1);

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9')
    return digit - '0';
  if (digit >= 'a' && digit <= 'f')
    return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F')
    return digit - 'A' + 10;
  return -1;
}

} // namespace

bool make_reset_token(std::string_view boot_token, ResetToken& token) {
  if (boot_token.size() != 32)
    return false;
  std::copy(prefix.begin(), prefix.end(), token.begin());
  for (size_t index = 0; index < 16; ++index) {
    const int high = hex_value(boot_token[2 * index]);
    const int low = hex_value(boot_token[2 * index + 1]);
    if (high < 0 || low < 0)
      return false;
    token[prefix.size() + index] = static_cast<uint8_t>(high << 4 | low);
  }
  return true;
}

ResetScanner::ResetScanner(const ResetToken& token) : token_(token) {
  skips_.fill(static_cast<uint8_t>(token.size()));
  for (size_t index = 0; index + 1 < token.size(); ++index) {
    skips_[token[index]] = static_cast<uint8_t>(token.size() - 1 - index);
  }
}

/** Horspool's search: looks at one byte in 32, mostly. */
size_t ResetScanner::find(Bytes text) const {
  const size_t size = token_.size();
  for (size_t end = size; end <= text.size(); end += skips_[text[end - 1]]) {
    if (std::equal(token_.begin(), token_.end(), text.begin() + static_cast<ptrdiff_t>(end - size)))
      return end - size;
  }
  return npos;
}

/** The length of the longest end of `text` that is a beginning of the token longer than its public prefix. */
size_t ResetScanner::partial_token(Bytes text) const {
  for (size_t length = std::min(text.size(), token_.size() - 1); length > prefix.size(); --length) {
    if (std::equal(text.end() - static_cast<ptrdiff_t>(length), text.end(), token_.begin()))
      return length;
  }
  return 0;
}

void ResetScanner::feed(Bytes bytes, const std::function<void(Bytes)>& on_bytes,
                        const std::function<void()>& on_reset) {
  // The end of the last read goes before this one: 31 bytes at most, so this is one copy of a read and no
  // growing buffer.
  size_t fresh = buffer_.size() - held_;
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
  Bytes text(buffer_);
  for (size_t at = find(text); at != npos; at = find(text)) {
    if (at > fresh)
      on_bytes(text.subspan(fresh, at - fresh));
    on_reset();
    text = text.subspan(at + token_.size());
    fresh = 0;
  }
  held_ = partial_token(text);
  const size_t end = text.size() - held_;
  if (end > fresh)
    on_bytes(text.subspan(fresh, end - fresh));
  const size_t kept = std::min(text.size(), token_.size() - 1);
  // What was passed on already may be part of the held end: its first bytes came with an earlier read.
  if (end < fresh)
    held_ = text.size() - fresh;
  std::vector<uint8_t> tail(text.end() - static_cast<ptrdiff_t>(kept), text.end());
  buffer_.assign(tail.begin(), tail.end());
}

} // namespace banger

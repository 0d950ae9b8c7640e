#include "check.h"
#include "transport/reset_scanner.h"

#include <algorithm>
#include <string>
#include <vector>

namespace {

constexpr char reset_mark = '\x01';

banger::ResetToken token() {
  banger::ResetToken result{};
  FUZZ_CHECK(banger::make_reset_token("62616e6765722d62616e6765722d6261", result));
  return result;
}

/** Bytes below `t` stand for a piece of the token, others for themselves: so that tokens, whole and in part,
 * are found by chance. */
std::string expand(banger::Bytes input) {
  const banger::ResetToken secret = token();
  std::string text;
  for (const uint8_t byte : input) {
    if (byte < 64) {
      text.append(secret.begin(), secret.begin() + std::min<size_t>(byte, secret.size()));
    } else {
      text.push_back(static_cast<char>(byte));
    }
  }
  return text;
}

std::vector<std::string> split_at_marks(const std::string& text) {
  std::vector<std::string> parts(1);
  for (const char byte : text) {
    if (byte == reset_mark) {
      parts.emplace_back();
    } else {
      parts.back().push_back(byte);
    }
  }
  return parts;
}

/** What a search over the whole stream says: its parts between tokens. */
std::vector<std::string> reference(const std::string& text, const std::string& needle) {
  std::vector<std::string> parts;
  size_t begin = 0;
  for (size_t at = text.find(needle); at != std::string::npos; at = text.find(needle, begin)) {
    parts.push_back(text.substr(begin, at - begin));
    begin = at + needle.size();
  }
  parts.push_back(text.substr(begin));
  return parts;
}

} // namespace

/**
 * However the stream is cut, the parts between tokens come through, with at most the public half of the token
 * that follows; at its end nothing is held back but what may be a token's second half.
 */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1 || size > 4096)
    return 0;
  const std::string text = expand({data + 1, size - 1});
  const banger::ResetToken secret = token();
  const std::string needle(secret.begin(), secret.end());
  std::string seen;
  banger::ResetScanner scanner(secret);
  const size_t step = size_t{data[0]} % 80 + 1;
  for (size_t at = 0; at < text.size(); at += step) {
    const std::string piece = text.substr(at, step);
    scanner.feed(
        {reinterpret_cast<const uint8_t*>(piece.data()), piece.size()},
        [&](banger::Bytes bytes) { seen.append(bytes.begin(), bytes.end()); },
        [&] { seen.push_back(reset_mark); });
  }
  const std::vector<std::string> expected = reference(text, needle);
  const std::vector<std::string> parts = split_at_marks(seen);
  FUZZ_CHECK(parts.size() == expected.size());
  for (size_t index = 0; index + 1 < parts.size(); ++index) {
    FUZZ_CHECK(parts[index].starts_with(expected[index]));
    const std::string leaked = parts[index].substr(expected[index].size());
    FUZZ_CHECK(leaked.size() <= 16 && needle.starts_with(leaked));
  }
  FUZZ_CHECK(expected.back().starts_with(parts.back()));
  const std::string held = expected.back().substr(parts.back().size());
  FUZZ_CHECK(held.size() < needle.size() && needle.compare(16, std::string::npos, held) != 0);
  return 0;
}

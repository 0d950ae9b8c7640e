// Just enough of a test framework: every check is counted, a failure says where.
#pragma once

#include "netlink/codec/builder.h"

#include <cstdio>
#include <string>

namespace banger::test {

class Checks {
public:
  void that(bool condition, const char* what) {
    ++count_;
    if (condition)
      return;
    ++failed_;
    std::fprintf(stderr, "FAIL: %s\n", what);
  }

  void bytes(const netlink::Bytes& actual, const std::string& expectedHex, const char* what) {
    const netlink::Bytes expected = unhex(expectedHex);
    that(actual == expected, what);
    if (actual != expected)
      std::fprintf(stderr, "  expected %s\n  actual   %s\n", hex(expected).c_str(), hex(actual).c_str());
  }

  int finish() const {
    std::printf("%d checks, %d failed\n", count_, failed_);
    return failed_ == 0 ? 0 : 1;
  }

  static std::string hex(const netlink::Bytes& bytes) {
    std::string text;
    char pair[3];
    for (uint8_t byte : bytes) {
      std::snprintf(pair, sizeof pair, "%02x", byte);
      text += pair;
    }
    return text;
  }

  // Spaces between fields are for the reader.
  static netlink::Bytes unhex(std::string text) {
    std::erase(text, ' ');
    netlink::Bytes bytes;
    for (size_t i = 0; i + 1 < text.size(); i += 2)
      bytes.push_back(static_cast<uint8_t>(std::stoul(text.substr(i, 2), nullptr, 16)));
    return bytes;
  }

private:
  int count_ = 0;
  int failed_ = 0;
};

void encoders(Checks& check);
void goldenRtnl(Checks& check);
void exchanges(Checks& check);
void decoders(Checks& check);
void hostileInput(Checks& check);
void procStat(Checks& check);
void deviceMapper(Checks& check);
void goldenDeviceMapper(Checks& check);

} // namespace banger::test

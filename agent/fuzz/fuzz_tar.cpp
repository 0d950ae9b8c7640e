#include "check.h"
#include "init/tar.h"

#include <algorithm>

namespace {

/** Gives the archive in pieces of varying size, as a disk may. */
class PiecesSource : public banger::ByteSource {
public:
  PiecesSource(const uint8_t* data, size_t size) : bytes_(data, size) {}

  banger::Result<size_t> read(std::span<uint8_t> target) override {
    step_ = step_ * 5 % 1021 + 1;
    const size_t count = std::min({target.size(), bytes_.size(), step_});
    std::copy_n(bytes_.begin(), count, target.begin());
    bytes_ = bytes_.subspan(count);
    return count;
  }

private:
  banger::Bytes bytes_;
  size_t step_ = 7;
};

} // namespace

/** No input reads out of bounds or without end, and no entry has more content than the archive has bytes. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  PiecesSource source(data, size);
  banger::TarReader tar(source);
  banger::TarEntry entry;
  uint8_t buffer[700];
  for (size_t entries = 0;; ++entries) {
    FUZZ_CHECK(entries <= size / 512);
    const auto more = tar.next(entry);
    if (!more || !*more)
      return 0;
    FUZZ_CHECK(entry.path.find('\0') == std::string::npos &&
               entry.link_target.find('\0') == std::string::npos);
    if (entries % 3 == 2)
      continue; // its content is skipped
    size_t content = 0;
    while (true) {
      const auto count = tar.read(buffer);
      if (!count || *count == 0)
        break;
      content += *count;
    }
    FUZZ_CHECK(content <= size && content <= entry.size);
  }
}

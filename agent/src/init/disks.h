#pragma once

#include "init/tar.h"
#include "sys/unique_fd.h"

#include <string>
#include <vector>

namespace banger {

/** Device paths; empty where there is none. */
struct Disks {
  std::string root;
  std::string work;
  std::string config;
  std::string upper;
};

/** By serial; where no disk has one (Firecracker), by order. Waits up to 5 s for root and config, as devices
 * may come late, and for the upper disk of an overlay if asked. */
Disks find_disks(bool with_upper = false);

/** A disk read from its beginning, in large pieces. */
class DiskSource : public ByteSource {
public:
  explicit DiskSource(UniqueFd fd) : fd_(std::move(fd)), buffer_(128 * 1024) {}
  Result<size_t> read(std::span<uint8_t> target) override;

private:
  UniqueFd fd_;
  std::vector<uint8_t> buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
};

} // namespace banger

#pragma once

#include "clone/new_file.h"

#include <memory>
#include <optional>

namespace banger {

// A copy by SEEK_DATA, SEEK_HOLE and copy_file_range, in steps, so that between them its progress can be told
// and it can be ended: holes of `source` are holes of `target`. One step at a time.
class SparseCopy {
public:
  struct Progress {
    uint64_t position = 0;
    uint64_t size = 0;
    uint64_t dataBytes = 0; // copied so far
    bool done = false;
  };

  // Makes `target`, which must not exist, 0600. It vanishes with this object unless the last step was done.
  static Result<std::shared_ptr<SparseCopy>> open(const std::string& source, const std::string& target);

  // Copies at most so many bytes of data. After the last step both files are closed. EIO when `source` has
  // become shorter meanwhile.
  Result<Progress> step(uint64_t mostBytes);

  // Takes `target` away, also a whole one.
  Status discard();

private:
  SparseCopy(std::string source, std::string target, UniqueFd from, NewFile to, off_t size)
      : source_(std::move(source)), target_(std::move(target)), from_(std::move(from)), to_(std::move(to)),
        size_(size) {}

  std::string source_;
  std::string target_;
  UniqueFd from_;
  std::optional<NewFile> to_;
  off_t size_ = 0;
  off_t position_ = 0;
  uint64_t dataBytes_ = 0;
};

} // namespace banger

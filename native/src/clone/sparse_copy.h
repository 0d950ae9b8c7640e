#pragma once

#include "clone/new_file.h"

#include <memory>
#include <optional>
#include <utility>

namespace banger {

// Whether the new file's blocks are to be those of its source (FICLONE, linux/fs.h): else they are copied.
enum class Sharing { never, whereItWorks, always };

// What a new file gets before it has its name.
struct NewFileSettings {
  std::optional<mode_t> mode;
  std::optional<std::pair<uid_t, gid_t>> owner;
  // It grows by a hole: to so many bytes, or by so many.
  uint64_t minimumBytes = 0;
  uint64_t extraBytes = 0;
  std::string name; // renamed to it, unless that is taken (EEXIST); empty: it stays `target`
};

// A file from another: by FICLONE at once, or by SEEK_DATA, SEEK_HOLE and copy_file_range, in steps, so that
// between them its progress can be told and it can be ended: holes of `source` are holes of `target`. One
// call at a time.
class SparseCopy {
public:
  struct Progress {
    uint64_t position = 0;
    uint64_t size = 0;
    uint64_t dataBytes = 0; // copied so far, or shared
    bool done = false;
    bool shared = false;
  };

  // Makes `target`, which must not exist, 0600. It vanishes with this object unless it was finished.
  static Result<std::shared_ptr<SparseCopy>> open(const std::string& source, const std::string& target,
                                                  Sharing sharing);

  // A file that is there is the whole copy: it gets the name `target`, which nothing may have. From then on
  // it vanishes with this object as one that was opened. ENOENT where it is gone, EXDEV on another
  // filesystem.
  static Result<std::shared_ptr<SparseCopy>> adopt(const std::string& file, const std::string& target);

  // Copies at most so many bytes of data. EIO when `source` has become shorter meanwhile.
  Result<Progress> step(uint64_t mostBytes);

  // After the last step: the settings, and both files are closed. False, and nothing is done, before that.
  Result<bool> finish(const NewFileSettings& settings);

  // Takes the new file away, also a whole one.
  Status discard();

private:
  SparseCopy(std::string source, std::string target, UniqueFd from, NewFile to, off_t size)
      : source_(std::move(source)), target_(std::move(target)), from_(std::move(from)), to_(std::move(to)),
        size_(size) {}

  Status share(Sharing sharing, uint64_t dataBytes);
  Status grow(const NewFileSettings& settings);

  std::string source_;
  std::string target_;
  UniqueFd from_;
  std::optional<NewFile> to_;
  off_t size_ = 0;
  off_t position_ = 0;
  uint64_t dataBytes_ = 0;
  bool shared_ = false;
  bool done_ = false;
};

} // namespace banger

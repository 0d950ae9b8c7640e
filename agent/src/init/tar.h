#pragma once

#include "sys/byte_queue.h"
#include "sys/result.h"

#include <string>

namespace banger {

/** Where a tar's bytes come from. */
class ByteSource {
public:
  virtual ~ByteSource() = default;
  /** Up to `target.size()` bytes; 0 at the end. */
  virtual Result<size_t> read(std::span<uint8_t> target) = 0;
};

struct TarEntry {
  enum class Type { file, directory, symlink, hardlink, other };
  Type type = Type::other;
  std::string path;
  std::string link_target;
  uint32_t mode = 0;
  uint32_t uid = 0;
  uint32_t gid = 0;
  uint64_t size = 0;
  /** Seconds since 1970. */
  uint64_t mtime = 0;
};

/**
 * Reads an uncompressed tar: POSIX's ustar, with pax headers for what does not fit (path, linkpath, size,
 * uid, gid, mtime), and GNU's long names and binary numbers. Sparse files are refused. Every number and
 * length is checked before it is used; paths are given as they stand: whoever lays them is to mind `..` and
 * links.
 */
class TarReader {
public:
  explicit TarReader(ByteSource& source) : source_(source) {}

  /** The next entry; what was not read of the last one's content is skipped. False at the end of the archive,
   * also one without the two empty blocks. */
  Result<bool> next(TarEntry& entry);
  /** Some of the current entry's content; 0 at its end. */
  Result<size_t> read(std::span<uint8_t> target);

private:
  Status fill(std::span<uint8_t> target);
  Result<bool> fill_header(std::span<uint8_t> target);
  Status skip(uint64_t count);
  Result<std::string> read_whole(uint64_t size);

  ByteSource& source_;
  uint64_t content_left_ = 0;
  uint64_t padding_left_ = 0;
};

} // namespace banger

#pragma once

#include "init/tar.h"

#include <array>
#include <optional>
#include <string_view>

namespace banger {

constexpr size_t tar_block_size = 512;
using TarBlock = std::array<uint8_t, tar_block_size>;

struct TarHeader {
  /** POSIX's typeflag: `0` file, `1` hard link, `5` directory, `2` symlink, `x` and `g` pax headers; GNU's
   * `L` and `K` long names. */
  char type = 0;
  TarEntry entry;
};

/** One header block; wrong checksums and numbers that are none are errors. */
Result<TarHeader> parse_tar_header(const TarBlock& block);

/** Values of a pax header over those of the entry that follows it. */
struct PaxOverrides {
  std::optional<std::string> path;
  std::optional<std::string> link_target;
  std::optional<uint64_t> size;
  std::optional<uint32_t> uid;
  std::optional<uint32_t> gid;
  std::optional<uint64_t> mtime;
  bool sparse = false;
};

/** The content of a pax header: records `<length> <key>=<value>\n`. */
Status parse_pax(std::string_view content, PaxOverrides& overrides);

Error broken_tar(const char* what);

} // namespace banger

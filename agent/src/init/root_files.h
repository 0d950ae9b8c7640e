#pragma once

#include "init/tar.h"
#include "sys/unique_fd.h"

#include <string>
#include <string_view>
#include <vector>

namespace banger {

/**
 * Files under a guest's root, reached only inside it: every path is resolved with openat2(RESOLVE_IN_ROOT |
 * RESOLVE_NO_MAGICLINKS), so that a symlink that the guest left behind leads nowhere else. Parents that are
 * missing are made, 0755, root's.
 */
class RootFiles {
public:
  explicit RootFiles(int root) : root_(root) {}

  /** Lays one tar entry at `path`. A regular file is written under a temporary name and renamed over what is
   * there. */
  Status lay(std::string_view path, const TarEntry& entry, TarReader& content);
  /** Removes a file or symlink. What is not there, or a directory, is left. */
  void remove(std::string_view path);

  Result<std::string> read(std::string_view path);
  /** Atomically. */
  Status write(std::string_view path, std::string_view content, uint32_t mode);

private:
  struct Place {
    int parent;
    std::string name;
  };

  Result<Place> place_of(std::string_view path);
  Result<UniqueFd> open_directory(const std::string& path);
  Status lay_at(const Place& at, std::string_view path, const TarEntry& entry, TarReader& content);
  Status lay_file(const Place& place, const TarEntry& entry, TarReader& content);

  int root_;
  /** The parent of the last path: files come a directory at a time. */
  std::string parent_path_;
  UniqueFd parent_;
};

/** Absolute, no empty, `.` or `..` component, no NUL. */
bool is_plain_absolute(std::string_view path);

} // namespace banger

#pragma once

#include "files/failure.h"
#include "sys/unique_fd.h"

#include <string>
#include <variant>

namespace banger {

/** What is copied, as far as its place hangs on it. */
struct CopySource {
  /** A tar of the user's own: it goes into a directory that is there. Else one root, `.`, with what is below
   * it. */
  bool stream = false;
  bool directory = false;
  /** Its last name; `.`: what is in it. */
  std::string name;
};

struct CopyTarget {
  UniqueFd directory;
  /** What the root becomes in there; empty: the directory itself. */
  std::string name;
  /** The root of the filesystem: absolute symlinks lead into it. */
  bool is_root = false;
};

/** Where a copy to `path` (absolute) goes, by the rules of `docker cp`. ERR_FILES_NOT_FOUND,
 * ERR_FILES_NOT_A_DIRECTORY. */
std::variant<CopyTarget, CopyFailure> target_of(const std::string& path, const CopySource& source);

} // namespace banger

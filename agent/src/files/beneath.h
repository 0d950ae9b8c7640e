#pragma once

#include "files/target.h"

#include <optional>
#include <string_view>
#include <vector>

namespace banger {

using Names = std::vector<std::string>;

/** The names of a path in an archive: empty ones and `.` mean nothing; `..` and absurd depths are refused. */
std::optional<Names> names_of(std::string_view path);

/** The first `count` of them; `.` for none. */
std::string joined(const Names& names, size_t count);

/** Directories below a copy's target: symlinks on the way are followed only where they stay below it. */
class Beneath {
public:
  explicit Beneath(const CopyTarget& target) : target_(target) {}

  UniqueFd open(const std::string& path) const;
  /** Opens the parent of the last of `names`, making what is missing of it. */
  Status enter_parent(const Names& names);
  bool has_parent() const { return static_cast<bool>(parent_); }
  int parent() const { return parent_.get(); }

  /** The error of an open() that has just failed. Its code is 0 where a symlink is to blame. */
  static Error leads_out(const std::string& path);

private:
  const CopyTarget& target_;
  /** The parent of the last name: an archive goes directory by directory. */
  UniqueFd parent_;
  std::string parent_path_;
};

} // namespace banger

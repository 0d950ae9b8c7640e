#include "files/beneath.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

namespace banger {

namespace {

constexpr size_t most_depth = 1000;

} // namespace

std::optional<Names> names_of(std::string_view path) {
  Names names;
  for (size_t begin = 0; begin < path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view name = path.substr(begin, end - begin);
    if (name == "..")
      return std::nullopt;
    if (!name.empty() && name != ".")
      names.emplace_back(name);
    begin = end + 1;
  }
  return names.size() > most_depth ? std::nullopt : std::optional(names);
}

std::string joined(const Names& names, size_t count) {
  std::string path;
  for (size_t index = 0; index < count; ++index)
    path += (index == 0 ? "" : "/") + names[index];
  return path.empty() ? "." : path;
}

UniqueFd Beneath::open(const std::string& path) const {
  open_how how{};
  how.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_NO_MAGICLINKS | (target_.is_root ? RESOLVE_IN_ROOT : RESOLVE_BENEATH);
  return UniqueFd(
      static_cast<int>(::syscall(SYS_openat2, target_.directory.get(), path.c_str(), &how, sizeof how)));
}

Status Beneath::enter_parent(const Names& names) {
  const std::string path = joined(names, names.size() - 1);
  if (parent_ && path == parent_path_)
    return Done{};
  parent_.reset();
  UniqueFd fd = open(path);
  if (!fd && errno == ENOENT) {
    for (size_t count = 0; count + 1 < names.size(); ++count) {
      const UniqueFd above = open(joined(names, count));
      if (!above)
        return leads_out(path);
      if (::mkdirat(above.get(), names[count].c_str(), 0755) < 0 && errno != EEXIST)
        return os_error(path);
    }
    fd = open(path);
  }
  if (!fd)
    return leads_out(path);
  parent_ = std::move(fd);
  parent_path_ = path;
  return Done{};
}

Error Beneath::leads_out(const std::string& path) {
  Error error = os_error(path);
  return error.code == EXDEV ? Error{0, path + " is a symlink that leads out of the destination"} : error;
}

} // namespace banger

#include "init/root_files.h"

#include "sys/file.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

namespace banger {

namespace {

constexpr const char* temporary_name = ".banger-new";
constexpr mode_t access_bits = 0777;

UniqueFd open_in_root(int root, const char* path, uint64_t flags) {
  open_how how{};
  how.flags = flags | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
  return UniqueFd(static_cast<int>(::syscall(SYS_openat2, root, path, &how, sizeof how)));
}

/** A new file under the temporary name. */
UniqueFd create_temporary(int parent, mode_t mode) {
  const auto create = [&] {
    constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    return UniqueFd(::openat(parent, temporary_name, flags, mode));
  };
  UniqueFd fd = create();
  if (fd || errno != EEXIST)
    return fd;
  ::unlinkat(parent, temporary_name, 0); // a crash may have left one
  return create();
}

} // namespace

bool is_plain_absolute(std::string_view path) {
  if (path.size() < 2 || path.front() != '/' || path.find('\0') != std::string_view::npos)
    return false;
  for (size_t begin = 1; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view part = path.substr(begin, end - begin);
    if (part.empty() || part == "." || part == "..")
      return false;
    begin = end + 1;
  }
  return true;
}

Result<UniqueFd> RootFiles::open_directory(const std::string& path) {
  UniqueFd fd = open_in_root(root_, path.c_str(), O_PATH | O_DIRECTORY);
  if (fd)
    return fd;
  if (errno != ENOENT || path == "/")
    return os_error(path);
  const size_t slash = path.rfind('/');
  auto parent = open_directory(slash == 0 ? "/" : path.substr(0, slash));
  if (!parent)
    return parent;
  const char* name = path.c_str() + slash + 1;
  if (::mkdirat(parent->get(), name, 0755) < 0 && errno != EEXIST)
    return os_error(path);
  // Through the root again: what is there under that name may be a dangling link.
  fd = open_in_root(root_, path.c_str(), O_PATH | O_DIRECTORY);
  if (!fd)
    return os_error(path);
  return fd;
}

Result<RootFiles::Place> RootFiles::place_of(std::string_view path) {
  if (!is_plain_absolute(path))
    return Error{EINVAL, std::string(path)};
  const size_t slash = path.rfind('/');
  const std::string parent_path(slash == 0 ? "/" : path.substr(0, slash));
  if (!parent_ || parent_path != parent_path_) {
    auto parent = open_directory(parent_path);
    if (!parent)
      return parent.error();
    parent_ = std::move(*parent);
    parent_path_ = parent_path;
  }
  return Place{parent_.get(), std::string(path.substr(slash + 1))};
}

Status RootFiles::lay(std::string_view path, const TarEntry& entry, TarReader& content) {
  const auto place = place_of(path);
  if (!place)
    return place.error();
  const Status status = lay_at(*place, path, entry, content);
  if (!status)
    ::unlinkat((*place).parent, temporary_name, 0);
  return status;
}

Status RootFiles::lay_at(const Place& at, std::string_view path, const TarEntry& entry, TarReader& content) {
  switch (entry.type) {
  case TarEntry::Type::file:
    return lay_file(at, entry, content);
  case TarEntry::Type::directory: {
    if (::mkdirat(at.parent, at.name.c_str(), 0755) < 0 && errno != EEXIST)
      return os_error(std::string(path));
    const UniqueFd fd(::openat(at.parent, at.name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd) {
      // A directory that the image has as a symlink (/bin, /lib) stays the image's.
      if (errno == ENOTDIR || errno == ELOOP)
        return Done{};
      return os_error(std::string(path));
    }
    return set_owner_and_mode(fd.get(), entry.uid, entry.gid, entry.mode);
  }
  case TarEntry::Type::symlink:
    ::unlinkat(at.parent, temporary_name, 0);
    if (::symlinkat(entry.link_target.c_str(), at.parent, temporary_name) < 0)
      return os_error(std::string(path));
    (void)::fchownat(at.parent, temporary_name, entry.uid, entry.gid, AT_SYMLINK_NOFOLLOW);
    if (::renameat(at.parent, temporary_name, at.parent, at.name.c_str()) < 0)
      return os_error(std::string(path));
    return Done{};
  default:
    return Error{EINVAL, std::string(path)};
  }
}

Status RootFiles::lay_file(const Place& place, const TarEntry& entry, TarReader& content) {
  const UniqueFd fd = create_temporary(place.parent, entry.mode & access_bits);
  if (!fd)
    return os_error(place.name);
  uint8_t buffer[16 * 1024];
  while (true) {
    const auto count = content.read(buffer);
    if (!count)
      return count.error();
    if (*count == 0)
      break;
    auto status = write_all(fd.get(), {reinterpret_cast<const char*>(buffer), *count});
    if (!status)
      return status;
  }
  if (auto status = set_owner_and_mode(fd.get(), entry.uid, entry.gid, entry.mode); !status)
    return status;
  if (::renameat(place.parent, temporary_name, place.parent, place.name.c_str()) < 0)
    return os_error(place.name);
  return Done{};
}

void RootFiles::remove(std::string_view path) {
  if (const auto place = place_of(path))
    ::unlinkat((*place).parent, (*place).name.c_str(), 0);
}

Result<std::string> RootFiles::read(std::string_view path) {
  const auto place = place_of(path);
  if (!place)
    return place.error();
  const auto fd = open_in_root(root_, std::string(path).c_str(), O_RDONLY | O_NOCTTY | O_NONBLOCK);
  if (!fd)
    return os_error(std::string(path));
  return read_fd(fd.get());
}

Status RootFiles::write(std::string_view path, std::string_view content, uint32_t mode) {
  const auto place = place_of(path);
  if (!place)
    return place.error();
  const Place& at = *place;
  const UniqueFd fd = create_temporary(at.parent, mode);
  if (!fd)
    return os_error(std::string(path));
  if (auto status = write_all(fd.get(), content); !status)
    return status;
  if (::renameat(at.parent, temporary_name, at.parent, at.name.c_str()) < 0)
    return os_error(std::string(path));
  return Done{};
}

} // namespace banger

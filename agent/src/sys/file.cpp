#include "sys/file.h"

#include "sys/unique_fd.h"

#include <fcntl.h>
#include <sys/stat.h>

namespace banger {

Result<std::string> read_fd(int fd, size_t limit) {
  std::string content;
  char chunk[4096];
  while (content.size() < limit) {
    const ssize_t count = ::read(fd, chunk, sizeof chunk);
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return os_error("read");
    if (count == 0)
      break;
    content.append(chunk, static_cast<size_t>(count));
  }
  if (content.size() > limit)
    content.resize(limit);
  return content;
}

Result<std::string> read_file_at(int directory, const char* path, size_t limit) {
  const UniqueFd fd(::openat(directory, path, O_RDONLY | O_CLOEXEC));
  if (!fd)
    return os_error(path);
  return read_fd(fd.get(), limit);
}

Result<std::string> read_file(const char* path, size_t limit) {
  return read_file_at(AT_FDCWD, path, limit);
}

Status write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return os_error("write");
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return Done{};
}

Status write_file(const char* path, std::string_view bytes) {
  const UniqueFd fd(::open(path, O_WRONLY | O_CLOEXEC));
  if (!fd)
    return os_error(path);
  return write_all(fd.get(), bytes);
}

Status set_owner_and_mode(int fd, uid_t uid, gid_t gid, mode_t mode) {
  constexpr mode_t all_mode_bits = 07777;
  struct stat now {};
  if (::fstat(fd, &now) < 0)
    return os_error("fstat");
  const bool another = now.st_uid != uid || now.st_gid != gid;
  // In this order: chown clears set-user-ID bits.
  if (another && ::fchown(fd, uid, gid) < 0)
    return os_error("fchown");
  if ((another || (now.st_mode & all_mode_bits) != (mode & all_mode_bits)) &&
      ::fchmod(fd, mode & all_mode_bits) < 0)
    return os_error("fchmod");
  return Done{};
}

std::string_view trim_end(std::string_view text) {
  const size_t end = text.find_last_not_of(" \t\r\n");
  return end == std::string_view::npos ? std::string_view{} : text.substr(0, end + 1);
}

} // namespace banger

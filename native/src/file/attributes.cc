#include "file/attributes.h"

#include "sys/file.h"

#include <fcntl.h>
#include <limits>
#include <unistd.h>

namespace banger {

namespace {

Status truncateTo(const UniqueFd& file, const std::string& path, uint64_t sizeBytes) {
  if (sizeBytes > static_cast<uint64_t>(std::numeric_limits<off_t>::max()))
    return SysError{EFBIG, "ftruncate", path, {}};
  if (::ftruncate(file.get(), static_cast<off_t>(sizeBytes)) < 0)
    return lastError("ftruncate", path);
  return Unit{};
}

} // namespace

Status fileCreate(const std::string& path, mode_t mode, uint64_t sizeBytes) {
  auto file = openFile(path, O_WRONLY | O_CREAT | O_EXCL, mode);
  if (!file)
    return file.error();
  Status made = truncateTo(file.value(), path, sizeBytes);
  // Whatever the umask is.
  if (made && ::fchmod(file.value().get(), mode) < 0)
    made = lastError("fchmod", path);
  if (!made)
    ::unlink(path.c_str());
  return made;
}

Status fileChmod(const std::string& path, mode_t mode) {
  // O_PATH opens any kind of file without its side effects; /proc/self/fd leads chmod to exactly that one.
  // fchmodat2 with AT_EMPTY_PATH would need Linux 6.6.
  auto file = openFile(path, O_PATH | O_NOFOLLOW);
  if (!file)
    return file.error();
  struct stat info {};
  if (::fstat(file.value().get(), &info) < 0)
    return lastError("fstat", path);
  if (S_ISLNK(info.st_mode))
    return SysError{ELOOP, "chmod", path, "a symbolic link"};
  std::string self = "/proc/self/fd/" + std::to_string(file.value().get());
  if (::chmod(self.c_str(), mode) < 0)
    return lastError("chmod", path);
  return Unit{};
}

Status fileChown(const std::string& path, uid_t uid, gid_t gid) {
  if (::lchown(path.c_str(), uid, gid) < 0)
    return lastError("lchown", path);
  return Unit{};
}

Status fileTruncate(const std::string& path, uint64_t sizeBytes) {
  // Not blocking: a FIFO at the path has nobody who reads.
  auto file = openFile(path, O_WRONLY | O_NOFOLLOW | O_NONBLOCK);
  return file ? truncateTo(file.value(), path, sizeBytes) : Status(file.error());
}

} // namespace banger

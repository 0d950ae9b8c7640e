#include "file/directory.h"

#include "sys/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace banger {

Status ensureDirectory(const std::string& path, uid_t uid, gid_t gid, mode_t mode) {
  if (::mkdir(path.c_str(), 0700) < 0 && errno != EEXIST)
    return lastError("mkdir", path);
  auto directory = openFile(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!directory)
    return directory.error();
  int fd = directory.value().get();
  struct stat info {};
  if (::fstat(fd, &info) < 0)
    return lastError("fstat", path);
  if (info.st_uid != uid && info.st_uid != ::geteuid())
    return SysError{EINVAL, "mkdir", path,
                    "a directory that belongs to uid " + std::to_string(info.st_uid) + " is there"};
  if ((info.st_uid != uid || info.st_gid != gid) && ::fchown(fd, uid, gid) < 0)
    return lastError("fchown", path);
  // After fchown, which clears set-id bits.
  if ((info.st_mode & 07777) != mode && ::fchmod(fd, mode) < 0)
    return lastError("fchmod", path);
  return Unit{};
}

Status makeDirectory(const std::string& path, mode_t mode, bool mayBeThere) {
  if (::mkdir(path.c_str(), mode) < 0 && !(mayBeThere && errno == EEXIST))
    return lastError("mkdir", path);
  return Unit{};
}

} // namespace banger

#include "process/open_fds.h"

#include "sys/file.h"
#include "tun/tap.h"

#include <algorithm>
#include <fcntl.h>
#include <unistd.h>

namespace banger {
namespace {

// A log lies in a directory that the process's user may write: what is there may be a trap (a link, a FIFO,
// another's file).
Result<UniqueFd> openLog(const std::string& path, uid_t uid, gid_t gid) {
  constexpr int kFlags = O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK;
  auto fd = openFile(path, kFlags | O_CREAT | O_EXCL, 0600);
  if (!fd && fd.error().err == EEXIST)
    fd = openFile(path, kFlags);
  if (!fd)
    return fd;
  struct stat info {};
  if (::fstat(fd.value().get(), &info) < 0)
    return lastError("fstat", path);
  if (!S_ISREG(info.st_mode) || info.st_nlink != 1 || (info.st_uid != uid && info.st_uid != ::geteuid()))
    return SysError{EINVAL, "open", path, "not a regular file of the process's user"};
  if (::fchown(fd.value().get(), uid, gid) < 0)
    return lastError("fchown", path);
  if (::fchmod(fd.value().get(), 0600) < 0)
    return lastError("fchmod", path);
  if (::fcntl(fd.value().get(), F_SETFL, O_APPEND) < 0)
    return lastError("fcntl(F_SETFL)", path);
  return fd;
}

// Room for a burst while the reader is busy; without the privilege for it the kernel's 64 KiB.
constexpr int kFifoBytes = 256 * 1024;

// New each time: what another process left in it is none of this one's. Open for both ways, it neither ends
// nor breaks when its reader goes away, and O_NONBLOCK drops what nobody takes instead of stopping the
// writer.
Result<UniqueFd> makeFifo(const std::string& path, uid_t uid, gid_t gid) {
  if (::unlink(path.c_str()) < 0 && errno != ENOENT)
    return lastError("unlink", path);
  if (::mkfifo(path.c_str(), 0600) < 0)
    return lastError("mkfifo", path);
  auto fd = openFile(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK);
  if (!fd)
    return fd;
  struct stat info {};
  if (::fstat(fd.value().get(), &info) < 0)
    return lastError("fstat", path);
  if (!S_ISFIFO(info.st_mode) || info.st_uid != ::geteuid())
    return SysError{EINVAL, "mkfifo", path, "something else is there now"};
  if (::fchown(fd.value().get(), uid, gid) < 0)
    return lastError("fchown", path);
  (void)::fcntl(fd.value().get(), F_SETPIPE_SZ, kFifoBytes);
  return fd;
}

// A copy: the caller may close its own as soon as the child is there.
Result<UniqueFd> copyOf(int source) {
  UniqueFd fd(::fcntl(source, F_DUPFD_CLOEXEC, 0));
  if (!fd)
    return lastError("fcntl(F_DUPFD_CLOEXEC)", "descriptor " + std::to_string(source));
  return fd;
}

Result<UniqueFd> openOne(const FdSpec& fd, const SpawnSpec& spec) {
  switch (fd.kind) {
  case FdSpec::Kind::Null:
    return openFile("/dev/null", O_RDWR);
  case FdSpec::Kind::File:
    return openAtOnce(fd.path, fd.writable ? O_RDWR : O_RDONLY);
  case FdSpec::Kind::Log:
    return openLog(fd.path, spec.uid, spec.gid);
  case FdSpec::Kind::Fifo:
    return makeFifo(fd.path, spec.uid, spec.gid);
  case FdSpec::Kind::Tap:
    return attachTap(fd.path);
  case FdSpec::Kind::Inherit:
    return copyOf(fd.source);
  }
  return SysError{EINVAL, "open", fd.path, {}};
}

} // namespace

Result<std::vector<OpenedFd>> openChildFds(const SpawnSpec& spec) {
  std::vector<FdSpec> wanted = spec.fds;
  for (int target : {0, 1, 2})
    if (std::none_of(wanted.begin(), wanted.end(), [&](const FdSpec& fd) { return fd.target == target; }))
      wanted.push_back({target, FdSpec::Kind::Null, {}, false, -1});
  std::sort(wanted.begin(), wanted.end(),
            [](const FdSpec& a, const FdSpec& b) { return a.target < b.target; });
  std::vector<OpenedFd> opened;
  for (const FdSpec& fd : wanted) {
    if (!opened.empty() && opened.back().target == fd.target)
      return SysError{EINVAL, "spawn", spec.program,
                      "descriptor " + std::to_string(fd.target) + " is given twice"};
    auto result = openOne(fd, spec);
    if (!result)
      return result.error();
    opened.push_back({std::move(result.value()), fd.target});
  }
  return opened;
}

} // namespace banger

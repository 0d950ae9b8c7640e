#include "netns/netns.h"

#include "sys/file.h"
#include "sys/thread.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <optional>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/vfs.h>

namespace banger {
namespace {

// A pointer has no destructor that could run after the addon was unloaded.
thread_local const std::string* scopePath = nullptr;

template <class T> Result<T> onOwnThread(const std::function<Result<T>()>& run) {
  std::optional<Result<T>> result;
  auto thread = startThread([&] { result.emplace(run()); });
  if (!thread)
    return thread.error();
  thread.value().join();
  return std::move(*result);
}

} // namespace

Status netnsShareDirectory(const std::string& directory) {
  auto fd = openFile(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  if (!fd)
    return fd.error();
  // As ip-netns does: two that come at once would mount it twice. (flock(2) is in <sys/file.h>, which is a
  // header of ours here.)
  while (::syscall(SYS_flock, fd.value().get(), LOCK_EX) < 0)
    if (errno != EINTR)
      return lastError("flock", directory);
  if (::mount("", directory.c_str(), "none", MS_SHARED | MS_REC, nullptr) == 0)
    return Unit{};
  if (errno != EINVAL)
    return lastError("mount(MS_SHARED)", directory);
  // Not a mount yet: bound on itself it is one.
  if (::mount(directory.c_str(), directory.c_str(), "none", MS_BIND | MS_REC, nullptr) < 0)
    return lastError("mount(MS_BIND)", directory);
  if (::mount("", directory.c_str(), "none", MS_SHARED | MS_REC, nullptr) < 0)
    return lastError("mount(MS_SHARED)", directory);
  return Unit{};
}

Status netnsBind(const std::string& path) {
  return onOwnThread<Unit>([&]() -> Status {
    if (::unshare(CLONE_NEWNET) < 0)
      return lastError("unshare(CLONE_NEWNET)", path);
    if (::mount("/proc/thread-self/ns/net", path.c_str(), "none", MS_BIND, nullptr) < 0)
      return lastError("mount(MS_BIND)", path);
    return Unit{};
  });
}

Status netnsUnbind(const std::string& path) {
  if (::umount2(path.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) < 0)
    return lastError("umount2", path);
  return Unit{};
}

Result<UniqueFd> openNetns(const std::string& path) {
  auto fd = openFile(path, O_RDONLY);
  if (!fd)
    return fd;
  struct statfs info {};
  if (::fstatfs(fd.value().get(), &info) < 0)
    return lastError("fstatfs", path);
  if (info.f_type != NSFS_MAGIC)
    return SysError{EINVAL, "open", path, "not a namespace"};
  return fd;
}

Result<UniqueFd> openInScope(const OpenFunction& open) {
  if (scopePath == nullptr)
    return open();
  const std::string& path = *scopePath;
  auto netns = openNetns(path);
  if (!netns)
    return netns;
  return onOwnThread<UniqueFd>([&]() -> Result<UniqueFd> {
    if (::setns(netns.value().get(), CLONE_NEWNET) < 0)
      return lastError("setns", path);
    return open();
  });
}

NetnsScope::NetnsScope(const std::string& path) : outer_(scopePath) {
  scopePath = path.empty() ? nullptr : &path;
}

NetnsScope::~NetnsScope() {
  scopePath = outer_;
}

bool inNetnsScope() {
  return scopePath != nullptr;
}

} // namespace banger

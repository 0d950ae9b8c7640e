#include "file/content.h"

#include "sys/file.h"

#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

namespace banger {

namespace {

Status writeWhole(const UniqueFd& file, const std::string& content, const std::string& path) {
  size_t done = 0;
  while (done < content.size()) {
    ssize_t n = ::write(file.get(), content.data() + done, content.size() - done);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return lastError("write", path);
    done += static_cast<size_t>(n);
  }
  return Unit{};
}

// A new file: whatever a crash, or somebody else, has left there goes first.
Result<UniqueFd> openAnew(const std::string& path, mode_t mode) {
  constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
  auto file = openFile(path, flags, mode);
  if (file || file.error().err != EEXIST)
    return file;
  if (::unlink(path.c_str()) < 0 && errno != ENOENT)
    return lastError("unlink", path);
  return openFile(path, flags, mode);
}

Status writeBeside(const std::string& beside, const std::string& content, mode_t mode) {
  auto file = openAnew(beside, mode);
  if (!file)
    return file.error();
  // Whatever the umask is.
  if (::fchmod(file.value().get(), mode) < 0)
    return lastError("fchmod", beside);
  auto written = writeWhole(file.value(), content, beside);
  // Some filesystems say only then that there is no room.
  if (written && ::close(file.value().release()) < 0)
    return lastError("close", beside);
  return written;
}

} // namespace

Status fileReplace(const std::string& path, const std::string& beside, const std::string& content,
                   mode_t mode) {
  Status done = writeBeside(beside, content, mode);
  if (done && ::rename(beside.c_str(), path.c_str()) < 0)
    done = lastError("rename", path);
  if (!done)
    ::unlink(beside.c_str());
  return done;
}

Status fileWrite(const std::string& path, const std::string& value) {
  auto file = openFile(path, O_WRONLY);
  if (!file)
    return file.error();
  ssize_t n = 0;
  do
    n = ::write(file.value().get(), value.data(), value.size());
  while (n < 0 && errno == EINTR);
  if (n < 0)
    return lastError("write", path);
  if (static_cast<size_t>(n) < value.size())
    return SysError{EIO, "write", path, "it took only a part of the value"};
  return Unit{};
}

} // namespace banger

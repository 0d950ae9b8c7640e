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

Status writeBeside(const std::string& beside, const std::string& content, mode_t mode) {
  auto file = openFile(beside, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, mode);
  if (!file)
    return file.error();
  // Whatever the umask is, and whatever mode a crash has left.
  if (::fchmod(file.value().get(), mode) < 0)
    return lastError("fchmod", beside);
  return writeWhole(file.value(), content, beside);
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
  return n < 0 ? Status(lastError("write", path)) : Unit{};
}

} // namespace banger

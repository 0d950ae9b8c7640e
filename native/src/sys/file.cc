#include "sys/file.h"

#include <algorithm>
#include <fcntl.h>

namespace banger {

Result<UniqueFd> openFile(const std::string& path, int flags, mode_t mode) {
  for (;;) {
    UniqueFd fd(::open(path.c_str(), flags | O_CLOEXEC, mode));
    if (fd)
      return fd;
    if (errno != EINTR)
      return lastError("open", path);
  }
}

Result<UniqueFd> openAtOnce(const std::string& path, int flags) {
  auto fd = openFile(path, flags | O_NONBLOCK | O_NOCTTY);
  if (fd && ::fcntl(fd.value().get(), F_SETFL, flags) < 0)
    return lastError("fcntl(F_SETFL)", path);
  return fd;
}

Result<std::string> readSmallFile(const std::string& path) {
  constexpr size_t mostBytes = size_t{1} << 20;
  auto fd = openFile(path, O_RDONLY);
  if (!fd)
    return fd.error();
  std::string text;
  char buffer[4096];
  while (text.size() < mostBytes) {
    ssize_t n = ::read(fd.value().get(), buffer, std::min(sizeof buffer, mostBytes - text.size()));
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return lastError("read", path);
    if (n == 0)
      break;
    text.append(buffer, static_cast<size_t>(n));
  }
  return text;
}

} // namespace banger

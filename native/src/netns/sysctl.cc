#include "netns/sysctl.h"

#include "netns/netns.h"
#include "sys/file.h"

#include <fcntl.h>

namespace banger {
namespace {

Result<UniqueFd> openSysctl(const std::string& path, int flags) {
  return openInScope([&] { return openFile(path, flags); });
}

} // namespace

Status sysctlWrite(const std::string& path, const std::string& value) {
  auto fd = openSysctl(path, O_WRONLY);
  if (!fd)
    return fd.error();
  ssize_t n;
  do {
    n = ::write(fd.value().get(), value.data(), value.size());
  } while (n < 0 && errno == EINTR);
  if (n < 0)
    return lastError("write", path);
  return Unit{};
}

Result<std::string> sysctlRead(const std::string& path) {
  auto fd = openSysctl(path, O_RDONLY);
  if (!fd)
    return fd.error();
  char buffer[4096];
  ssize_t n;
  do {
    n = ::read(fd.value().get(), buffer, sizeof buffer);
  } while (n < 0 && errno == EINTR);
  if (n < 0)
    return lastError("read", path);
  std::string text(buffer, static_cast<size_t>(n));
  if (!text.empty() && text.back() == '\n')
    text.pop_back();
  return text;
}

} // namespace banger

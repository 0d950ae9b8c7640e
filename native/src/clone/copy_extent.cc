#include "clone/copy_extent.h"

#include <algorithm>
#include <unistd.h>
#include <vector>

namespace banger {
namespace {

constexpr size_t kBufferBytes = 1 << 20;

Status writeAll(int fd, const char* data, size_t size, off_t offset, const std::string& path) {
  while (size > 0) {
    ssize_t n = ::pwrite(fd, data, size, offset);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return lastError("pwrite", path);
    data += n;
    size -= static_cast<size_t>(n);
    offset += n;
  }
  return Unit{};
}

Status copyThroughBuffer(int from, int to, off_t offset, off_t end, const std::string& source,
                         const std::string& target) {
  std::vector<char> buffer(kBufferBytes);
  while (offset < end) {
    size_t want = std::min<size_t>(buffer.size(), static_cast<size_t>(end - offset));
    ssize_t n = ::pread(from, buffer.data(), want, offset);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return lastError("pread", source);
    if (n == 0)
      return shrunk("pread", source);
    auto written = writeAll(to, buffer.data(), static_cast<size_t>(n), offset, target);
    if (!written)
      return written;
    offset += n;
  }
  return Unit{};
}

} // namespace

SysError shrunk(const char* syscall, const std::string& source) {
  return SysError{EIO, syscall, source, "became shorter while it was copied"};
}

Status copyExtent(int from, int to, off_t offset, off_t end, const std::string& source,
                  const std::string& target) {
  while (offset < end) {
    off_t in = offset, out = offset;
    ssize_t n = ::copy_file_range(from, &in, to, &out, static_cast<size_t>(end - offset), 0);
    if (n < 0 && errno == EINTR)
      continue;
    // EXDEV: other filesystem types, since Linux 5.19; EINVAL, EOPNOTSUPP: filesystems that cannot. 0 at
    // data: /proc-like files, or it has shrunk.
    if (n == 0 || (n < 0 && (errno == EXDEV || errno == EOPNOTSUPP || errno == EINVAL || errno == ENOSYS)))
      return copyThroughBuffer(from, to, offset, end, source, target);
    if (n < 0)
      return lastError("copy_file_range", target);
    offset += n;
  }
  return Unit{};
}

} // namespace banger

#include "clone/clone.h"

#include "clone/new_file.h"

#include <algorithm>
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

// Through user space: where the kernel cannot copy between these two files.
Status copyThroughBuffer(int from, int to, off_t offset, off_t end, const std::string& target) {
  std::vector<char> buffer(kBufferBytes);
  while (offset < end) {
    size_t want = std::min<size_t>(buffer.size(), static_cast<size_t>(end - offset));
    ssize_t n = ::pread(from, buffer.data(), want, offset);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return lastError("pread", target);
    if (n == 0)
      return Unit{}; // the source has shrunk under us
    auto written = writeAll(to, buffer.data(), static_cast<size_t>(n), offset, target);
    if (!written)
      return written;
    offset += n;
  }
  return Unit{};
}

Status copyExtent(int from, int to, off_t offset, off_t end, const std::string& target) {
  while (offset < end) {
    off_t in = offset, out = offset;
    ssize_t n = ::copy_file_range(from, &in, to, &out, static_cast<size_t>(end - offset), 0);
    if (n < 0 && errno == EINTR)
      continue;
    // EXDEV: other filesystem types, since Linux 5.19; EINVAL, EOPNOTSUPP: filesystems that cannot. 0 at
    // data: /proc-like files.
    if (n == 0 || (n < 0 && (errno == EXDEV || errno == EOPNOTSUPP || errno == EINVAL || errno == ENOSYS)))
      return copyThroughBuffer(from, to, offset, end, target);
    if (n < 0)
      return lastError("copy_file_range", target);
    offset += n;
  }
  return Unit{};
}

} // namespace

Result<uint64_t> copySparse(const std::string& source, const std::string& target) {
  auto from = openFile(source, O_RDONLY);
  if (!from)
    return from.error();
  int in = from.value().get();
  struct stat info {};
  if (::fstat(in, &info) < 0)
    return lastError("fstat", source);
  if (!S_ISREG(info.st_mode))
    return SysError{EINVAL, "fstat", source, "not a regular file"};
  auto to = NewFile::create(target);
  if (!to)
    return to.error();
  if (::ftruncate(to.value().fd(), info.st_size) < 0)
    return lastError("ftruncate", target);

  uint64_t dataBytes = 0;
  for (off_t position = 0; position < info.st_size;) {
    off_t data = ::lseek(in, position, SEEK_DATA);
    if (data < 0 && errno == ENXIO)
      break; // a hole up to the end
    if (data < 0)
      return lastError("lseek(SEEK_DATA)", source);
    off_t hole = ::lseek(in, data, SEEK_HOLE);
    if (hole < 0)
      return lastError("lseek(SEEK_HOLE)", source);
    hole = std::min(hole, info.st_size);
    auto copied = copyExtent(in, to.value().fd(), data, hole, target);
    if (!copied)
      return copied.error();
    dataBytes += static_cast<uint64_t>(hole - data);
    position = hole;
  }
  to.value().keep();
  return dataBytes;
}

} // namespace banger

#include "clone/clone.h"

#include "sys/file.h"

#include <fcntl.h>
#include <limits>

namespace banger {
namespace {

int fallocateAgain(int fd, int mode, uint64_t offset, uint64_t length) {
  int result;
  do {
    result = ::fallocate(fd, mode, static_cast<off_t>(offset), static_cast<off_t>(length));
  } while (result < 0 && errno == EINTR);
  return result;
}

bool fitsOffset(uint64_t offset, uint64_t length) {
  constexpr auto most = static_cast<uint64_t>(std::numeric_limits<off_t>::max());
  return offset <= most && length <= most - offset;
}

} // namespace

Status punchHole(const std::string& file, uint64_t offset, uint64_t length) {
  constexpr const char* syscall = "fallocate(PUNCH_HOLE)";
  if (!fitsOffset(offset, length))
    return SysError{EFBIG, syscall, file, {}};
  auto fd = openFile(file, O_RDWR);
  if (!fd)
    return fd.error();
  if (fallocateAgain(fd.value().get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, length) < 0)
    return lastError(syscall, file);
  return Unit{};
}

Status preallocate(const std::string& file, uint64_t offset, uint64_t length, bool keepSize) {
  constexpr const char* syscall = "fallocate";
  if (!fitsOffset(offset, length))
    return SysError{EFBIG, syscall, file, {}};
  auto fd = openFile(file, O_RDWR);
  if (!fd)
    return fd.error();
  int open = fd.value().get();
  struct stat before {};
  if (::fstat(open, &before) < 0)
    return lastError("fstat", file);
  if (fallocateAgain(open, keepSize ? FALLOC_FL_KEEP_SIZE : 0, offset, length) == 0)
    return Unit{};
  auto error = lastError(syscall, file);
  // ext4 keeps what it had got before there was no more, and has the size grow with it.
  struct stat after {};
  if (::fstat(open, &after) == 0 && after.st_blocks != before.st_blocks)
    (void)::ftruncate(open, before.st_size);
  return error;
}

} // namespace banger

#include "clone/clone.h"

#include "clone/new_file.h"

#include <linux/fs.h>
#include <sys/ioctl.h>

namespace banger {

Result<uint64_t> reflinkFile(const std::string& source, const std::string& target) {
  auto from = openFile(source, O_RDONLY);
  if (!from)
    return from.error();
  struct stat info {};
  if (::fstat(from.value().get(), &info) < 0)
    return lastError("fstat", source);
  auto to = NewFile::create(target);
  if (!to)
    return to.error();
  if (::ioctl(to.value().fd(), FICLONE, from.value().get()) < 0)
    return lastError("ioctl(FICLONE)", target);
  to.value().keep();
  return static_cast<uint64_t>(info.st_blocks) * 512;
}

Status reflinkRange(const ReflinkRange& range) {
  auto from = openFile(range.source, O_RDONLY);
  if (!from)
    return from.error();
  auto to = openFile(range.target, O_WRONLY);
  if (!to)
    return to.error();
  file_clone_range request{};
  request.src_fd = from.value().get();
  request.src_offset = range.sourceOffset;
  request.src_length = range.length;
  request.dest_offset = range.targetOffset;
  if (::ioctl(to.value().get(), FICLONERANGE, &request) < 0)
    return lastError("ioctl(FICLONERANGE)", range.target);
  return Unit{};
}

} // namespace banger

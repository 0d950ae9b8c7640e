#include "clone/clone.h"

#include "sys/file.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>

namespace banger {

Status reflinkRange(const ReflinkRange& range) {
  auto from = openAtOnce(range.source, O_RDONLY);
  if (!from)
    return from.error();
  auto to = openAtOnce(range.target, O_WRONLY);
  if (!to && to.error().err == ENXIO)
    return SysError{EINVAL, "open", range.target, "not a regular file"}; // a FIFO that nobody reads
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

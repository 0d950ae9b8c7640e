#include "clone/sparse_copy.h"

#include "clone/copy_extent.h"

#include <algorithm>
#include <cstdio>
#include <limits>
#include <linux/fs.h>
#include <sys/ioctl.h>

namespace banger {
namespace {

constexpr uint64_t kMostStepBytes = uint64_t{1} << 40;

// Filesystems that share no blocks, not with each other, or not these files (swap files, other flags).
bool cannotShare(int err) {
  return err == EOPNOTSUPP || err == ENOTTY || err == EXDEV || err == EINVAL;
}

} // namespace

Result<std::shared_ptr<SparseCopy>> SparseCopy::open(const std::string& source, const std::string& target,
                                                     Sharing sharing) {
  auto from = openAtOnce(source, O_RDONLY);
  if (!from)
    return from.error();
  struct stat info {};
  if (::fstat(from.value().get(), &info) < 0)
    return lastError("fstat", source);
  if (!S_ISREG(info.st_mode))
    return SysError{EINVAL, "fstat", source, "not a regular file"};
  auto to = NewFile::create(target);
  if (!to)
    return to.error();
  std::shared_ptr<SparseCopy> copy(
      new SparseCopy(source, target, std::move(from.value()), std::move(to.value()), info.st_size));
  auto shared = copy->share(sharing, static_cast<uint64_t>(info.st_blocks) * 512);
  if (!shared)
    return shared.error();
  return copy;
}

Result<std::shared_ptr<SparseCopy>> SparseCopy::adopt(const std::string& file, const std::string& target) {
  // Before it is touched. What counts is what the rename takes: by then another may have the name.
  struct stat info {};
  if (::lstat(file.c_str(), &info) < 0)
    return lastError("lstat", file);
  if (!S_ISREG(info.st_mode))
    return SysError{EINVAL, "lstat", file, "not a regular file"};
  if (::renameat2(AT_FDCWD, file.c_str(), AT_FDCWD, target.c_str(), RENAME_NOREPLACE) < 0)
    return lastError("renameat2", target);
  auto taken = NewFile::renamed(target);
  if (!taken)
    return taken.error();
  if (::fstat(taken.value().fd(), &info) < 0)
    return lastError("fstat", target);
  if (!S_ISREG(info.st_mode))
    return SysError{EINVAL, "fstat", target, "not a regular file"};
  std::shared_ptr<SparseCopy> copy(new SparseCopy(file, target, {}, std::move(taken.value()), info.st_size));
  copy->position_ = info.st_size;
  copy->done_ = true;
  return copy;
}

Status SparseCopy::share(Sharing sharing, uint64_t dataBytes) {
  if (sharing != Sharing::never && ::ioctl(to_->fd(), FICLONE, from_.get()) == 0) {
    shared_ = true;
    position_ = size_;
    dataBytes_ = dataBytes;
    return Unit{};
  }
  if (sharing == Sharing::always || (sharing == Sharing::whereItWorks && !cannotShare(errno)))
    return lastError("ioctl(FICLONE)", target_);
  if (::ftruncate(to_->fd(), size_) < 0)
    return lastError("ftruncate", target_);
  return Unit{};
}

Result<SparseCopy::Progress> SparseCopy::step(uint64_t mostBytes) {
  if (!to_)
    return SysError{EBADF, "copy_file_range", target_, "the copy is over"};
  int in = from_.get();
  auto budget = static_cast<off_t>(std::clamp<uint64_t>(mostBytes, 1, kMostStepBytes));
  while (position_ < size_ && budget > 0) {
    off_t data = ::lseek(in, position_, SEEK_DATA);
    // A hole up to the end; or up to what the source has got behind it meanwhile, which is not copied.
    if ((data < 0 && errno == ENXIO) || data >= size_) {
      position_ = size_;
      break;
    }
    if (data < 0)
      return lastError("lseek(SEEK_DATA)", source_);
    off_t hole = ::lseek(in, data, SEEK_HOLE);
    if (hole < 0 && errno == ENXIO)
      return shrunk("lseek(SEEK_HOLE)", source_);
    if (hole < 0)
      return lastError("lseek(SEEK_HOLE)", source_);
    off_t end = data + std::min(std::min(hole, size_) - data, budget); // `data + budget` may be no off_t
    auto copied = copyExtent(in, to_->fd(), data, end, source_, target_);
    if (!copied)
      return copied.error();
    budget -= end - data;
    dataBytes_ += static_cast<uint64_t>(end - data);
    position_ = end;
  }
  if (position_ >= size_ && !done_) {
    // What was cut off looks like a hole up to the end.
    struct stat info {};
    if (::fstat(in, &info) < 0)
      return lastError("fstat", source_);
    if (info.st_size < size_)
      return shrunk("fstat", source_);
    done_ = true;
  }
  return Progress{static_cast<uint64_t>(position_), static_cast<uint64_t>(size_), dataBytes_, done_, shared_};
}

Result<bool> SparseCopy::finish(const NewFileSettings& settings) {
  if (!done_)
    return false;
  if (!to_)
    return SysError{EBADF, "rename", target_, "the copy is over"};
  // Before the owner: nobody but its old and its new one reads it meanwhile.
  if (settings.mode && ::fchmod(to_->fd(), *settings.mode) < 0)
    return lastError("fchmod", target_);
  auto grown = grow(settings);
  if (!grown)
    return grown.error();
  if (settings.owner && ::fchown(to_->fd(), settings.owner->first, settings.owner->second) < 0)
    return lastError("fchown", target_);
  if (!settings.name.empty()) {
    if (::renameat2(AT_FDCWD, target_.c_str(), AT_FDCWD, settings.name.c_str(), RENAME_NOREPLACE) < 0)
      return lastError("renameat2", settings.name);
    target_ = settings.name;
  }
  to_->keep();
  to_.reset();
  from_.reset();
  return true;
}

Status SparseCopy::grow(const NewFileSettings& settings) {
  auto size = static_cast<uint64_t>(size_);
  constexpr auto most = static_cast<uint64_t>(std::numeric_limits<off_t>::max());
  if (settings.minimumBytes > most || settings.extraBytes > most - size)
    return SysError{EFBIG, "ftruncate", target_, {}};
  uint64_t wanted = std::max(size + settings.extraBytes, settings.minimumBytes);
  if (wanted != size && ::ftruncate(to_->fd(), static_cast<off_t>(wanted)) < 0)
    return lastError("ftruncate", target_);
  return Unit{};
}

Status SparseCopy::discard() {
  if (to_) {
    to_.reset(); // which takes it away
    from_.reset();
    return Unit{};
  }
  if (::unlink(target_.c_str()) < 0 && errno != ENOENT)
    return lastError("unlink", target_);
  return Unit{};
}

} // namespace banger

#include "files/unpack.h"

#include "files/beneath.h"
#include "files/notes.h"
#include "sys/file.h"

#include <fcntl.h>
#include <memory>
#include <sys/stat.h>

namespace banger {

namespace {

constexpr size_t buffer_size = 64 * 1024;

timespec modified(const TarEntry& entry) {
  timespec time{};
  time.tv_sec = static_cast<time_t>(std::min<uint64_t>(entry.mtime, INT32_MAX * 2ULL));
  return time;
}

class Unpacker {
public:
  Unpacker(TarReader& tar, const CopyTarget& target, const UnpackOptions& options)
      : tar_(tar), target_(target), options_(options), temporary_(".banger-cp." + std::to_string(::getpid())),
        beneath_(target) {}

  CopyOutcome run() {
    TarEntry entry;
    while (true) {
      const auto more = tar_.next(entry);
      if (!more)
        return CopyFailure{"ERR_FILES_BAD_ARCHIVE", more.error().text()};
      if (!*more)
        break;
      if (auto failure = lay(entry))
        return failure;
    }
    // Last: whatever is made in a directory changes its time.
    for (const auto& [path, time] : times_) {
      if (const UniqueFd fd = beneath_.open(path)) {
        const timespec both[2] = {time, time};
        (void)::futimens(fd.get(), both);
      }
    }
    return std::nullopt;
  }

private:
  CopyOutcome lay(const TarEntry& entry) {
    auto names = place_of(entry.path);
    if (!names)
      return CopyFailure{"ERR_FILES_BAD_ARCHIVE", "tar: a name leads out of the archive: " + entry.path};
    if (names->empty())
      return std::nullopt; // the directory itself, which is there
    if (entry.type == TarEntry::Type::other) {
      notes_.left_out(entry.path, "it is neither a file, a directory nor a link");
      return std::nullopt;
    }
    Status status = beneath_.enter_parent(*names);
    const std::string& name = names->back();
    if (status && entry.type == TarEntry::Type::directory)
      return lay_directory(*names, entry);
    struct stat there {};
    if (status && ::fstatat(parent(), name.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISDIR(there.st_mode)) {
      return CopyFailure{"ERR_FILES_KIND",
                         "the directory " + entry.path + " cannot be overwritten with a file"};
    }
    if (status)
      status = make(entry);
    if (status && ::renameat(parent(), temporary_.c_str(), parent(), name.c_str()) < 0)
      status = os_error(entry.path);
    // Also after a success: two names of one file are left as they are by rename(2).
    if (beneath_.has_parent() && (!status || entry.type == TarEntry::Type::hardlink))
      ::unlinkat(parent(), temporary_.c_str(), 0);
    if (status)
      return std::nullopt;
    if (status.error().code == 0)
      return CopyFailure{"ERR_FILES_BAD_ARCHIVE", status.error().text()};
    return copy_failure(status.error());
  }

  /** Where a name of the archive goes, from the target's directory on. */
  std::optional<Names> place_of(const std::string& path) const {
    auto names = names_of(path);
    if (names && !target_.name.empty())
      names->insert(names->begin(), target_.name);
    return names;
  }

  CopyOutcome lay_directory(const Names& names, const TarEntry& entry) {
    const char* name = names.back().c_str();
    if (::mkdirat(parent(), name, 0700) < 0) {
      struct stat there {};
      if (errno != EEXIST)
        return copy_failure(os_error(entry.path));
      if (::fstatat(parent(), name, &there, AT_SYMLINK_NOFOLLOW) < 0)
        return copy_failure(os_error(entry.path));
      if (S_ISDIR(there.st_mode))
        return std::nullopt;
      return CopyFailure{"ERR_FILES_KIND",
                         entry.path + " is there and no directory, and cannot be overwritten with one"};
    }
    const UniqueFd fd(::openat(parent(), name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd)
      return copy_failure(os_error(entry.path));
    if (auto status = set_owner_and_mode(fd.get(), entry); !status)
      return copy_failure(status.error());
    times_.emplace_back(joined(names, names.size()), modified(entry));
    return std::nullopt;
  }

  /** Under the temporary name, in the parent. */
  Status make(const TarEntry& entry) {
    ::unlinkat(parent(), temporary_.c_str(), 0);
    switch (entry.type) {
    case TarEntry::Type::symlink:
      return make_symlink(entry);
    case TarEntry::Type::hardlink:
      return make_hardlink(entry);
    default:
      return make_file(entry);
    }
  }

  Status make_symlink(const TarEntry& entry) {
    if (::symlinkat(entry.link_target.c_str(), parent(), temporary_.c_str()) < 0)
      return os_error(entry.path);
    const timespec both[2] = {modified(entry), modified(entry)};
    (void)::utimensat(parent(), temporary_.c_str(), both, AT_SYMLINK_NOFOLLOW);
    if (::fchownat(parent(), temporary_.c_str(), uid(entry), gid(entry), AT_SYMLINK_NOFOLLOW) < 0)
      return os_error(entry.path);
    return Done{};
  }

  Status make_hardlink(const TarEntry& entry) {
    const auto names = place_of(entry.link_target);
    if (!names || names->empty())
      return Error{0, "tar: a hard link leads out of the archive: " + entry.path};
    const UniqueFd from = beneath_.open(joined(*names, names->size() - 1));
    if (!from)
      return Beneath::leads_out(entry.link_target);
    if (::linkat(from.get(), names->back().c_str(), parent(), temporary_.c_str(), 0) < 0)
      return os_error(entry.path);
    return Done{};
  }

  Status make_file(const TarEntry& entry) {
    const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    const UniqueFd fd(::openat(parent(), temporary_.c_str(), flags, 0600));
    if (!fd)
      return os_error(entry.path);
    while (true) {
      const auto count = tar_.read({reinterpret_cast<uint8_t*>(buffer_.get()), buffer_size});
      if (!count)
        return count.error();
      if (*count == 0)
        break;
      if (auto status = write_all(fd.get(), {buffer_.get(), *count}); !status)
        return Error{status.error().code, entry.path};
    }
    if (auto status = set_owner_and_mode(fd.get(), entry); !status)
      return status;
    const timespec both[2] = {modified(entry), modified(entry)};
    (void)::futimens(fd.get(), both);
    return Done{};
  }

  Status set_owner_and_mode(int fd, const TarEntry& entry) const {
    // In this order: chown clears set-user-ID bits.
    if (::fchown(fd, uid(entry), gid(entry)) < 0 || ::fchmod(fd, entry.mode) < 0)
      return os_error(entry.path);
    return Done{};
  }

  int parent() const { return beneath_.parent(); }
  uid_t uid(const TarEntry& entry) const { return options_.keep_owners ? entry.uid : 0; }
  gid_t gid(const TarEntry& entry) const { return options_.keep_owners ? entry.gid : 0; }

  TarReader& tar_;
  const CopyTarget& target_;
  const UnpackOptions& options_;
  const std::string temporary_;
  Notes notes_;
  std::unique_ptr<char[]> buffer_ = std::make_unique<char[]>(buffer_size);
  Beneath beneath_;
  /** Of directories made here. */
  std::vector<std::pair<std::string, timespec>> times_;
};

} // namespace

CopyOutcome unpack(TarReader& tar, const CopyTarget& target, const UnpackOptions& options) {
  return Unpacker(tar, target, options).run();
}

} // namespace banger

#include "files/pack.h"

#include "files/notes.h"
#include "files/tar_writer.h"
#include "sys/file.h"
#include "sys/unique_fd.h"

#include <climits>
#include <dirent.h>
#include <fcntl.h>
#include <map>
#include <memory>
#include <sys/stat.h>

namespace banger {

namespace {

constexpr size_t buffer_size = 64 * 1024;

class Packer {
public:
  explicit Packer(int output) : output_(output) {}

  /** `name` in `directory` (AT_FDCWD for the first), as `as` in the archive. */
  Status add(int directory, const std::string& name, const std::string& as, bool follow) {
    struct stat found {};
    if (::fstatat(directory, name.c_str(), &found, follow ? 0 : AT_SYMLINK_NOFOLLOW) < 0)
      return os_error(as);
    TarEntry entry = entry_of(found, as);
    if (S_ISDIR(found.st_mode))
      return add_directory(directory, name, entry, follow);
    if (S_ISLNK(found.st_mode))
      return add_symlink(directory, name, entry);
    if (!S_ISREG(found.st_mode)) {
      notes_.left_out(as, "it is a device, a FIFO or a socket");
      return Done{};
    }
    if (found.st_nlink > 1) {
      const auto [first, fresh] = linked_.emplace(std::pair(found.st_dev, found.st_ino), as);
      if (!fresh) {
        entry.type = TarEntry::Type::hardlink;
        entry.link_target = first->second;
        entry.size = 0;
        return put(tar_header(entry));
      }
    }
    return add_file(directory, name, entry, follow);
  }

  Status finish() { return put(std::string(1024, '\0')); }

private:
  static TarEntry entry_of(const struct stat& found, const std::string& as) {
    TarEntry entry;
    entry.type = TarEntry::Type::file;
    entry.path = as;
    entry.mode = found.st_mode & 07777;
    entry.uid = found.st_uid;
    entry.gid = found.st_gid;
    entry.size = S_ISREG(found.st_mode) ? static_cast<uint64_t>(found.st_size) : 0;
    entry.mtime = found.st_mtim.tv_sec > 0 ? static_cast<uint64_t>(found.st_mtim.tv_sec) : 0;
    return entry;
  }

  Status add_directory(int directory, const std::string& name, TarEntry& entry, bool follow) {
    const int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW);
    UniqueFd fd(::openat(directory, name.c_str(), flags));
    if (!fd)
      return os_error(entry.path);
    const std::string as = entry.path;
    entry.type = TarEntry::Type::directory;
    entry.path += "/";
    if (auto status = put(tar_header(entry)); !status)
      return status;
    const std::unique_ptr<DIR, int (*)(DIR*)> listing(::fdopendir(fd.get()), ::closedir);
    if (!listing)
      return os_error(as);
    const int inner = fd.release(); // the listing's now
    errno = 0;
    while (const dirent* each = ::readdir(listing.get())) {
      const std::string_view child = each->d_name;
      if (child == "." || child == "..")
        continue;
      auto status = add(inner, each->d_name, as + "/" + each->d_name, false);
      // Removed since it was listed.
      if (!status && status.error().code != ENOENT)
        return status;
      errno = 0;
    }
    return errno == 0 ? Status(Done{}) : Status(os_error(as));
  }

  Status add_symlink(int directory, const std::string& name, TarEntry& entry) {
    char target[PATH_MAX];
    const ssize_t size = ::readlinkat(directory, name.c_str(), target, sizeof target);
    if (size < 0)
      return os_error(entry.path);
    entry.type = TarEntry::Type::symlink;
    entry.link_target.assign(target, static_cast<size_t>(size));
    return put(tar_header(entry));
  }

  Status add_file(int directory, const std::string& name, TarEntry& entry, bool follow) {
    const int flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW);
    const UniqueFd fd(::openat(directory, name.c_str(), flags));
    struct stat found {};
    if (!fd || ::fstat(fd.get(), &found) < 0)
      return os_error(entry.path);
    if (!S_ISREG(found.st_mode))
      return Error{0, entry.path + " was changed while it was read"};
    entry.size = static_cast<uint64_t>(found.st_size);
    if (auto status = put(tar_header(entry)); !status)
      return status;
    for (uint64_t left = entry.size; left > 0;) {
      const ssize_t count = ::read(fd.get(), buffer_.get(), std::min<uint64_t>(left, buffer_size));
      if (count < 0 && errno == EINTR)
        continue;
      if (count < 0)
        return os_error(entry.path);
      if (count == 0)
        return Error{0, entry.path + " became shorter while it was read"};
      if (auto status = put({buffer_.get(), static_cast<size_t>(count)}); !status)
        return status;
      left -= static_cast<uint64_t>(count);
    }
    return put(std::string(tar_padding(entry.size), '\0'));
  }

  Status put(std::string_view bytes) { return write_all(output_, bytes); }

  int output_;
  Notes notes_;
  std::unique_ptr<char[]> buffer_ = std::make_unique<char[]>(buffer_size);
  /** Names of files that have several. */
  std::map<std::pair<dev_t, ino_t>, std::string> linked_;
};

} // namespace

CopyOutcome pack(const PackRequest& request, int output) {
  std::string_view path = request.path;
  const bool contents = path.ends_with("/.") || path == "/";
  std::string_view name = contents ? "." : path;
  while (name.size() > 1 && name.ends_with('/'))
    name.remove_suffix(1);
  name = name.substr(name.rfind('/') + 1);
  Packer packer(output);
  Status status = packer.add(AT_FDCWD, request.path, std::string(name),
                             request.follow || path.ends_with('/') || contents);
  if (status)
    status = packer.finish();
  if (status)
    return std::nullopt;
  if (status.error().code == ENOTDIR)
    return CopyFailure{"ERR_FILES_NOT_A_DIRECTORY", request.path + " is not a directory"};
  if (status.error().code == ENOENT)
    return CopyFailure{"ERR_FILES_NOT_FOUND", request.path + " is not there"};
  return copy_failure(status.error());
}

} // namespace banger

#include "init/upper.h"

#include "init/real_directory.h"
#include "sys/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace banger {

namespace {

/** Parents first: files are laid in them, and what container engines keep is mounted there. */
constexpr const char* written_at_boot[] = {
    "etc", "etc/ssh", "etc/ssh/sshd_config.d", "etc/systemd", "etc/systemd/network", "var", "var/lib"};

/** Also where an earlier boot, interrupted, has begun. ENOENT where what it is to lie in was not made. */
Status make_directory(int parent, const char* path, const struct stat& info) {
  if (::mkdirat(parent, path, info.st_mode & 0777) < 0 && errno != EEXIST)
    return os_error(path);
  const UniqueFd made(::openat(parent, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!made)
    return os_error(path);
  return set_owner_and_mode(made.get(), info.st_uid, info.st_gid, info.st_mode);
}

/** What is not made here, overlayfs makes: so it is with all below one that was left out. */
bool is_fatal(const Status& status) {
  return !status && status.error().code != ENOENT;
}

/** `path` of the image, if it is a directory that has nothing but owner and mode: ACLs and labels are for the
 * overlay to copy up. */
bool is_plain_directory(int image, const char* path, struct stat& info) {
  const UniqueFd found = open_real_directory(image, path);
  if (!found || ::fstat(found.get(), &info) < 0)
    return false;
  const ssize_t names = ::listxattr(("/proc/self/fd/" + std::to_string(found.get())).c_str(), nullptr, 0);
  return names == 0 || (names < 0 && errno == EOPNOTSUPP);
}

bool is_missing(int image, const char* path) {
  return ::faccessat(image, path, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT;
}

Status fill_root(int image, int root) {
  struct stat info {};
  for (const char* path : written_at_boot) {
    if (!is_plain_directory(image, path, info))
      continue;
    if (auto status = make_directory(root, path, info); is_fatal(status))
      return status;
  }
  for (const EngineDirectory& each : engine_directories) {
    if (!is_missing(image, each.path))
      continue;
    struct stat ours {};
    ours.st_mode = each.mode;
    if (auto status = make_directory(root, each.path, ours); is_fatal(status))
      return status;
  }
  return Done{};
}

/** Whole before it has its name. */
Status make_root(const std::string& lower, const std::string& upper) {
  const UniqueFd image(::open(lower.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat info {};
  if (!image || ::fstat(image.get(), &info) < 0)
    return os_error(lower);
  const UniqueFd disk(::open(upper.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!disk)
    return os_error(upper);
  if (auto status = make_directory(disk.get(), "new", info); !status)
    return status;
  const UniqueFd made(::openat(disk.get(), "new", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!made)
    return os_error(upper + "/new");
  if (auto status = fill_root(image.get(), made.get()); !status)
    return status;
  if (::renameat(disk.get(), "new", disk.get(), "root") < 0)
    return os_error(upper + "/root");
  return Done{};
}

} // namespace

Status make_upper_directories(const std::string& lower, const std::string& upper) {
  const std::string root = upper + "/root";
  if (::access(root.c_str(), F_OK) < 0) {
    if (errno != ENOENT)
      return os_error(root);
    if (auto status = make_root(lower, upper); !status)
      return status;
  }
  const std::string work = upper + "/work";
  if (::mkdir(work.c_str(), 0700) < 0 && errno != EEXIST)
    return os_error(work);
  return Done{};
}

} // namespace banger

#include "init/upper.h"

#include "init/real_directory.h"
#include "sys/file.h"

#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace banger {

namespace {

/** Parents first: files are laid in them, and what container engines keep is mounted there. */
constexpr const char* written_at_boot[] = {
    "etc", "etc/ssh", "etc/ssh/sshd_config.d", "etc/systemd", "etc/systemd/network", "var", "var/lib"};

/** Also where an earlier boot, interrupted, has begun. */
UniqueFd make_directory(int parent, const char* path, mode_t mode) {
  if (::mkdirat(parent, path, mode) < 0 && errno != EEXIST)
    return UniqueFd();
  return UniqueFd(::openat(parent, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

/** `path` of the image, if it is a directory that has nothing but owner and mode: ACLs and labels are for the
 * overlay to copy up. */
bool is_plain_directory(int image, const char* path, struct stat& info) {
  const UniqueFd found = open_real_directory(image, path);
  return found && ::fstat(found.get(), &info) == 0 &&
         ::listxattr(("/proc/self/fd/" + std::to_string(found.get())).c_str(), nullptr, 0) <= 0;
}

bool is_missing(int image, const char* path) {
  return ::faccessat(image, path, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT;
}

/** Each only below one that is there: what is not made here, overlayfs makes. */
Status fill_root(int image, int root) {
  struct stat info {};
  for (const char* path : written_at_boot) {
    if (!is_plain_directory(image, path, info))
      continue;
    const UniqueFd made = make_directory(root, path, info.st_mode);
    if (!made)
      continue;
    if (auto status = set_owner_and_mode(made.get(), info.st_uid, info.st_gid, info.st_mode); !status)
      return status;
  }
  for (const EngineDirectory& each : engine_directories) {
    if (is_missing(image, each.path))
      (void)make_directory(root, each.path, each.mode);
  }
  return Done{};
}

/** Whole before it has its name. */
Status make_root(const std::string& lower, const std::string& upper) {
  const UniqueFd image(::open(lower.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const UniqueFd disk(::open(upper.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  struct stat info {};
  if (!image || !disk || ::fstat(image.get(), &info) < 0)
    return os_error(lower);
  const UniqueFd made = make_directory(disk.get(), "new", 0700);
  if (!made)
    return os_error(upper + "/new");
  if (auto status = set_owner_and_mode(made.get(), info.st_uid, info.st_gid, info.st_mode); !status)
    return status;
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
    if (auto status = make_root(lower, upper); !status)
      return status;
  }
  const std::string work = upper + "/work";
  if (::mkdir(work.c_str(), 0700) < 0 && errno != EEXIST)
    return os_error(work);
  return Done{};
}

} // namespace banger

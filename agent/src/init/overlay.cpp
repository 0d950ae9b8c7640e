#include "init/overlay.h"

#include "init/real_directory.h"
#include "init/upper.h"
#include "sys/log.h"

#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/mount.h>
#include <sys/stat.h>

namespace banger {

namespace {

// In the initramfs. Unmounted again as soon as the overlay holds both.
constexpr const char* lower = "/lower";
constexpr const char* upper = "/upper";

/**
 * redirect_dir: a directory of the image can be renamed (else EXDEV, at which dpkg and git stumble).
 * index: a hard link of the image stays one file when it is written to.
 * xino: a file keeps its inode number when it is written to; ext4's 32 bits leave room for it.
 * metacopy off: with it a chown -R would copy no data, but every file so touched would need the image's for
 * ever. The kernel's own defaults differ between distributions, so all are said.
 */
constexpr const char* overlay_options = "lowerdir=/lower,upperdir=/upper/root,workdir=/upper/work,"
                                        "redirect_dir=on,index=on,xino=on,metacopy=off";

bool has_entries(int root, const char* path) {
  const UniqueFd found = open_real_directory(root, path);
  const int fd = found ? ::openat(found.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  if (fd < 0)
    return false;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::fdopendir(fd), ::closedir);
  while (const dirent* entry = directory ? ::readdir(directory.get()) : nullptr) {
    if (std::string_view(entry->d_name) != "." && std::string_view(entry->d_name) != "..")
      return true;
  }
  return false;
}

std::string link_of(const UniqueFd& fd) {
  return "/proc/self/fd/" + std::to_string(fd.get());
}

/** Where image or guest have arranged it otherwise (data of the image's own, a symbolic link), it stays so.
 */
void bind_beside(int image_root, int upper_root, int new_root_fd, const EngineDirectory& directory) {
  if (has_entries(image_root, directory.path)) {
    log_line(
        "banger-init", "overlay",
        std::string("/") + directory.path +
            " of the image is not empty: it stays on the overlay, where not every container engine runs");
    return;
  }
  const UniqueFd source = make_real_directory(upper_root, directory.name, directory.mode);
  const UniqueFd target = make_real_directory(new_root_fd, directory.path, directory.mode);
  if (!target && (errno == ELOOP || errno == ENOTDIR))
    return;
  if (!source || !target ||
      ::mount(link_of(source).c_str(), link_of(target).c_str(), nullptr, MS_BIND, nullptr) < 0) {
    log_line("banger-init", "overlay", os_error(directory.path).text());
  }
}

Status mount_disk(const std::string& device, const char* target, unsigned long flags, const char* options) {
  ::mkdir(target, 0700);
  if (::mount(device.c_str(), target, "ext4", flags, options) < 0)
    return os_error("mount " + device);
  return Done{};
}

} // namespace

Result<GrowableDisk> mount_overlay_root(const std::string& image, const std::string& upper_device) {
  if (image.empty())
    return Error{ENODEV, "no root disk"};
  if (upper_device.empty())
    return Error{ENODEV, "no disk with this VM's changes to the root (banger-upper)"};
  // Nothing is to be replayed from the image's journal, so it is not even read.
  if (auto status = mount_disk(image, lower, MS_RDONLY | MS_NOATIME, "noload"); !status)
    return status.error();
  if (auto status = mount_disk(upper_device, upper, 0, nullptr); !status) {
    return Error{status.error().code,
                 "the disk with this VM's changes to the root cannot be used: " + status.error().doing};
  }
  if (auto status = make_upper_directories(lower, upper); !status)
    return status.error();
  ::mkdir(new_root, 0755);
  if (::mount("overlay", new_root, "overlay", 0, overlay_options) < 0) {
    if (errno == ENODEV)
      return Error{0, "this kernel has no overlay filesystem: use another storage driver, or another kernel"};
    return os_error("mount the image with this VM's changes over it");
  }
  const UniqueFd image_root(::open(lower, O_PATH | O_DIRECTORY | O_CLOEXEC));
  UniqueFd upper_root(::open(upper, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const UniqueFd joined(::open(new_root, O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!image_root || !upper_root || !joined)
    return os_error(new_root);
  for (const EngineDirectory& directory : engine_directories)
    bind_beside(image_root.get(), upper_root.get(), joined.get(), directory);
  // The overlay keeps mounts of its own of both; the guest shall not find a second way to its files.
  for (const char* each : {lower, upper}) {
    if (::umount2(each, MNT_DETACH) < 0)
      log_line("banger-init", "overlay", os_error(each).text());
  }
  return GrowableDisk{std::move(upper_root), upper_device};
}

} // namespace banger

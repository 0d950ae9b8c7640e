#include "init/mounts.h"

#include "init/root_files.h"
#include "sys/log.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

namespace banger {

namespace {

void mount_at(const char* type, const std::string& target, unsigned long flags, const char* options) {
  ::mkdir(target.c_str(), 0755); // there already, mostly
  // EBUSY: mounted already.
  if (::mount(type, target.c_str(), type, flags, options) < 0 && errno != EBUSY) {
    log_line("banger-init", "mount", os_error(target).text());
  }
}

void open_standard_streams() {
  // An initramfs without /dev/console starts PID 1 with nothing open; the next file opened would become its
  // "standard input".
  while (true) {
    const int fd = ::open("/dev/console", O_RDWR | O_NOCTTY);
    if (fd < 0)
      return;
    if (fd <= 2)
      continue;
    ::close(fd);
    return;
  }
}

/** What every program expects below /dev, and Debian's below /run: a first command comes before the image's
 * init. */
void make_usual_names() {
  constexpr const char* links[][2] = {{"/proc/self/fd", "/dev/fd"},
                                      {"/proc/self/fd/0", "/dev/stdin"},
                                      {"/proc/self/fd/1", "/dev/stdout"},
                                      {"/proc/self/fd/2", "/dev/stderr"}};
  for (const auto& [target, name] : links) {
    if (::symlink(target, name) < 0 && errno != EEXIST)
      log_line("banger-init", "link", os_error(name).text());
  }
  constexpr mode_t everybodys = 01777;
  if (::mkdir("/run/lock", everybodys) == 0)
    ::chmod("/run/lock", everybodys); // whatever the umask
}

} // namespace

void mount_kernel_filesystems() {
  mount_at("devtmpfs", "/dev", MS_NOSUID, "mode=0755");
  open_standard_streams();
  mount_at("proc", "/proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr);
  mount_at("sysfs", "/sys", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr);
}

Result<GrowableDisk> mount_root(const std::string& device) {
  if (device.empty())
    return Error{ENODEV, "no root disk"};
  ::mkdir(new_root, 0755);
  if (::mount(device.c_str(), new_root, "ext4", 0, nullptr) < 0)
    return os_error("mount " + device);
  UniqueFd directory(::open(new_root, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory)
    return os_error(new_root);
  return GrowableDisk{std::move(directory), device};
}

Result<UniqueFd> mount_work(const std::string& device) {
  if (device.empty())
    return Error{ENODEV, "no work disk"};
  const UniqueFd context(::fsopen("ext4", FSOPEN_CLOEXEC));
  if (!context || ::fsconfig(context.get(), FSCONFIG_SET_STRING, "source", device.c_str(), 0) < 0 ||
      ::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) < 0) {
    return os_error("mount " + device);
  }
  UniqueFd mount(::fsmount(context.get(), FSMOUNT_CLOEXEC, 0));
  if (!mount)
    return os_error("mount " + device);
  return mount;
}

Status place_work(UniqueFd mount, const std::string& mount_point) {
  if (!is_plain_absolute(mount_point))
    return Error{EINVAL, "mount point " + mount_point};
  const std::string target = new_root + mount_point;
  ::mkdir(target.c_str(), 0755);
  struct stat info {};
  // A link that the guest left there would lead out of its root.
  if (::lstat(target.c_str(), &info) < 0 || !S_ISDIR(info.st_mode))
    return Error{ENOTDIR, mount_point};
  if (::move_mount(mount.get(), "", AT_FDCWD, target.c_str(), MOVE_MOUNT_F_EMPTY_PATH) < 0)
    return os_error("mount at " + mount_point);
  return Done{};
}

void switch_root() {
  for (const std::string name : {"/dev", "/proc", "/sys"}) {
    const std::string target = new_root + name;
    ::mkdir(target.c_str(), 0755);
    if (::mount(name.c_str(), target.c_str(), nullptr, MS_MOVE, nullptr) < 0) {
      log_line("banger-init", "mount", os_error(target).text());
    }
  }
  // pivot_root(2) cannot leave the initramfs: its root is moved over instead (util-linux's switch_root does
  // the same).
  const bool done = ::chdir(new_root) == 0 && ::mount(".", "/", nullptr, MS_MOVE, nullptr) == 0 &&
                    ::chroot(".") == 0 && ::chdir("/") == 0;
  if (!done)
    log_line("banger-init", "switch root", os_error(new_root).text());
  // PTYs must work before the image's init would have mounted theirs; systemd keeps what it finds mounted.
  mount_at("devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "mode=0620,gid=5,ptmxmode=0666");
  mount_at("tmpfs", "/dev/shm", MS_NOSUID | MS_NODEV, "mode=1777");
  mount_at("tmpfs", "/run", MS_NOSUID | MS_NODEV, "mode=0755");
  make_usual_names();
}

} // namespace banger

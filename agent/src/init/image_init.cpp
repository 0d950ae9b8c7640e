#include "init/image_init.h"

#include "agent/init_state.h"
#include "sys/log.h"
#include "sys/result.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace banger {

namespace {

UniqueFd open_path(int root, const std::string& path) {
  open_how how{};
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = RESOLVE_IN_ROOT;
  return UniqueFd(static_cast<int>(::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how)));
}

bool is_executable(int root, const std::string& path) {
  const UniqueFd fd = open_path(root, path);
  struct stat info {};
  return fd && ::fstat(fd.get(), &info) == 0 && S_ISREG(info.st_mode) && (info.st_mode & 0111) != 0;
}

} // namespace

std::string find_image_init(int root, const std::string& wanted) {
  for (const std::string& path : {wanted, std::string("/sbin/init"), std::string("/lib/systemd/systemd")}) {
    if (!path.empty() && is_executable(root, path))
      return path;
  }
  return "";
}

bool is_systemd(int root, const std::string& init) {
  const UniqueFd file = open_path(root, init);
  const UniqueFd systemd = open_path(root, "/lib/systemd/systemd");
  struct stat left {
  }, right{};
  return file && systemd && ::fstat(file.get(), &left) == 0 && ::fstat(systemd.get(), &right) == 0 &&
         left.st_dev == right.st_dev && left.st_ino == right.st_ino;
}

void exec_image_init(const std::string& init, bool notify) {
  // systemd says READY=1 there and gives the variable to none of its services; other inits would pass it on
  // to everything.
  if (notify)
    ::setenv("NOTIFY_SOCKET", notify_socket_name, 1);
  char* argv[] = {const_cast<char*>(init.c_str()), nullptr};
  ::execve(init.c_str(), argv, environ);
  log_line("banger-init", "exec", os_error(init).text());
}

} // namespace banger

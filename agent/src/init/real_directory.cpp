#include "init/real_directory.h"

#include <cerrno>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace banger {

UniqueFd open_real_directory(int root, const char* path) {
  open_how how{};
  how.flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
  return UniqueFd(static_cast<int>(::syscall(SYS_openat2, root, path, &how, sizeof how)));
}

UniqueFd make_real_directory(int root, const std::string& path, mode_t mode) {
  UniqueFd found = open_real_directory(root, path.c_str());
  if (found || errno != ENOENT)
    return found;
  const size_t slash = path.rfind('/');
  const UniqueFd parent = slash == std::string::npos ? open_real_directory(root, ".")
                                                     : make_real_directory(root, path.substr(0, slash), 0755);
  if (parent)
    ::mkdirat(parent.get(), path.c_str() + (slash == std::string::npos ? 0 : slash + 1), mode);
  return open_real_directory(root, path.c_str());
}

} // namespace banger

#include "init/read_ahead.h"

#include "sys/unique_fd.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace banger {

namespace {

/** The longest first: the disk is at it while the others are looked up. */
constexpr const char* mapped[] = {"/lib/x86_64-linux-gnu/libc.so.6", "/lib64/ld-linux-x86-64.so.2",
                                  "/bin/sh"};

/** What an exec asks for before it has found its program: directories on the way, and who runs it. */
constexpr const char* looked_up[] = {"/etc/passwd", "/etc/group", "/usr/local/sbin/-", "/usr/local/bin/-",
                                     "/usr/sbin/-", "/usr/bin/-", "/etc/ld.so.cache"};

void read_all() {
  for (const char* path : mapped) {
    // An image may have anything there, and a FIFO would be waited for.
    const UniqueFd file(::open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (file)
      ::posix_fadvise(file.get(), 0, 0, POSIX_FADV_WILLNEED);
  }
  struct stat info {};
  for (const char* path : looked_up)
    (void)::stat(path, &info);
}

} // namespace

void read_ahead(int root) {
  if (::fork() != 0)
    return;
  if (::fchdir(root) == 0 && ::chroot(".") == 0)
    read_all();
  ::_exit(0);
}

} // namespace banger

#include "init/read_ahead.h"

#include "sys/unique_fd.h"

#include <algorithm>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace banger {

namespace {

/**
 * The longest first: the disk is at it while the others are looked up. Then the locale that a command has
 * (LC_CTYPE, exec/env.cpp).
 */
constexpr const char* read[] = {"/lib/x86_64-linux-gnu/libc.so.6",
                                "/lib64/ld-linux-x86-64.so.2",
                                "/bin/sh",
                                "/etc/ld.so.cache",
                                "/etc/passwd",
                                "/etc/group",
                                "/usr/lib/locale/C.utf8/LC_CTYPE",
                                "/usr/lib/x86_64-linux-gnu/gconv/gconv-modules.cache"};

/** Directories where files are laid, where libc looks for other names of a locale, and those that an exec
 * passes on the way to its program. */
constexpr const char* looked_up[] = {
    "/etc/systemd/network/-", "/etc/ssh/sshd_config.d/-", "/var/lib/banger/-", "/usr/share/locale/-",
    "/usr/local/sbin/-",      "/usr/local/bin/-",         "/usr/sbin/-",       "/usr/bin/-"};

/** Of an ext4 with flex_bg, which ours are: group descriptors, and the bitmaps that new files are allocated
 * from. */
constexpr off_t bitmaps = 128 * 1024;

/** With the first group's inodes, 2 MiB: nearly all that an image has. One by one they would be 20 requests.
 */
constexpr off_t bitmaps_and_inodes = bitmaps + 2 * 1024 * 1024;

/** One call reads no more than the largest request of the disk, 1280 KiB for virtio (mm/readahead.c). */
constexpr off_t longest_advice = 1024 * 1024;

/** An image may have anything there, and a FIFO would be waited for. */
UniqueFd open_to_read(const char* path) {
  return UniqueFd(::open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
}

void have_read(const UniqueFd& file, off_t at_most) {
  const off_t size = std::min(at_most, ::lseek(file.get(), 0, SEEK_END));
  for (off_t offset = 0; offset < size; offset += longest_advice)
    ::posix_fadvise(file.get(), offset, std::min(longest_advice, size - offset), POSIX_FADV_WILLNEED);
}

void read_all() {
  constexpr off_t longest_file = 8 * 1024 * 1024;
  for (const char* path : read)
    have_read(open_to_read(path), longest_file);
  struct stat info {};
  for (const char* path : looked_up)
    (void)::stat(path, &info);
}

} // namespace

void read_ahead(int root, const Disks& disks) {
  // Before the fork: where the parent goes on, `/dev` is moved.
  const UniqueFd image = open_to_read(disks.root.c_str());
  const UniqueFd work = open_to_read(disks.work.c_str());
  const UniqueFd upper = open_to_read(disks.upper.c_str());
  if (::fork() != 0)
    return;
  have_read(image, bitmaps_and_inodes);
  have_read(work, bitmaps);
  have_read(upper, bitmaps);
  if (::fchdir(root) == 0 && ::chroot(".") == 0)
    read_all();
  ::_exit(0);
}

} // namespace banger

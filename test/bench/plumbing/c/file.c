#define _GNU_SOURCE
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

static int create(const char* target) {
  return checked(open(target, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600),
                 "open of the target");
}

static int open_source(const char* source, struct stat* info) {
  int fd = checked(open(source, O_RDONLY | O_CLOEXEC), "open of the source");
  checked(fstat(fd, info), "fstat");
  return fd;
}

static void finish(int from, int to, const struct new_file* file) {
  if (file->size > 0)
    checked(ftruncate(to, (off_t)file->size), "ftruncate");
  if (file->owner > 0)
    checked(fchown(to, file->owner, file->owner), "fchown");
  close(to);
  close(from);
}

int clone_reflink(const struct new_file* file) {
  struct stat info;
  int from = open_source(file->source, &info);
  int to = create(file->target);
  if (ioctl(to, FICLONE, from) < 0) {
    if (errno != EOPNOTSUPP && errno != EXDEV && errno != EINVAL)
      fail("FICLONE");
    close(to);
    close(from);
    unlink(file->target);
    return 0;
  }
  finish(from, to, file);
  return 1;
}

void clone_copy(const struct new_file* file) {
  struct stat info;
  int from = open_source(file->source, &info);
  int to = create(file->target);
  checked(ftruncate(to, info.st_size), "ftruncate");
  for (off_t at = 0; at < info.st_size;) {
    off_t data = lseek(from, at, SEEK_DATA);
    if (data < 0 && errno == ENXIO)
      break;
    if (data < 0)
      fail("SEEK_DATA");
    off_t end = lseek(from, data, SEEK_HOLE);
    if (end < 0)
      fail("SEEK_HOLE");
    for (off_t in = data, out = data; in < end;)
      checked((int)copy_file_range(from, &in, to, &out, (size_t)(end - in), 0), "copy_file_range");
    at = end;
  }
  finish(from, to, file);
}

void make_hole(const char* target, uint64_t size) {
  int fd = create(target);
  checked(ftruncate(fd, (off_t)size), "ftruncate");
  close(fd);
}

#define _GNU_SOURCE
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// Words of `composite`, in their order. Without an image's device, the root disk is a file.
enum {
  KIND = 1,
  SOURCE,
  ROOT,
  ROOT_BYTES,
  SEED,
  WORK,
  WORK_BYTES,
  OWNER,
  TAP,
  ADDRESS,
  GATEWAY,
  MAC,
  RUNTIME,
  GUARD_TABLE,
  MAIN_TABLE,
  NAME,
  IMAGE
};

#define CHUNK_SECTORS 8

static uint64_t size_of(const char* file) {
  struct stat info;
  checked(stat(file, &info), "stat");
  return (uint64_t)info.st_size;
}

// Under a temporary name until it is whole.
static void disk(const char* source, const char* target, uint64_t size, unsigned owner, int share, int copy) {
  char part[512];
  snprintf(part, sizeof part, "%s.part", target);
  struct new_file file = {source, part, size, owner};
  int shared = share && clone_reflink(&file);
  if (!shared && !copy)
    fail("FICLONE");
  if (!shared)
    clone_copy(&file);
  checked(rename(part, target), "rename");
}

// That the image's device stands on the image, by a loop device.
static void check_image(const char* image, const char* rootfs) {
  char number[32], path[64], link[256], device[64];
  struct stat info;
  checked(stat(rootfs, &info), "stat");
  dm_dependency(image, number);
  snprintf(path, sizeof path, "/sys/dev/block/%s", number);
  link[checked((int)readlink(path, link, sizeof link - 1), "readlink")] = '\0';
  snprintf(device, sizeof device, "/dev/%.40s", strrchr(link, '/') + 1);
  if (loop_status(device) != info.st_ino) {
    errno = ENODEV;
    fail(image);
  }
}

static void snapshot(const struct request* request) {
  const char *name = word(request, NAME), *image = word(request, IMAGE), *rootfs = word(request, SOURCE);
  const char* cow = word(request, ROOT);
  char part[512], device[32], origin[32], params[96], made[32];
  snprintf(part, sizeof part, "%s.part", cow);
  uint64_t disk_bytes = number(request, ROOT_BYTES);
  uint64_t chunks = disk_bytes / 4096;
  make_hole(part, (2 + chunks + chunks / 256) * 4096);
  checked(rename(part, cow), "rename");
  if (dm_status(name, made)) {
    errno = EEXIST;
    fail(name);
  }
  loop_attach(cow, name, 0, device);
  if (!dm_status(image, origin)) {
    errno = ENOENT;
    fail(image);
  }
  check_image(image, rootfs);
  snprintf(params, sizeof params, "%s %s PO %d", origin, device, CHUNK_SECTORS);
  struct dm_line line = {0, disk_bytes / 512, "snapshot", params};
  dm_create(name, 0, &line, 1, made);
  dm_status(image, origin); // still the same
  loop_detach(device);      // goes with the snapshot
}

static void runtime_directory(const char* path, unsigned owner) {
  struct stat info;
  checked(mkdir(path, 0700), "mkdir");
  int fd =
      checked(open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC), "open of the runtime directory");
  checked(fstat(fd, &info), "fstat");
  checked(fchown(fd, owner, owner), "fchown");
  close(fd);
}

// The host objects of one VM as a create makes them: its disks, its TAP and the way to it, its runtime
// directory, and what it may send.
void composite(const struct request* request) {
  const char* kind = word(request, KIND);
  unsigned owner = (unsigned)number(request, OWNER);
  const char* tap = word(request, TAP);
  if (link_get(tap) != 0) {
    errno = EEXIST;
    fail(tap);
  }
  if (strcmp(kind, "dm-snapshot") == 0) {
    snapshot(request);
  } else {
    uint64_t bytes = size_of(word(request, SOURCE)); // the size that the new one has is reckoned from it
    if (number(request, ROOT_BYTES) > bytes)
      bytes = number(request, ROOT_BYTES);
    disk(word(request, SOURCE), word(request, ROOT), bytes, owner, strcmp(kind, "copy") != 0,
         strcmp(kind, "reflink") != 0);
  }
  disk(word(request, SEED), word(request, WORK), number(request, WORK_BYTES), owner, 1, 1);
  tap_create(tap, owner);
  disable_ipv6(tap);
  unsigned index = link_get(tap);
  link_up(tap, index);
  route_add(index, word(request, ADDRESS), word(request, GATEWAY));
  neighbour_set(index, word(request, ADDRESS), word(request, MAC));
  runtime_directory(word(request, RUNTIME), owner);
  const char* const tables[] = {word(request, GUARD_TABLE), word(request, MAIN_TABLE)};
  nft_guest_add(tables, tap, word(request, MAC), word(request, ADDRESS));
}

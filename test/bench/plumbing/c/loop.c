#define _GNU_SOURCE
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

void loop_attach(const char* file, const char* name, int read_only, char device[32]) {
  int access = (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC;
  int backing = checked(open(file, access), "open of the backing file");
  struct loop_config config = {.fd = (uint32_t)backing};
  config.info.lo_flags = read_only ? LO_FLAGS_READ_ONLY : 0;
  strncpy((char*)config.info.lo_file_name, name, LO_NAME_SIZE - 1);
  for (;;) {
    int control = checked(open("/dev/loop-control", O_RDWR | O_CLOEXEC), "open of /dev/loop-control");
    int index = checked(ioctl(control, LOOP_CTL_GET_FREE), "LOOP_CTL_GET_FREE");
    close(control);
    snprintf(device, 32, "/dev/loop%d", index);
    int node = checked(open(device, access), "open of the loop device");
    int made = ioctl(node, LOOP_CONFIGURE, &config);
    if (made < 0 && errno == EBUSY) {
      close(node);
      continue;
    }
    checked(made, "LOOP_CONFIGURE");
    // That the kernel took it as asked.
    struct loop_info64 info;
    checked(ioctl(node, LOOP_GET_STATUS64, &info), "LOOP_GET_STATUS64");
    close(node);
    close(backing);
    return;
  }
}

uint64_t loop_status(const char* device) {
  struct loop_info64 info;
  int node = checked(open(device, O_RDONLY | O_CLOEXEC), "open of the loop device");
  checked(ioctl(node, LOOP_GET_STATUS64, &info), "LOOP_GET_STATUS64");
  close(node);
  return info.lo_inode;
}

void loop_detach(const char* device) {
  int node = checked(open(device, O_RDONLY | O_CLOEXEC), "open of the loop device");
  checked(ioctl(node, LOOP_CLR_FD, 0), "LOOP_CLR_FD");
  close(node);
}

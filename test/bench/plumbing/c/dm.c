#define _GNU_SOURCE
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

union buffer {
  struct dm_ioctl header;
  char bytes[4096];
};

// udev makes no links and probes nothing: DM_UDEV_DISABLE_* in the upper half of event_nr.
#define NO_UDEV (0x3fu << 16)

static struct dm_ioctl* named(union buffer* buffer, const char* name, uint32_t flags) {
  memset(buffer, 0, sizeof *buffer);
  buffer->header.version[0] = DM_VERSION_MAJOR;
  buffer->header.data_size = sizeof *buffer;
  buffer->header.data_start = sizeof buffer->header;
  buffer->header.flags = flags;
  snprintf(buffer->header.name, sizeof buffer->header.name, "%s", name);
  return &buffer->header;
}

static int control(void) {
  return checked(open("/dev/mapper/control", O_RDWR | O_CLOEXEC), "open of /dev/mapper/control");
}

static void number_of(uint64_t device, char number[32]) {
  snprintf(number, 32, "%u:%u", gnu_dev_major(device), gnu_dev_minor(device));
}

void dm_create(const char* name, int read_only, const struct dm_line* lines, int count, char number[32]) {
  union buffer buffer;
  int fd = control();
  named(&buffer, name, 0);
  snprintf(buffer.header.uuid, sizeof buffer.header.uuid, "BANGER-%s", name);
  checked(ioctl(fd, DM_DEV_CREATE, &buffer), "DM_DEV_CREATE");

  named(&buffer, name, read_only ? DM_READONLY_FLAG : 0)->target_count = (uint32_t)count;
  char* at = buffer.bytes + sizeof buffer.header;
  for (int i = 0; i < count; i++) {
    struct dm_target_spec* spec = (struct dm_target_spec*)at;
    spec->sector_start = lines[i].start;
    spec->length = lines[i].sectors;
    snprintf(spec->target_type, sizeof spec->target_type, "%s", lines[i].type);
    char* params = at + sizeof *spec;
    strcpy(params, lines[i].params);
    spec->next = (uint32_t)((sizeof *spec + strlen(params) + 1 + 7) & ~(size_t)7);
    at += spec->next;
  }
  checked(ioctl(fd, DM_TABLE_LOAD, &buffer), "DM_TABLE_LOAD");

  named(&buffer, name, 0)->event_nr = NO_UDEV;
  checked(ioctl(fd, DM_DEV_SUSPEND, &buffer), "DM_DEV_SUSPEND"); // without DM_SUSPEND_FLAG: resume
  number_of(buffer.header.dev, number);
  close(fd);
}

int dm_status(const char* name, char number[32]) {
  union buffer buffer;
  int fd = control();
  named(&buffer, name, 0);
  int found = ioctl(fd, DM_TABLE_STATUS, &buffer);
  if (found < 0 && errno != ENXIO)
    fail("DM_TABLE_STATUS");
  if (found == 0)
    number_of(buffer.header.dev, number);
  close(fd);
  return found == 0;
}

void dm_dependency(const char* name, char number[32]) {
  union buffer buffer;
  int fd = control();
  named(&buffer, name, 0);
  checked(ioctl(fd, DM_TABLE_DEPS, &buffer), "DM_TABLE_DEPS");
  const struct dm_target_deps* found = (void*)(buffer.bytes + buffer.header.data_start);
  number_of(found->count > 0 ? found->dev[0] : 0, number);
  close(fd);
}

void dm_remove(const char* name) {
  union buffer buffer;
  int fd = control();
  named(&buffer, name, 0)->event_nr = NO_UDEV;
  checked(ioctl(fd, DM_DEV_REMOVE, &buffer), "DM_DEV_REMOVE");
  close(fd);
}

#include "init/finish_boot.h"

#include "init/grow.h"
#include "init/modules.h"
#include "sys/log.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

namespace banger {

namespace {

void grow(const char* step, const GrowableDisk& disk) {
  const Status grown = grow_ext4(disk.directory.get(), disk.device);
  if (!grown)
    log_line("banger-init", step, grown.error().text());
}

} // namespace

void finish_boot(UnfinishedBoot boot) {
  const pid_t pid = ::fork();
  if (pid < 0)
    log_line("banger-init", "finish the boot", os_error("fork").text());
  if (pid != 0)
    return;
  std::this_thread::sleep_until(boot.grow_at);
  // The disks first: a command that writes a lot must not find the seed's few free blocks.
  const Manifest& manifest = *boot.manifest;
  if (manifest.work_grow && !boot.disks.work.empty()) {
    const char* mount_point = manifest.work_mount.c_str();
    grow("grow the work disk",
         {UniqueFd(::open(mount_point, O_RDONLY | O_DIRECTORY | O_CLOEXEC)), boot.disks.work});
  }
  if (manifest.root_grow)
    grow("grow the root disk", boot.root_disk);
  // At a lower priority than the first command.
  ::setpriority(PRIO_PROCESS, 0, 10);
  load_modules(boot.modules.get(), boot.late_modules);
  ::_exit(0);
}

} // namespace banger

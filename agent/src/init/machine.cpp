#include "init/machine.h"

#include "sys/file.h"

#include <fcntl.h>
#include <sys/stat.h>

namespace banger {

Machine parse_machine(std::string_view command_line) {
  for (size_t begin = 0; begin < command_line.size();) {
    const size_t end = std::min(command_line.find_first_of(" \n", begin), command_line.size());
    if (command_line.substr(begin, end - begin) == "banger.vmm=firecracker")
      return {Machine::Channel::vsock, RB_AUTOBOOT};
    begin = end + 1;
  }
  return {Machine::Channel::virtio_port, RB_POWER_OFF};
}

Machine read_machine() {
  const auto text = read_file("/proc/cmdline");
  return parse_machine(text ? *text : std::string());
}

Status let_systemd_reboot_for_poweroff() {
  const std::string units = "/run/systemd/system";
  ::mkdir("/run/systemd", 0755);
  ::mkdir(units.c_str(), 0755);
  for (const char* service : {"systemd-poweroff.service", "systemd-halt.service"}) {
    const std::string directory = units + "/" + service + ".d";
    ::mkdir(directory.c_str(), 0755);
    const std::string path = directory + "/banger.conf";
    const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!file)
      return os_error(path);
    if (Status written =
            write_all(file.get(), "# Written by banger-init: this machine has no power to switch off.\n"
                                  "[Unit]\nSuccessAction=reboot-force\n");
        !written)
      return written;
  }
  return Done{};
}

} // namespace banger

#pragma once

#include "agent/context.h"
#include "sys/result.h"

namespace banger {

/** What the kernel command line (docs/guest-protocol.md) says of the machine. */
Machine parse_machine(std::string_view command_line);
/** Of /proc/cmdline. */
Machine read_machine();

/**
 * For a machine that cannot be powered off (Firecracker has neither ACPI's S5 nor anything else for it): the
 * kernel would stop its CPUs for ever, with the VMM still there. Units in /run, which the next boot does not
 * have, make systemd's last step of a power-off or a halt a reboot, which ends the VMM.
 */
Status let_systemd_reboot_for_poweroff();

} // namespace banger

#include "sys/log.h"

#include "sys/unique_fd.h"

#include <fcntl.h>
#include <string>

namespace banger {

void log_line(std::string_view program, std::string_view step, std::string_view reason) {
  std::string line;
  line.append(program).append(": ").append(step).append(": ").append(reason).append("\n");
  // Standard error is the console from the kernel on; an initramfs without /dev/console gives PID 1 no
  // descriptors at all.
  if (::write(STDERR_FILENO, line.data(), line.size()) >= 0)
    return;
  const UniqueFd console(::open("/dev/console", O_WRONLY | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
  if (console && ::write(console.get(), line.data(), line.size()) < 0)
    return;
}

} // namespace banger

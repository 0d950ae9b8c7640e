#include "exec/pty.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>

namespace banger {

Result<Pty> open_pty(const WindowSize& window, const User& user) {
  Pty pty;
  pty.controller = UniqueFd(::open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK));
  if (!pty.controller)
    return os_error("open(/dev/ptmx)");
  int unlock = 0;
  if (::ioctl(pty.controller.get(), TIOCSPTLCK, &unlock) < 0)
    return os_error("ioctl(TIOCSPTLCK)");
  // By descriptor, not by name (Linux 4.13): /dev/pts of this mount namespace need not be where the terminal
  // is.
  pty.terminal = UniqueFd(::ioctl(pty.controller.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!pty.terminal)
    return os_error("ioctl(TIOCGPTPEER)");
  // devpts gives the terminal to its opener, the agent; what drops privileges must still be able to open it
  // again.
  if (::fchown(pty.terminal.get(), user.uid, user.gid) < 0)
    return os_error("fchown(pty)");
  if (::fchmod(pty.terminal.get(), 0600) < 0)
    return os_error("fchmod(pty)");
  resize_pty(pty.controller.get(), window);
  return pty;
}

void resize_pty(int controller, const WindowSize& window) {
  const winsize size{.ws_row = window.rows, .ws_col = window.cols, .ws_xpixel = 0, .ws_ypixel = 0};
  ::ioctl(controller, TIOCSWINSZ, &size);
}

pid_t foreground_group(int controller) {
  pid_t group = 0;
  return ::ioctl(controller, TIOCGPGRP, &group) < 0 || group < 0 ? 0 : group;
}

char end_of_file_character(int controller) {
  termios settings{};
  if (::tcgetattr(controller, &settings) < 0 || (settings.c_lflag & ICANON) == 0)
    return 0;
  return static_cast<char>(settings.c_cc[VEOF]);
}

} // namespace banger

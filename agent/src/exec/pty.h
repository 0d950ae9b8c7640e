#pragma once

#include "exec/spec.h"
#include "exec/user.h"
#include "sys/unique_fd.h"

namespace banger {

struct Pty {
  /** Non-blocking. */
  UniqueFd controller;
  /** What the command gets as 0, 1 and 2. Blocking. */
  UniqueFd terminal;
};

/** A pseudoterminal of the given size that belongs to `user`. */
Result<Pty> open_pty(const WindowSize& window, const User& user);

/** TIOCSWINSZ: the kernel sends SIGWINCH to the foreground process group. */
void resize_pty(int controller, const WindowSize& window);

/** The terminal's foreground process group, or 0 where there is none. */
pid_t foreground_group(int controller);

/** The end of input as a terminal has it: its end-of-file character, when it reads by lines. 0 when it does
 * not. */
char end_of_file_character(int controller);

} // namespace banger

#include "agent/command_line.h"
#include "files/command_line.h"
#include "init/boot.h"

#include <string_view>
#include <unistd.h>

/** PID 1 is banger-init; `banger-files` copies files; anything else is the agent's command line. */
int main(int argc, char** argv) {
  if (::getpid() == 1)
    banger::run_init(argv);
  if (argc > 0 && std::string_view(argv[0]) == banger::files_program)
    return banger::files_command_line(argc, argv);
  return banger::agent_command_line(argc, argv);
}

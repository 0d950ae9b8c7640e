#include "agent/command_line.h"
#include "init/boot.h"

#include <unistd.h>

/** PID 1 is banger-init; anything else the agent's command line. */
int main(int argc, char** argv) {
  if (::getpid() == 1)
    banger::run_init(argv);
  return banger::agent_command_line(argc, argv);
}

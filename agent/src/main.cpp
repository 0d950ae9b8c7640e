#include "agent/command_line.h"

#include <string_view>
#include <unistd.h>

namespace banger {
int run_init(char** argv);
}

int main(int argc, char** argv) {
  return banger::agent_command_line(argc, argv);
}

// Field 22 of /proc/pid/stat, whose second field is whatever a process calls itself.
#include "check.h"

#include "process/proc_stat.h"

#include <string>

// The text itself, however it looks; and, as the kernel writes it, with the input as the name of the command.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string name(reinterpret_cast<const char*>(data), size);
  (void)banger::parseStartTime(name);
  std::string line = "12 (" + name + ") S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4242 20 21\n";
  FUZZ_CHECK(banger::parseStartTime(line) == 4242);
  return 0;
}

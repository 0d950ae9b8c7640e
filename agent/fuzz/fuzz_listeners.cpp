#include "agent/ports.h"
#include "check.h"

/** Whatever /proc/net says: a port at most for each line, with an address of its family. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const size_t lines = static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
  for (const std::string protocol : {"tcp", "tcp6", "udp", "udp6"}) {
    const auto listeners = banger::parse_listeners(text, protocol);
    FUZZ_CHECK(listeners.size() <= lines);
    for (const banger::Listener& listener : listeners) {
      FUZZ_CHECK(protocol.starts_with(listener.protocol) && listener.protocol.size() == 3);
      FUZZ_CHECK(listener.address.find(protocol.ends_with('6') ? ':' : '.') != std::string::npos);
    }
  }
  return 0;
}

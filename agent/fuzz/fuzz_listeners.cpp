#include "agent/ports.h"
#include "check.h"

namespace {

constexpr size_t room = 4096;

} // namespace

/** Whatever /proc/net says: a port at most for each line, with an address of its family. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const size_t lines = static_cast<size_t>(std::count(text.begin(), text.end(), '\n'));
  for (const std::string protocol : {"tcp", "tcp6", "udp", "udp6"}) {
    const auto listeners = banger::parse_listeners(text, protocol);
    FUZZ_CHECK(listeners.size() <= lines);
    // The same bytes as what the programs are called.
    const banger::SocketOwner owner{1, text.substr(0, 16), text};
    banger::SocketOwners owners;
    for (const banger::Listener& listener : listeners)
      owners.emplace(listener.inode, owner);
    const banger::Json reply = banger::listeners_reply(listeners, owners, room);
    FUZZ_CHECK(banger::dump_json(reply).size() <= room + 64);
    FUZZ_CHECK(reply["listeners"].size() == listeners.size() || reply["truncated"] == true);
    for (const banger::Listener& listener : listeners) {
      FUZZ_CHECK(protocol.starts_with(listener.protocol) && listener.protocol.size() == 3);
      FUZZ_CHECK(listener.address.find(protocol.ends_with('6') ? ':' : '.') != std::string::npos);
    }
  }
  return 0;
}

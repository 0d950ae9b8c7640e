#pragma once

#include "agent/router.h"

namespace banger {

/** GET /ports: listening TCP and bound UDP sockets with the process that has each, from /proc. */
void get_ports(const Json& body, const Reply& reply);

/** One line of /proc/net/{tcp,tcp6,udp,udp6}. */
struct Listener {
  std::string protocol;
  std::string address;
  int port = 0;
  uint64_t inode = 0;
};

/** The listeners of one such file's text. `protocol` is tcp, tcp6, udp or udp6. */
std::vector<Listener> parse_listeners(const std::string& text, const std::string& protocol);

} // namespace banger

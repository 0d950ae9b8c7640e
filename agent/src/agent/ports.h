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

/** Who has a socket; a guest's programs choose how they are called. */
struct SocketOwner {
  int pid = 0;
  std::string process;
  std::string command;
};

/** By the socket's inode. */
using SocketOwners = std::map<uint64_t, SocketOwner>;

/** What /ports answers: each listener with its owner, as many as fit into about `room` bytes; `truncated`
 * where there are more. */
Json listeners_reply(const std::vector<Listener>& listeners, const SocketOwners& owners, size_t room);

/** The listeners of one such file's text. `protocol` is tcp, tcp6, udp or udp6. */
std::vector<Listener> parse_listeners(const std::string& text, const std::string& protocol);

} // namespace banger

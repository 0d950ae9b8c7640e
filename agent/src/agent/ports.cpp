#include "agent/ports.h"

#include "sys/file.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cstdio>
#include <dirent.h>

namespace banger {

namespace {

struct Owner {
  int pid = 0;
  std::string process;
  std::string command;
};

/** The kernel prints each 32-bit word of an address as a number of the machine's byte order. */
std::string address_of(const char* hex, bool is_v6) {
  uint32_t words[4] = {};
  const size_t count = is_v6 ? 4 : 1;
  for (size_t index = 0; index < count; ++index) {
    if (std::sscanf(hex + index * 8, "%8x", &words[index]) != 1)
      return "";
  }
  char text[INET6_ADDRSTRLEN] = {};
  return ::inet_ntop(is_v6 ? AF_INET6 : AF_INET, words, text, sizeof text) ? text : "";
}

using Directory = std::unique_ptr<DIR, int (*)(DIR*)>;

Owner owner_of(const std::string& pid) {
  Owner owner{std::stoi(pid), "", ""};
  if (auto comm = read_file(("/proc/" + pid + "/comm").c_str(), 64))
    owner.process = trim_end(*comm);
  if (auto command = read_file(("/proc/" + pid + "/cmdline").c_str(), 4096)) {
    std::replace(command->begin(), command->end(), '\0', ' ');
    owner.command = trim_end(*command);
  }
  return owner;
}

/** Finds who has the sockets: /proc/<pid>/fd/<n> is a link to `socket:[inode]`. The first (lowest) pid wins.
 */
std::map<uint64_t, Owner> find_owners(const std::vector<Listener>& listeners) {
  std::map<uint64_t, Owner> owners;
  const Directory proc(::opendir("/proc"), ::closedir);
  while (const dirent* process = proc ? ::readdir(proc.get()) : nullptr) {
    const std::string pid = process->d_name;
    if (pid.find_first_not_of("0123456789") != std::string::npos)
      continue;
    const std::string path = "/proc/" + pid + "/fd";
    const Directory fds(::opendir(path.c_str()), ::closedir);
    while (const dirent* fd = fds ? ::readdir(fds.get()) : nullptr) {
      char target[64] = {};
      unsigned long inode = 0;
      if (::readlinkat(::dirfd(fds.get()), fd->d_name, target, sizeof target - 1) <= 0)
        continue;
      if (std::sscanf(target, "socket:[%lu]", &inode) != 1 || owners.contains(inode))
        continue;
      const bool wanted = std::any_of(listeners.begin(), listeners.end(),
                                      [&](const Listener& l) { return l.inode == inode; });
      if (wanted)
        owners.emplace(inode, owner_of(pid));
    }
  }
  return owners;
}

} // namespace

std::vector<Listener> parse_listeners(const std::string& text, const std::string& protocol) {
  // include/net/tcp_states.h: a listener is TCP_LISTEN; a UDP socket that receives from anybody is TCP_CLOSE.
  const unsigned wanted_state = protocol.starts_with("tcp") ? 10 : 7;
  std::vector<Listener> listeners;
  for (size_t begin = text.find('\n'); begin != std::string::npos; begin = text.find('\n', begin + 1)) {
    char address[33] = {};
    unsigned port = 0, state = 0;
    unsigned long inode = 0;
    const int fields =
        std::sscanf(text.c_str() + begin + 1,
                    " %*u: %32[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %x %*x:%*x %*x:%*x %*x %*u %*u %lu", address,
                    &port, &state, &inode);
    const bool is_v6 = protocol.ends_with('6');
    if (fields != 4 || state != wanted_state || std::strlen(address) != (is_v6 ? 32u : 8u))
      continue;
    listeners.push_back({protocol.substr(0, 3), address_of(address, is_v6), static_cast<int>(port), inode});
  }
  return listeners;
}

void get_ports(const Json&, const Reply& reply) {
  std::vector<Listener> listeners;
  for (const char* protocol : {"tcp", "tcp6", "udp", "udp6"}) {
    const auto text = read_file((std::string("/proc/net/") + protocol).c_str(), 8 << 20);
    if (!text)
      continue;
    for (Listener& listener : parse_listeners(*text, protocol))
      listeners.push_back(std::move(listener));
  }
  const auto owners = find_owners(listeners);
  Json list = Json::array();
  for (const Listener& listener : listeners) {
    const auto owner = owners.find(listener.inode);
    const bool known = owner != owners.end();
    list.push_back({{"protocol", listener.protocol},
                    {"address", listener.address},
                    {"port", listener.port},
                    {"pid", known ? Json(owner->second.pid) : Json()},
                    {"process", known ? Json(owner->second.process) : Json()},
                    {"command", known ? Json(owner->second.command) : Json()}});
  }
  reply({200, {{"listeners", list}}});
}

} // namespace banger

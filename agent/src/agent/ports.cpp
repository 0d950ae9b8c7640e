#include "agent/ports.h"

#include "sys/file.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cstdio>
#include <dirent.h>
#include <set>

namespace banger {

namespace {

/** Of the MiB that a reply may have. */
constexpr size_t reply_room = 768 << 10;
constexpr size_t max_command = 4096;

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

SocketOwner owner_of(const std::string& pid) {
  SocketOwner owner{std::atoi(pid.c_str()), "", ""};
  if (auto comm = read_file(("/proc/" + pid + "/comm").c_str(), 64))
    owner.process = trim_end(*comm);
  if (auto command = read_file(("/proc/" + pid + "/cmdline").c_str(), max_command)) {
    std::replace(command->begin(), command->end(), '\0', ' ');
    owner.command = trim_end(*command);
  }
  return owner;
}

/** Finds who has the sockets: /proc/<pid>/fd/<n> is a link to `socket:[inode]`. The first (lowest) pid wins.
 */
SocketOwners find_owners(const std::vector<Listener>& listeners) {
  std::set<uint64_t> wanted;
  for (const Listener& listener : listeners)
    wanted.insert(listener.inode);
  // What the kernel itself has, an NFS server's socket say, is inode 0.
  wanted.erase(0);
  SocketOwners owners;
  const Directory proc(::opendir("/proc"), ::closedir);
  while (const dirent* process = proc && !wanted.empty() ? ::readdir(proc.get()) : nullptr) {
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
      if (std::sscanf(target, "socket:[%lu]", &inode) != 1 || wanted.erase(inode) == 0)
        continue;
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

Json listeners_reply(const std::vector<Listener>& listeners, const SocketOwners& owners, size_t room) {
  Json list = Json::array();
  size_t used = 0;
  bool truncated = false;
  for (const Listener& listener : listeners) {
    const auto owner = owners.find(listener.inode);
    const bool known = owner != owners.end();
    Json entry = {{"protocol", listener.protocol},
                  {"address", listener.address},
                  {"port", listener.port},
                  {"pid", known ? Json(owner->second.pid) : Json()},
                  {"process", known ? Json(owner->second.process) : Json()},
                  {"command", known ? Json(owner->second.command) : Json()}};
    // As it is sent: a command line of control characters is six times as long.
    used += dump_json(entry).size() + 1;
    truncated = used > room;
    if (truncated)
      break;
    list.push_back(std::move(entry));
  }
  Json reply = {{"listeners", std::move(list)}};
  if (truncated)
    reply["truncated"] = true;
  return reply;
}

void get_ports(const Json&, const Reply& reply) {
  std::vector<Listener> listeners;
  for (const char* protocol : {"tcp", "tcp6", "udp", "udp6"}) {
    // The kernel lists those that listen first.
    const auto text = read_file((std::string("/proc/net/") + protocol).c_str(), 8 << 20);
    if (!text)
      continue;
    for (Listener& listener : parse_listeners(*text, protocol))
      listeners.push_back(std::move(listener));
  }
  reply({200, listeners_reply(listeners, find_owners(listeners), reply_room)});
}

} // namespace banger

// Links: RTM_NEWLINK and its kin, linux/if_link.h, https://man7.org/linux/man-pages/man7/rtnetlink.7.html
#pragma once

#include "netlink/codec/message.h"
#include "sys/result.h"

#include <optional>
#include <string>
#include <vector>

namespace banger::netlink {

struct Link {
  std::string name;
  int32_t index = 0;
  std::string mac; // "02:00:00:00:00:01", empty where there is none
  uint32_t mtu = 0;
  bool up = false;
  std::string kind; // IFLA_INFO_KIND, empty for a plain device
  uint64_t rxBytes = 0;
  uint64_t txBytes = 0;
};

Bytes encodeLinkGet(const std::string& name, uint32_t sequence);
Bytes encodeLinkDump(uint32_t sequence);
Bytes encodeLinkSetUp(const std::string& name, bool up, uint32_t sequence);
Bytes encodeLinkCreate(const std::string& name, const std::string& kind, uint32_t sequence);
Bytes encodeLinkDelete(const std::string& name, uint32_t sequence);
std::optional<Link> decodeLink(const Message& message);

Result<Link> linkGet(const std::string& name); // ENODEV
Result<std::vector<Link>> linkDump();
Status linkSetUp(const std::string& name, bool up);
Status linkCreate(const std::string& name, const std::string& kind);
Status linkDelete(const std::string& name);

} // namespace banger::netlink

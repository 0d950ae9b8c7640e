#include "init/rtnetlink.h"

#include <sys/socket.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

namespace banger {

namespace {

/** Appends `size` bytes and pads to four, as every part of a netlink message is. */
void append(std::vector<uint8_t>& message, const void* bytes, size_t size) {
  const auto* begin = static_cast<const uint8_t*>(bytes);
  message.insert(message.end(), begin, begin + size);
  message.resize(NLMSG_ALIGN(message.size()));
}

} // namespace

Result<Rtnetlink> Rtnetlink::open() {
  UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!fd)
    return os_error("socket(NETLINK_ROUTE)");
  return Rtnetlink(std::move(fd));
}

Status Rtnetlink::send(uint16_t type, uint16_t flags, const void* body, size_t body_size,
                       std::initializer_list<RtAttribute> attributes) {
  std::vector<uint8_t> message(sizeof(nlmsghdr));
  append(message, body, body_size);
  for (const RtAttribute& each : attributes) {
    const rtattr header{static_cast<uint16_t>(RTA_LENGTH(each.payload.size())), each.type};
    append(message, &header, sizeof header);
    append(message, each.payload.data(), each.payload.size());
  }
  nlmsghdr header{};
  header.nlmsg_len = static_cast<uint32_t>(message.size());
  header.nlmsg_type = type;
  header.nlmsg_flags = static_cast<uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags);
  std::memcpy(message.data(), &header, sizeof header);
  const std::string doing = "netlink request " + std::to_string(type);
  if (::send(fd_.get(), message.data(), message.size(), 0) < 0)
    return os_error(doing);
  alignas(nlmsghdr) uint8_t answer[4096];
  const ssize_t count = ::recv(fd_.get(), answer, sizeof answer, 0);
  if (count < 0)
    return os_error(doing);
  if (static_cast<size_t>(count) < sizeof(nlmsghdr) + sizeof(int))
    return Error{EBADMSG, doing};
  std::memcpy(&header, answer, sizeof header);
  int error = 0;
  std::memcpy(&error, answer + sizeof header, sizeof error);
  if (header.nlmsg_type != NLMSG_ERROR)
    return Error{EBADMSG, doing};
  if (error != 0)
    return Error{-error, doing};
  return Done{};
}

} // namespace banger

#include "netlink/rtnl/link.h"

#include "netlink/socket.h"

namespace banger::netlink {

Result<Link> linkGet(const std::string& name) {
  Subject subject{"netlink(RTM_GETLINK)", name};
  auto found = dump<Link>(encodeLinkGet(name, 1), subject, decodeLink);
  if (!found)
    return found.error();
  if (found.value().empty())
    return SysError{ENODEV, subject.syscall, name, {}};
  return std::move(found.value().front());
}

Result<std::optional<Link>> linkFind(const std::string& name) {
  auto link = linkGet(name);
  if (link)
    return std::optional<Link>(std::move(link.value()));
  if (link.error().err == ENODEV)
    return std::optional<Link>();
  return link.error();
}

Result<std::vector<Link>> linkDump() {
  return dump<Link>(encodeLinkDump(1), {"netlink(RTM_GETLINK)", "links"}, decodeLink);
}

Status linkSet(const LinkRef& link, const LinkChange& change, const std::string& object) {
  return request(encodeLinkSet(link, change, 1), {"netlink(RTM_SETLINK)", object});
}

Status linkCreate(const NewLink& link) {
  return request(encodeLinkCreate(link, 1), {"netlink(RTM_NEWLINK)", link.name});
}

Status linkDelete(const std::string& name) {
  return request(encodeLinkDelete(name, 1), {"netlink(RTM_DELLINK)", name});
}

Status linkDeleteGroup(uint32_t group) {
  return request(encodeLinkDeleteGroup(group, 1),
                 {"netlink(RTM_DELLINK)", "link group " + std::to_string(group)});
}

Status linkIsolate(int32_t index, bool isolated, const std::string& object) {
  return request(encodeLinkIsolate(index, isolated, 1), {"netlink(RTM_SETLINK)", object});
}

} // namespace banger::netlink

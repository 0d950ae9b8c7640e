#include "netlink/rtnl/neighbour.h"

#include "netlink/socket.h"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

namespace banger::netlink {

// ndmsg(state = permanent) { NDA_DST, NDA_LLADDR }
Bytes encodeNeighbourSet(const Neighbour& neighbour, uint32_t sequence) {
  ndmsg info{};
  info.ndm_family = AF_INET;
  info.ndm_ifindex = static_cast<int>(neighbour.linkIndex);
  info.ndm_state = NUD_PERMANENT;
  return Builder(RTM_NEWNEIGH, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE, sequence)
      .fixed(info)
      .attribute(NDA_DST, neighbour.address)
      .attribute(NDA_LLADDR, neighbour.mac)
      .finish();
}

Status neighbourSet(const Neighbour& neighbour, const std::string& object) {
  return request(encodeNeighbourSet(neighbour, 1), {"netlink(RTM_NEWNEIGH)", object});
}

} // namespace banger::netlink

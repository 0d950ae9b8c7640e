// Replies as a kernel sends them.
#pragma once

namespace banger::test {

// RTM_NEWLINK of an up TAP named bgr0, index 3, MTU 1500, 02:00:00:00:00:05, IFLA_LINKINFO { IFLA_INFO_KIND
// "tun" }
inline constexpr const char* kLinkReply =
    "58000000 1000 0000 01000000 00000000 0000 0100 03000000 43100000 00000000 0900 0300 6267723000 000000 "
    "0800 0400 dc050000 0a00 0100 020000000005 0000 1000 1280 0800 0100 74756e00 0400 0300 0500 1000 06 "
    "000000";

// RTM_NEWADDR: 10.1.2.3/24 on link 2
inline constexpr const char* kAddressReply =
    "28000000 1400 0200 01000000 00000000 02 18 80 00 02000000 0800 0100 0a010203 0800 0200 0a010203";

// RTM_NEWROUTE: default by 10.1.2.1 on link 2, main table
inline constexpr const char* kRouteReply =
    "34000000 1800 0200 01000000 00000000 02 00 00 00 fe 03 00 01 00000000 0800 0f00 fe000000 0800 0500 "
    "0a010201 0800 0400 02000000";

// NLMSG_ERROR -EEXIST, capped, NLMSGERR_ATTR_MSG "busy"
inline constexpr const char* kErrorReply = "30000000 0200 0003 01000000 00000000 efffffff 34000000 1800 0506 "
                                           "01000000 00000000 0900 0100 6275737900 000000";

} // namespace banger::test

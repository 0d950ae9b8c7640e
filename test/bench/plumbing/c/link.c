#define _GNU_SOURCE
#include "bench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/if_tun.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

void tap_create(const char* name, unsigned owner) {
  int fd = checked(open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC), "open of /dev/net/tun");
  struct ifreq request = {.ifr_flags = (short)(IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | IFF_TUN_EXCL)};
  snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
  checked(ioctl(fd, TUNSETIFF, &request), "TUNSETIFF");
  checked(ioctl(fd, TUNSETOWNER, (unsigned long)owner), "TUNSETOWNER");
  checked(ioctl(fd, TUNSETPERSIST, 1UL), "TUNSETPERSIST");
  close(fd);
}

void disable_ipv6(const char* name) {
  char path[128];
  snprintf(path, sizeof path, "/proc/sys/net/ipv6/conf/%s/disable_ipv6", name);
  int fd = open(path, O_RDWR | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT)
    return;
  checked(fd, "open of disable_ipv6");
  checked((int)write(fd, "1", 1), "write of disable_ipv6");
  close(fd);
}

struct message {
  struct nlmsghdr header;
  char body[1024];
};

// Appends to a message; returns where.
static void* append(struct message* message, const void* data, size_t size) {
  char* at = (char*)message + NLMSG_ALIGN(message->header.nlmsg_len);
  memcpy(at, data, size);
  message->header.nlmsg_len = (uint32_t)(at - (char*)message) + (uint32_t)size;
  return at;
}

static void attribute(struct message* message, unsigned short type, const void* data, size_t size) {
  struct rtattr header = {.rta_len = (unsigned short)RTA_LENGTH(size), .rta_type = type};
  append(message, &header, sizeof header);
  append(message, data, size);
}

static void start(struct message* message, uint16_t type, uint16_t flags, const void* fixed, size_t size) {
  memset(message, 0, sizeof *message);
  message->header.nlmsg_len = NLMSG_HDRLEN;
  message->header.nlmsg_type = type;
  message->header.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | NLM_F_ACK | flags);
  append(message, fixed, size);
}

// Sends it and reads up to the ACK. The index of the link that came before that, or 0. -1 with errno.
static int talk(struct message* message) {
  static int fd = -1;
  static uint32_t sequence;
  if (fd < 0)
    fd = checked(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), "socket");
  struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
  message->header.nlmsg_seq = ++sequence;
  checked((int)sendto(fd, message, message->header.nlmsg_len, 0, (struct sockaddr*)&kernel, sizeof kernel),
          "sendto");
  int index = 0;
  for (;;) {
    static char buffer[32768];
    int left = checked((int)recv(fd, buffer, sizeof buffer, 0), "recv");
    for (struct nlmsghdr* reply = (struct nlmsghdr*)buffer; NLMSG_OK(reply, left);
         reply = NLMSG_NEXT(reply, left)) {
      if (reply->nlmsg_type == RTM_NEWLINK)
        index = ((struct ifinfomsg*)NLMSG_DATA(reply))->ifi_index;
      if (reply->nlmsg_type != NLMSG_ERROR)
        continue;
      errno = -((struct nlmsgerr*)NLMSG_DATA(reply))->error;
      return errno == 0 ? index : -1;
    }
  }
}

unsigned link_get(const char* name) {
  struct message message;
  struct ifinfomsg info = {0};
  start(&message, RTM_GETLINK, 0, &info, sizeof info);
  attribute(&message, IFLA_IFNAME, name, strlen(name) + 1);
  int index = talk(&message);
  if (index < 0 && errno != ENODEV)
    fail("RTM_GETLINK");
  return index < 0 ? 0 : (unsigned)index;
}

void link_up(const char* name, unsigned index) {
  struct message message;
  struct ifinfomsg info = {.ifi_index = (int)index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
  start(&message, RTM_SETLINK, 0, &info, sizeof info);
  if (index == 0)
    attribute(&message, IFLA_IFNAME, name, strlen(name) + 1);
  checked(talk(&message), "RTM_SETLINK");
}

void link_delete(const char* name) {
  struct message message;
  struct ifinfomsg info = {0};
  start(&message, RTM_DELLINK, 0, &info, sizeof info);
  attribute(&message, IFLA_IFNAME, name, strlen(name) + 1);
  checked(talk(&message), "RTM_DELLINK");
}

static void ipv4(struct message* message, unsigned short type, const char* text) {
  struct in_addr address;
  if (inet_pton(AF_INET, text, &address) != 1) {
    errno = EINVAL;
    fail(text);
  }
  attribute(message, type, &address, sizeof address);
}

void address_add(unsigned index, const char* address) {
  struct message message;
  struct ifaddrmsg info = {.ifa_family = AF_INET, .ifa_prefixlen = 32, .ifa_index = index};
  start(&message, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &info, sizeof info);
  ipv4(&message, IFA_LOCAL, address);
  ipv4(&message, IFA_ADDRESS, address);
  checked(talk(&message), "RTM_NEWADDR");
}

static void route(uint16_t type, uint16_t flags, unsigned index, const char* address, const char* source) {
  struct message message;
  struct rtmsg info = {.rtm_family = AF_INET,
                       .rtm_dst_len = 32,
                       .rtm_table = RT_TABLE_MAIN,
                       .rtm_protocol = RTPROT_STATIC,
                       .rtm_scope = RT_SCOPE_LINK,
                       .rtm_type = RTN_UNICAST};
  start(&message, type, flags, &info, sizeof info);
  ipv4(&message, RTA_DST, address);
  attribute(&message, RTA_OIF, &index, sizeof index);
  if (source != NULL)
    ipv4(&message, RTA_PREFSRC, source);
  checked(talk(&message), type == RTM_NEWROUTE ? "RTM_NEWROUTE" : "RTM_DELROUTE");
}

void route_add(unsigned index, const char* address, const char* source) {
  route(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, index, address, source);
}

void route_delete(unsigned index, const char* address) {
  route(RTM_DELROUTE, 0, index, address, NULL);
}

void neighbour_set(unsigned index, const char* address, const char* mac) {
  struct message message;
  struct ndmsg info = {.ndm_family = AF_INET, .ndm_ifindex = (int)index, .ndm_state = NUD_PERMANENT};
  unsigned char bytes[6];
  if (sscanf(mac, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &bytes[0], &bytes[1], &bytes[2], &bytes[3], &bytes[4],
             &bytes[5]) != 6) {
    errno = EINVAL;
    fail(mac);
  }
  start(&message, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, &info, sizeof info);
  ipv4(&message, NDA_DST, address);
  attribute(&message, NDA_LLADDR, bytes, sizeof bytes);
  checked(talk(&message), "RTM_NEWNEIGH");
}

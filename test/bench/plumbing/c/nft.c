#define _GNU_SOURCE
#include "bench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// One transaction: BEGIN, the message about the element, END.
struct batch {
  char bytes[1024];
  size_t size;
};

static struct nlattr* attribute(struct batch* batch, uint16_t type, const void* data, size_t size) {
  struct nlattr* header = (struct nlattr*)(batch->bytes + batch->size);
  header->nla_type = type;
  header->nla_len = (uint16_t)(NLA_HDRLEN + size);
  if (size > 0)
    memcpy((char*)header + NLA_HDRLEN, data, size);
  batch->size += NLA_ALIGN(header->nla_len);
  return header;
}

static struct nlattr* open_nest(struct batch* batch, uint16_t type) {
  return attribute(batch, type | NLA_F_NESTED, NULL, 0);
}

static void close_nest(struct batch* batch, struct nlattr* nest) {
  nest->nla_len = (uint16_t)(batch->bytes + batch->size - (char*)nest);
}

static struct nlmsghdr* message(struct batch* batch, uint16_t type, uint16_t flags, uint8_t family,
                                uint16_t resource, uint32_t sequence) {
  struct nlmsghdr* header = (struct nlmsghdr*)(batch->bytes + batch->size);
  *header = (struct nlmsghdr){
      .nlmsg_len = NLMSG_LENGTH(sizeof(struct nfgenmsg)),
      .nlmsg_type = type,
      .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags),
      .nlmsg_seq = sequence,
  };
  struct nfgenmsg* generic = NLMSG_DATA(header);
  *generic = (struct nfgenmsg){.nfgen_family = family, .version = NFNETLINK_V0, .res_id = htons(resource)};
  batch->size += header->nlmsg_len;
  return header;
}

static void send_batch(const struct batch* batch) {
  static int fd = -1;
  if (fd < 0)
    fd = checked(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER), "socket");
  struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
  checked((int)sendto(fd, batch->bytes, batch->size, 0, (struct sockaddr*)&kernel, sizeof kernel), "sendto");
  char buffer[8192];
  int left = checked((int)recv(fd, buffer, sizeof buffer, 0), "recv");
  struct nlmsghdr* reply = (struct nlmsghdr*)buffer;
  if (!NLMSG_OK(reply, left) || reply->nlmsg_type != NLMSG_ERROR) {
    errno = EBADMSG;
    fail("nf_tables");
  }
  errno = -((struct nlmsgerr*)NLMSG_DATA(reply))->error;
  if (errno != 0)
    fail("nf_tables");
}

static void element(uint16_t operation, uint16_t flags, const char* table, const char* set,
                    const char* text) {
  static uint32_t sequence;
  struct batch batch = {.size = 0};
  struct in_addr address;
  if (inet_pton(AF_INET, text, &address) != 1) {
    errno = EINVAL;
    fail(text);
  }
  sequence += 3;
  message(&batch, NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES, sequence);
  struct nlmsghdr* header = message(&batch, (NFNL_SUBSYS_NFTABLES << 8) | operation, NLM_F_ACK | flags,
                                    NFPROTO_INET, 0, sequence + 1);
  attribute(&batch, NFTA_SET_ELEM_LIST_TABLE, table, strlen(table) + 1);
  attribute(&batch, NFTA_SET_ELEM_LIST_SET, set, strlen(set) + 1);
  struct nlattr* list = open_nest(&batch, NFTA_SET_ELEM_LIST_ELEMENTS);
  struct nlattr* one = open_nest(&batch, NFTA_LIST_ELEM);
  struct nlattr* key = open_nest(&batch, NFTA_SET_ELEM_KEY);
  attribute(&batch, NFTA_DATA_VALUE, &address, sizeof address);
  close_nest(&batch, key);
  close_nest(&batch, one);
  close_nest(&batch, list);
  header->nlmsg_len = (uint32_t)(batch.bytes + batch.size - (char*)header);
  message(&batch, NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES, sequence + 2);
  send_batch(&batch);
}

void nft_element_add(const char* table, const char* set, const char* address) {
  element(NFT_MSG_NEWSETELEM, NLM_F_CREATE, table, set, address);
}

void nft_element_delete(const char* table, const char* set, const char* address) {
  element(NFT_MSG_DELSETELEM, 0, table, set, address);
}

#define _GNU_SOURCE
#include "bench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// One transaction: BEGIN, messages about the element, END.
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

struct element {
  const void* key;
  size_t key_size;
  // Where a packet that it fits goes on, in a map of verdicts; NULL in a set.
  const char* chain;
};

static void add_element(struct batch* batch, const struct element* element) {
  struct nlattr* one = open_nest(batch, NFTA_LIST_ELEM);
  struct nlattr* key = open_nest(batch, NFTA_SET_ELEM_KEY);
  attribute(batch, NFTA_DATA_VALUE, element->key, element->key_size);
  close_nest(batch, key);
  if (element->chain != NULL) {
    uint32_t code = htonl((uint32_t)NFT_GOTO);
    struct nlattr* data = open_nest(batch, NFTA_SET_ELEM_DATA);
    struct nlattr* verdict = open_nest(batch, NFTA_DATA_VERDICT);
    attribute(batch, NFTA_VERDICT_CODE, &code, sizeof code);
    attribute(batch, NFTA_VERDICT_CHAIN, element->chain, strlen(element->chain) + 1);
    close_nest(batch, verdict);
    close_nest(batch, data);
  }
  close_nest(batch, one);
}

// The same element in a set of that name in each table; only the last message asks for an answer, errors come
// unasked.
static void change(uint16_t operation, uint16_t flags, const char* const tables[], int count, const char* set,
                   const struct element* element) {
  static uint32_t sequence;
  struct batch batch = {.size = 0};
  message(&batch, NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES, ++sequence);
  for (int i = 0; i < count; i++) {
    uint16_t asks = i == count - 1 ? NLM_F_ACK : 0;
    struct nlmsghdr* header =
        message(&batch, (NFNL_SUBSYS_NFTABLES << 8) | operation, asks | flags, NFPROTO_INET, 0, ++sequence);
    attribute(&batch, NFTA_SET_ELEM_LIST_TABLE, tables[i], strlen(tables[i]) + 1);
    attribute(&batch, NFTA_SET_ELEM_LIST_SET, set, strlen(set) + 1);
    struct nlattr* list = open_nest(&batch, NFTA_SET_ELEM_LIST_ELEMENTS);
    add_element(&batch, element);
    close_nest(&batch, list);
    header->nlmsg_len = (uint32_t)(batch.bytes + batch.size - (char*)header);
  }
  message(&batch, NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES, ++sequence);
  send_batch(&batch);
}

static struct in_addr address_of(const char* text) {
  struct in_addr address;
  if (inet_pton(AF_INET, text, &address) == 1)
    return address;
  errno = EINVAL;
  fail(text);
}

void nft_element_add(const char* table, const char* set, const char* address) {
  struct in_addr key = address_of(address);
  change(NFT_MSG_NEWSETELEM, NLM_F_CREATE, &table, 1, set, &(struct element){&key, sizeof key, NULL});
}

void nft_element_delete(const char* table, const char* set, const char* address) {
  struct in_addr key = address_of(address);
  change(NFT_MSG_DELSETELEM, 0, &table, 1, set, &(struct element){&key, sizeof key, NULL});
}

void nft_guest_add(const char* const tables[2], const char* link, const char* mac, const char* address) {
  // Fields of a concatenation begin at multiples of four bytes.
  struct {
    char link[IFNAMSIZ];
    unsigned char mac[8];
    struct in_addr address;
  } key = {.address = address_of(address)};
  strncpy(key.link, link, sizeof key.link - 1);
  unsigned char* m = key.mac;
  if (sscanf(mac, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &m[0], &m[1], &m[2], &m[3], &m[4], &m[5]) != 6) {
    errno = EINVAL;
    fail(mac);
  }
  change(NFT_MSG_NEWSETELEM, NLM_F_CREATE, tables, 2, "guests",
         &(struct element){&key, sizeof key, "public"});
}

#pragma once

#include "netlink/codec/decoded.h"
#include "netlink/exchange.h"
#include "sys/unique_fd.h"

#include <vector>

namespace banger::netlink {

// A socket of that protocol, in the namespace of the innermost NetnsScope (netns/netns.h), where it stays
// whichever thread uses it. The only place that makes one. `syscall` is for the error:
// `socket(NETLINK_ROUTE)`.
Result<UniqueFd> openSocket(int protocol, const char* syscall);

// Sends one rtnetlink request on a socket of its own and waits for the ACK.
Status request(const Bytes& message, const Subject& subject);

// A request that only reads; gives the replies that are not ACKs. It is repeated when the kernel says that
// the dump was torn (NLM_F_DUMP_INTR) or lost (ENOBUFS): `begin` is called before each try, so that the
// caller drops what it has collected.
Status query(const Bytes& message, const Subject& subject, const std::function<void()>& begin,
             const std::function<void(const Message&)>& each);

// All replies of a query, decoded; a malformed one is EBADMSG.
template <class T>
Result<std::vector<T>> dump(const Bytes& message, const Subject& subject,
                            Decoded<T> (*decode)(const Message&)) {
  std::vector<T> items;
  std::optional<SysError> bad;
  auto done = query(
      message, subject,
      [&] {
        items.clear();
        bad.reset();
      },
      [&](const Message& reply) {
        auto item = decode(reply);
        if (!item)
          bad = SysError{item.error().err, subject.syscall, subject.object, item.error().detail};
        else if (item.value())
          items.push_back(std::move(*item.value()));
      });
  if (!done)
    return done.error();
  if (bad)
    return std::move(*bad);
  return items;
}

// While it lives, the exchanges of this thread with rtnetlink use one socket, opened by the first: a socket
// and its options cost more than most of what is asked on it. Not those of a named namespace (NetnsScope).
class RouteSocketScope {
public:
  RouteSocketScope();
  ~RouteSocketScope();
  RouteSocketScope(const RouteSocketScope&) = delete;
  RouteSocketScope& operator=(const RouteSocketScope&) = delete;

  UniqueFd fd;
};

} // namespace banger::netlink

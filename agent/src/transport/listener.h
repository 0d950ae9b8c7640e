#pragma once

#include "agent/connection.h"
#include "sys/result.h"

#include <list>

namespace banger {

/** A listening socket; each connection to it is an HTTP/2 session. */
class ListeningSocket {
public:
  /** Decides whether a peer may talk, and how. */
  using Accept = std::function<bool(int fd)>;
  using MakeFilter = std::function<std::unique_ptr<ByteFilter>()>;

  ListeningSocket(EventLoop& loop, UniqueFd fd, const HandlerFactory& factory, Accept accept,
                  MakeFilter make_filter = {});
  ~ListeningSocket();

private:
  void on_readable();
  void add(UniqueFd fd);

  EventLoop& loop_;
  UniqueFd fd_;
  const HandlerFactory& factory_;
  Accept accept_;
  MakeFilter make_filter_;
  std::list<std::unique_ptr<Connection>> connections_;
};

/** Mode 0600 from birth; what lay at `path` before is removed. */
Result<UniqueFd> listen_unix(const char* path);

/** AF_VSOCK, any CID, port 1024. Fails where the guest has no vsock. */
Result<UniqueFd> listen_vsock();
/** Tells the host that port 1024 is listening, by a connection to the same port there that says nothing. Does
 * not wait, and nobody needs to be there. The caller keeps it: closed at once, the request would be taken
 * back before the host has seen it. */
UniqueFd ring_host();
/** Only the host may talk: a program of the guest could reach the port through the loopback transport. */
bool peer_is_host(int fd);

} // namespace banger

// NETLINK_NETFILTER, linux/netfilter/nfnetlink.h. Carries messages that others have encoded, and gives back
// the kernel's as they came.
#pragma once

#include "netlink/codec/message.h"
#include "sys/result.h"
#include "sys/unique_fd.h"

#include <memory>
#include <mutex>

namespace banger::netlink {

// Kept open between calls: after deletions, closing one waits for an RCU grace period (15-40 ms). All methods
// may be called from any thread; one exchange runs at a time. One that fails closes the socket: open another.
class NetfilterSocket {
public:
  // In the namespace of the innermost NetnsScope, where it stays. EPROTONOSUPPORT: the kernel has no
  // nfnetlink.
  static Result<std::shared_ptr<NetfilterSocket>> open();
  explicit NetfilterSocket(UniqueFd fd) : fd_(std::move(fd)) {}

  // Sends one batch, NFNL_MSG_BATCH_BEGIN to NFNL_MSG_BATCH_END, and gives all that the kernel answered. It
  // does the whole transaction within sendto, so nothing is waited for; what is answered lies in the socket
  // by then, for which it must have room: `replyBytes`, of the kernel's own accounting. ENOBUFS when it had
  // not: the transaction may have been made.
  Result<Bytes> batch(const Bytes& messages, uint32_t replyBytes);

  // Sends one request with NLM_F_DUMP and gives the messages up to NLMSG_DONE or NLMSG_ERROR, those included.
  Result<Bytes> dump(const Bytes& request);

  // Calls after it are EBADF. Idempotent.
  void close();

private:
  Result<Bytes> sendBatch(const Bytes& messages, uint32_t replyBytes);
  Result<Bytes> sendDump(const Bytes& request);
  Result<Bytes> closedIfFailed(Result<Bytes> replies);

  std::mutex mutex_;
  UniqueFd fd_;
  // What was asked for so far, in bytes.
  size_t sendRoom_ = 0;
  size_t receiveRoom_ = 0;
};

} // namespace banger::netlink

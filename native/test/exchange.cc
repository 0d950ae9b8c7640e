// Requests and their replies, with a kernel of our own making: torn and lost dumps, interrupted calls,
// replies in several datagrams, hostile ones.
#include "check.h"
#include "replies.h"

#include "netlink/exchange.h"

#include <cerrno>
#include <deque>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

namespace banger::test {

using namespace netlink;

namespace {

// What recv(2) gives: a datagram, or an errno.
struct Step {
  Bytes datagram;
  int err = 0;
  ssize_t claimedSize = -1; // of a datagram that is larger than any buffer
};

struct Script {
  std::deque<std::deque<Step>> channels; // one for each try
  int opened = 0;
  int begun = 0;
  int seen = 0;

  class Player final : public Channel {
  public:
    explicit Player(std::deque<Step> steps) : steps_(std::move(steps)) {}
    ssize_t send(ByteSpan message) override { return static_cast<ssize_t>(message.size()); }
    ssize_t receive(uint8_t* buffer, size_t size) override {
      Step step = steps_.empty() ? Step{{}, EIO} : steps_.front();
      if (!steps_.empty())
        steps_.pop_front();
      errno = step.err;
      if (step.err != 0)
        return -1;
      std::memcpy(buffer, step.datagram.data(), std::min(size, step.datagram.size()));
      return step.claimedSize >= 0 ? step.claimedSize : static_cast<ssize_t>(step.datagram.size());
    }

  private:
    std::deque<Step> steps_;
  };

  Status run(bool reads) {
    const Bytes message = Builder(RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, 1).finish();
    const Subject subject{"netlink(TEST)", "object"};
    auto open = [this]() -> Result<std::unique_ptr<Channel>> {
      ++opened;
      std::deque<Step> steps = channels.empty() ? std::deque<Step>{} : channels.front();
      if (channels.size() > 1) // the last one is for all further tries
        channels.pop_front();
      return std::unique_ptr<Channel>(new Player(steps));
    };
    return exchange(
        open, {message, subject, reads}, [this] { ++begun, seen = 0; }, [this](const Message&) { ++seen; });
  }
};

Bytes reply(uint16_t type, uint16_t flags, uint32_t sequence, int32_t payload) {
  return Builder(type, flags, sequence).fixed(payload).finish();
}

Bytes join(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const Bytes& part : parts)
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

const Bytes kItem = reply(RTM_NEWLINK, NLM_F_MULTI, 1, 0);
const Bytes kTorn = reply(RTM_NEWLINK, NLM_F_MULTI | NLM_F_DUMP_INTR, 1, 0);
const Bytes kForeign = reply(RTM_NEWLINK, NLM_F_MULTI, 9, 0);
const Bytes kDone = reply(NLMSG_DONE, NLM_F_MULTI, 1, 0);

int errorOf(Script& script, bool reads = true) {
  auto done = script.run(reads);
  return done.ok() ? 0 : done.error().err;
}

void dumps(Checks& check) {
  Script two{{{{join({kItem, kForeign, kItem})}, {{}, EINTR}, {join({kItem, kDone})}}}};
  check.that(errorOf(two) == 0 && two.seen == 3 && two.opened == 1,
             "a dump of two datagrams, and no other's");
  Script torn{{{{join({kItem, kTorn, kDone})}}, {{join({kItem, kDone})}}}};
  check.that(errorOf(torn) == 0 && torn.seen == 1 && torn.begun == 2,
             "a torn dump is made again from nothing");
  Script always{{{{join({kTorn, kDone})}}}};
  check.that(errorOf(always) == EINTR && always.opened == 8, "always torn: EINTR, not for ever");
  Script lost{{{{kItem}, {{}, ENOBUFS}}, {{join({kItem, kDone})}}}};
  check.that(errorOf(lost) == 0 && lost.seen == 1 && lost.opened == 2, "a lost dump is made again");
  Script never{{{{{}, ENOBUFS}}}};
  check.that(errorOf(never) == ENOBUFS && never.opened == 8, "always lost: ENOBUFS");
  Script change{{{{{}, ENOBUFS}}}};
  check.that(errorOf(change, false) == ENOBUFS && change.opened == 1, "a change is never made twice");
}

void hostileReplies(Checks& check) {
  Script refused{{{{Checks::unhex(kErrorReply)}}}};
  auto done = refused.run(false);
  check.that(!done && done.error().err == EEXIST && done.error().detail == "busy", "the kernel's own words");
  Bytes shortened = kItem;
  shortened[0] = 8; // shorter than its header
  Bytes cut(kItem.begin(), kItem.begin() + 18);
  Bytes beyond = kItem;
  beyond[1] = 1;
  for (const Bytes& bad : {shortened, cut, beyond, Bytes{}, Bytes{1, 2, 3}}) {
    Script script{{{{bad}}}};
    check.that(errorOf(script) == EBADMSG, "a malformed datagram is EBADMSG, and nobody waits for more");
  }
  Script large{{{{kItem, 0, 1 << 20}}}};
  check.that(errorOf(large) == EMSGSIZE, "a datagram that was cut off is EMSGSIZE");
}

} // namespace

void exchanges(Checks& check) {
  dumps(check);
  hostileReplies(check);
}

} // namespace banger::test

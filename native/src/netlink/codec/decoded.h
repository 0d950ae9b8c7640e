#pragma once

#include "netlink/codec/message.h"
#include "sys/result.h"

#include <optional>

namespace banger::netlink {

// What a decoder makes of a message: a value, nothing (the message is of another kind), or EBADMSG.
template <class T> using Decoded = Result<std::optional<T>>;

template <class T> Decoded<T> nothing() {
  return std::optional<T>();
}

// `what` is the message: "RTM_NEWLINK".
inline SysError malformed(const char* what) {
  return SysError{EBADMSG, "netlink", what, "the message is malformed"};
}

} // namespace banger::netlink

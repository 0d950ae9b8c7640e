// Result<T>: a value, or the error of one system call. Nothing in sys/ and below throws or knows of Node.
#pragma once

#include <cerrno>
#include <string>
#include <utility>
#include <variant>

namespace banger {

struct SysError {
  int err = 0;         // positive errno
  std::string syscall; // "ioctl(LOOP_CONFIGURE)"
  std::string object;  // the path or kernel object that it was about
  std::string detail;  // the kernel's own words (netlink's extended ack), or ours
};

struct Unit {};

template <class T> class [[nodiscard]] Result {
public:
  Result(T value) : state_(std::move(value)) {}
  Result(SysError error) : state_(std::move(error)) {}

  bool ok() const { return std::holds_alternative<T>(state_); }
  explicit operator bool() const { return ok(); }
  T& value() { return std::get<T>(state_); }
  SysError& error() { return std::get<SysError>(state_); }

private:
  std::variant<T, SysError> state_;
};

using Status = Result<Unit>;

// Takes errno at once: call it first, before anything that could change errno.
inline SysError lastError(const char* syscall, std::string object = {}) {
  int err = errno;
  return SysError{err, syscall, std::move(object), {}};
}

} // namespace banger

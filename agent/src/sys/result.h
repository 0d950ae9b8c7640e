#pragma once

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>
#include <variant>

namespace banger {

/** Why something failed: the errno (0 where the kernel was not asked) and what was being done. */
struct Error {
  int code = 0;
  std::string doing;

  std::string text() const { return code == 0 ? doing : doing + ": " + std::strerror(code); }
};

/** The error of a system call that has just failed. Call it before anything else can change errno. */
inline Error os_error(std::string doing) {
  const int code = errno;
  return {code, std::move(doing)};
}

template <class T> class [[nodiscard]] Result {
public:
  Result(T value) : state_(std::move(value)) {}
  Result(Error error) : state_(std::move(error)) {}

  explicit operator bool() const { return state_.index() == 0; }
  T& operator*() { return std::get<0>(state_); }
  const T& operator*() const { return std::get<0>(state_); }
  T* operator->() { return &std::get<0>(state_); }
  const Error& error() const { return std::get<1>(state_); }

private:
  std::variant<T, Error> state_;
};

struct Done {};
using Status = Result<Done>;

} // namespace banger

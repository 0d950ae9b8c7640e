#pragma once

#include <cerrno>
#include <unistd.h>
#include <utility>

namespace banger {

// The one owner of a descriptor. close() keeps errno, so that an error on the way out is still the first one.
class UniqueFd {
public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  UniqueFd(const UniqueFd&) = delete;
  UniqueFd& operator=(const UniqueFd&) = delete;
  ~UniqueFd() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }
  void reset() {
    if (fd_ < 0)
      return;
    int saved = errno;
    ::close(std::exchange(fd_, -1));
    errno = saved;
  }

private:
  int fd_ = -1;
};

} // namespace banger

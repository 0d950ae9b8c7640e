#pragma once

#include "sys/file.h"

#include <fcntl.h>
#include <string>
#include <unistd.h>

namespace banger {

// A file that vanishes again unless it is kept.
class NewFile {
public:
  static Result<NewFile> create(const std::string& path) {
    auto fd = openFile(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
    if (!fd)
      return fd.error();
    return NewFile(path, std::move(fd.value()));
  }
  // One that was just given this name; it vanishes also where it cannot be opened.
  static Result<NewFile> renamed(const std::string& path) {
    NewFile file(path, UniqueFd());
    auto fd = openAtOnce(path, O_RDWR | O_NOFOLLOW);
    if (!fd)
      return fd.error();
    file.fd_ = std::move(fd.value());
    return file;
  }
  NewFile(NewFile&& other) noexcept : path_(std::exchange(other.path_, {})), fd_(std::move(other.fd_)) {}
  NewFile& operator=(NewFile&&) = delete;
  ~NewFile() {
    int saved = errno;
    if (!path_.empty())
      ::unlink(path_.c_str());
    errno = saved;
  }
  int fd() const { return fd_.get(); }
  void keep() { path_.clear(); }

private:
  NewFile(std::string path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  std::string path_;
  UniqueFd fd_;
};

} // namespace banger

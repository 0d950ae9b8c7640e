#pragma once

#include "sys/result.h"
#include "sys/unique_fd.h"

#include <fcntl.h>

namespace banger {

struct Pipe {
  UniqueFd reader;
  UniqueFd writer;
};

inline Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) < 0)
    return os_error("pipe2");
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

} // namespace banger

#include "netns/device_socket.h"

#include "netns/netns.h"

#include <sys/socket.h>

namespace banger {

Result<UniqueFd> openDeviceSocket(const std::string& object) {
  return openInScope([&]() -> Result<UniqueFd> {
    UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!fd)
      return lastError("socket(AF_UNIX)", object);
    return fd;
  });
}

} // namespace banger

// TAP devices: https://docs.kernel.org/networking/tuntap.html, linux/if_tun.h
#pragma once

#include "sys/result.h"
#include "sys/unique_fd.h"

#include <array>
#include <optional>
#include <string>
#include <sys/types.h>

namespace banger {

// What is not there stays as it is.
struct TapSettings {
  std::optional<uid_t> owner;
  std::optional<gid_t> group;
  std::optional<std::array<unsigned char, 6>> mac;
  std::optional<unsigned> offloads;   // TUN_F_*
  std::optional<int> vnetHeaderBytes; // 10 (virtio_net_hdr) or 12 (virtio_net_hdr_mrg_rxbuf) and more
};

// What only a queue can tell; the rest is in the link's IFLA_INFO_DATA.
struct TapState {
  int vnetHeaderBytes = 0;
  bool checksumOffload = false;
  bool segmentationOffload = false;
};

// A new persistent TAP. A name that is taken is EBUSY of ioctl(TUNSETIFF); an offload that the kernel does
// not know is EINVAL of ioctl(TUNSETOFFLOAD).
Status createTap(const std::string& name, const TapSettings& settings);

// A queue of an existing persistent TAP; ENODEV where there is none, EBUSY while somebody holds its queue,
// EPERM where it is another's.
Result<UniqueFd> attachTap(const std::string& name);

Status configureTap(const std::string& name, const TapSettings& settings);
// Off: the device goes with its last queue, which is this call's own.
Status setTapPersistent(const std::string& name, bool persistent);
Result<TapState> inspectTap(const std::string& name);

} // namespace banger

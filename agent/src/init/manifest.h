#pragma once

#include "sys/result.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace banger {

struct NetworkConfig {
  std::string mac;
  std::string address;
  std::string gateway;
};

/** `banger/config.json` of the config disk: docs/guest-protocol.md. */
struct Manifest {
  std::string hostname;
  std::string boot_token;
  std::optional<NetworkConfig> network;
  bool root_grow = true;
  /** The root disk is the image itself, read-only; changes are on the upper disk. */
  bool root_overlay = false;
  std::string root_init = "/sbin/init";
  std::string work_mount = "/root";
  bool work_grow = true;
  std::string clock_nanoseconds;
  std::vector<std::string> managed;
  int shutdown_grace_seconds = 10;
};

Result<Manifest> parse_manifest(std::string_view text);

} // namespace banger

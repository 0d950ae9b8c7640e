#pragma once

namespace banger {

/** Set by the build (CMake -D). */
struct BuildInfo {
  const char* version;
  const char* commit;
  const char* time;
};

extern const BuildInfo build_info;

/** Which version of docs/guest-protocol.md this is. */
constexpr int protocol_version = 1;

} // namespace banger

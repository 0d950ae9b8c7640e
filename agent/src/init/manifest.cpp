#include "init/manifest.h"

#include "agent/build_info.h"
#include "agent/json.h"

namespace banger {

namespace {

Error bad(const std::string& member) {
  return {0, "config.json: " + member + " is missing or of the wrong type"};
}

/** What the kernel can be given as it is. */
bool is_c_string(const Json& value) {
  return value.is_string() && value.get_ref<const std::string&>().find('\0') == std::string::npos;
}

/** Fills `target` from a string member without NUL, and leaves it as it is where there is none. */
bool read_string(const Json& object, const char* name, std::string& target) {
  const auto found = object.find(name);
  if (found == object.end() || !is_c_string(*found))
    return false;
  target = found->get<std::string>();
  return true;
}

const Json& member(const Json& object, const char* name) {
  static const Json none;
  const auto found = object.find(name);
  return found == object.end() ? none : *found;
}

bool flag(const Json& object, const char* name, bool fallback) {
  const Json& value = member(object, name);
  return value.is_boolean() ? value.get<bool>() : fallback;
}

} // namespace

Result<Manifest> parse_manifest(std::string_view text) {
  const Json json = parse_json(text);
  if (!json.is_object())
    return Error{0, "config.json is not a JSON object"};
  if (member(json, "protocol") != protocol_version)
    return Error{0, "config.json is of another protocol version"};
  Manifest manifest;
  if (!read_string(json, "hostname", manifest.hostname))
    return bad("hostname");
  if (!read_string(json, "bootToken", manifest.boot_token))
    return bad("bootToken");
  if (const Json& network = member(json, "network"); network.is_object()) {
    NetworkConfig config;
    if (!read_string(network, "mac", config.mac))
      return bad("network.mac");
    if (!read_string(network, "address", config.address))
      return bad("network.address");
    if (!read_string(network, "gateway", config.gateway))
      return bad("network.gateway");
    manifest.network = std::move(config);
  }
  if (const Json& root = member(json, "root"); root.is_object()) {
    manifest.root_grow = flag(root, "grow", true);
    manifest.root_overlay = flag(root, "overlay", false);
    read_string(root, "init", manifest.root_init);
  }
  if (const Json& work = member(json, "work"); work.is_object()) {
    manifest.work_grow = flag(work, "grow", true);
    read_string(work, "mount", manifest.work_mount);
  }
  if (const Json& clock = member(json, "clock"); clock.is_object()) {
    read_string(clock, "unixNanoseconds", manifest.clock_nanoseconds);
  }
  if (const Json& managed = member(json, "managed"); managed.is_array()) {
    for (const Json& path : managed) {
      if (is_c_string(path))
        manifest.managed.push_back(path.get<std::string>());
    }
  }
  const Json& grace = member(json, "shutdownGraceSeconds");
  if (grace.is_number_unsigned() && grace.get<uint64_t>() <= 3600)
    manifest.shutdown_grace_seconds = grace.get<int>();
  return manifest;
}

} // namespace banger

#include "check.h"
#include "exec/spec.h"
#include "init/manifest.h"

namespace {

/** Goes to the kernel as a C string, which a NUL inside would cut off silently. */
bool is_c_string(const std::string& text) {
  return text.find('\0') == std::string::npos;
}

void check_spec(const banger::ExecSpec& spec) {
  FUZZ_CHECK(spec.argv.empty() || !spec.argv.front().empty());
  for (const std::string& argument : spec.argv)
    FUZZ_CHECK(is_c_string(argument));
  for (const auto& [name, value] : spec.env)
    FUZZ_CHECK(!name.empty() && name.find('=') == std::string::npos && is_c_string(name + value));
  FUZZ_CHECK(is_c_string(spec.cwd.value_or("")) && is_c_string(spec.user.value_or("")));
  FUZZ_CHECK(!spec.tty || is_c_string(spec.tty->term));
}

void check_manifest(const banger::Manifest& manifest) {
  for (const std::string* text : {&manifest.hostname, &manifest.boot_token, &manifest.root_init,
                                  &manifest.work_mount, &manifest.clock_nanoseconds})
    FUZZ_CHECK(is_c_string(*text));
  for (const std::string& path : manifest.managed)
    FUZZ_CHECK(is_c_string(path));
  FUZZ_CHECK(manifest.shutdown_grace_seconds >= 0 && manifest.shutdown_grace_seconds <= 3600);
  if (manifest.network)
    FUZZ_CHECK(is_c_string(manifest.network->mac + manifest.network->address + manifest.network->gateway));
}

} // namespace

/** The same text as each of what comes as JSON: what is accepted is what the kernel can be given. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto spec = banger::parse_exec_spec(text))
    check_spec(*spec);
  if (const auto manifest = banger::parse_manifest(text))
    check_manifest(*manifest);
  if (const auto signal = banger::parse_signal(text))
    FUZZ_CHECK(*signal >= 1 && *signal <= 64);
  (void)banger::parse_window_size(text);
  const std::string failure = banger::failure_payload({"ERR", std::string(text)});
  FUZZ_CHECK(failure.front() == '{' && failure.back() == '}');
  return 0;
}

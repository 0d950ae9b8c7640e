#include "agent/command_line.h"

#include "agent/agent.h"
#include "agent/build_info.h"

#include <cstdio>
#include <string_view>

namespace banger {

namespace {

constexpr const char* usage =
    "usage: banger-agent [agent] --listen-unix PATH | --listen-port PATH --boot-token HEX\n"
    "       banger-agent --version\n"
    "  --listen-unix PATH  each connection to this Unix socket is an HTTP/2 session\n"
    "  --listen-port PATH  each connection behaves as the virtio-serial port: sessions begin with\n"
    "                      the reset token made of --boot-token (32 hex digits)\n";

int bad_usage() {
  std::fputs(usage, stderr);
  return 2;
}

} // namespace

int agent_command_line(int argc, char** argv) {
  AgentOptions options;
  int index = 1;
  if (index < argc && std::string_view(argv[index]) == "agent")
    ++index;
  if (index < argc && std::string_view(argv[index]) == "--version") {
    std::printf("banger-agent %s (%s, %s)\n", build_info.version, build_info.commit, build_info.time);
    return 0;
  }
  for (; index + 1 < argc; index += 2) {
    const std::string_view option = argv[index];
    if (option == "--listen-unix") {
      options.unix_path = argv[index + 1];
    } else if (option == "--listen-port") {
      options.unix_port_path = argv[index + 1];
    } else if (option == "--boot-token") {
      ResetToken token;
      if (!make_reset_token(argv[index + 1], token))
        return bad_usage();
      options.port_token = token;
    } else {
      return bad_usage();
    }
  }
  const bool port_needs_token = options.unix_port_path && !options.port_token;
  if (index != argc || port_needs_token || (!options.unix_path && !options.unix_port_path))
    return bad_usage();
  return run_agent(std::move(options));
}

} // namespace banger

#pragma once

namespace banger {

/** `banger-agent agent --listen-unix PATH` and its like: the agent on a host, for tests. */
int agent_command_line(int argc, char** argv);

} // namespace banger

#pragma once

namespace banger {

/** What argv[0] is for `files_command_line`. */
constexpr const char* files_program = "banger-files";

/**
 * `banger-files pack|unpack …` (docs/guest-protocol.md, "Files"): the agent's own program as a command of its
 * own, by START's `self`. Returns the exit status; a failure is a last line of JSON on stderr.
 */
int files_command_line(int argc, char** argv);

} // namespace banger

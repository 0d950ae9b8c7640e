#pragma once

#include "sys/unique_fd.h"

#include <string>
#include <sys/types.h>

namespace banger {

/** O_PATH. Beneath `root`, and no symbolic link on the way: else errno is ELOOP (ENOTDIR where it is the last
 * name). */
UniqueFd open_real_directory(int root, const char* path);

/** Like open_real_directory, made with all its parents where it is missing. */
UniqueFd make_real_directory(int root, const std::string& path, mode_t mode);

} // namespace banger

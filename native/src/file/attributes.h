// Owner, mode and size of a new file, or of the thing at a path itself: a symlink there is never followed.
#pragma once

#include "sys/result.h"

#include <cstdint>
#include <string>
#include <sys/types.h>

namespace banger {

// EEXIST for whatever is there. A failure leaves no file.
Status fileCreate(const std::string& path, mode_t mode, uint64_t sizeBytes);
Status fileChmod(const std::string& path, mode_t mode);           // ELOOP for a symlink
Status fileChown(const std::string& path, uid_t uid, gid_t gid);  // of a symlink: its own
Status fileTruncate(const std::string& path, uint64_t sizeBytes); // ELOOP for a symlink; grows by a hole

} // namespace banger

#pragma once

#include "sys/result.h"

#include <span>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace banger {

/** A whole small file (at most `limit` bytes; more is cut off). Made for /proc and /sys, whose sizes are not
 * known beforehand. */
Result<std::string> read_file(const char* path, size_t limit = 1 << 20);
Result<std::string> read_file_at(int directory, const char* path, size_t limit = 1 << 20);

/** What is left to read of a descriptor. */
Result<std::string> read_fd(int fd, size_t limit = 1 << 20);

/** The whole of `bytes`, to a blocking descriptor. */
Status write_all(int fd, std::string_view bytes);

/** Writes to a file that exists already (a sysctl, an attribute). */
Status write_file(const char* path, std::string_view bytes);

/** What is as it should be is left alone: each change of an inode is one more entry in the journal. Of `mode`
 * the permission bits count. */
Status set_owner_and_mode(int fd, uid_t uid, gid_t gid, mode_t mode);

/** `text` without trailing white space. */
std::string_view trim_end(std::string_view text);

} // namespace banger

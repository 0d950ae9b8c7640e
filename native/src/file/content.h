// What small files hold.
#pragma once

#include "sys/result.h"

#include <string>
#include <sys/types.h>

namespace banger {

// A regular file with this content and mode under `path`, in place of what file was there: readers see the
// old or the new, never half of one. It is written as `beside` first, in place of what a crash has left
// there. A failure leaves the old one, and nothing beside it.
Status fileReplace(const std::string& path, const std::string& beside, const std::string& content,
                   mode_t mode);

// By one write(2) into a file that is there: a control file of a cgroup takes its value whole.
Status fileWrite(const std::string& path, const std::string& value);

} // namespace banger

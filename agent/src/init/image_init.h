#pragma once

#include <string>

namespace banger {

/** The image's init: `wanted` where it can be executed, else the usual places; empty where there is none.
 * Paths inside the root. */
std::string find_image_init(int root, const std::string& wanted);

/** Whether an init (a path inside the root) is systemd. */
bool is_systemd(int root, const std::string& init);

/** Becomes the image's init. Returns only when that failed. */
void exec_image_init(const std::string& init, bool notify);

} // namespace banger

#pragma once

#include <string>

namespace banger {

/** Makes /newroot the root of this process and of all that it starts. */
void switch_root();

/** The image's init: `wanted` where it can be executed, else the usual places; empty where there is none.
 * Paths inside the new root. */
std::string find_image_init(int root, const std::string& wanted);

/** Whether an init (a path inside the new root) is systemd. */
bool is_systemd(int root, const std::string& init);

/** Becomes the image's init. Returns only when that failed. */
void exec_image_init(const std::string& init, bool notify);

} // namespace banger

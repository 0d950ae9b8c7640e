#pragma once

#include <string>

namespace banger {

/** What is left out of a copy: a line of JSON each on stderr, `{"note":"…"}`, no more than a few. */
class Notes {
public:
  void left_out(const std::string& path, const char* why);

private:
  int said_ = 0;
};

} // namespace banger

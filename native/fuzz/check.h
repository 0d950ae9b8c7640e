#pragma once

#include <cstdlib>

// assert() that an optimised build keeps.
#define FUZZ_CHECK(condition)                                                                                \
  do {                                                                                                       \
    if (!(condition))                                                                                        \
      std::abort();                                                                                          \
  } while (false)

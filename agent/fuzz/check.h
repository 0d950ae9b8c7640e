#pragma once

#include <cstdlib>

/** assert() that a release build keeps. */
#define FUZZ_CHECK(condition)                                                                                \
  do {                                                                                                       \
    if (!(condition))                                                                                        \
      std::abort();                                                                                          \
  } while (false)

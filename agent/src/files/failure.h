#pragma once

#include "sys/result.h"

#include <optional>
#include <string>

namespace banger {

/** Why a copy ended, with its stable code (docs/guest-protocol.md, "Files"). */
struct CopyFailure {
  std::string code;
  std::string message;
};

/** Nothing: all went well. */
using CopyOutcome = std::optional<CopyFailure>;

/** A system call's failure: ERR_FILES_NOT_FOUND, ERR_FILES_NO_SPACE, else ERR_FILES_FAILED. */
inline CopyFailure copy_failure(const Error& error) {
  const char* code = error.code == ENOENT                           ? "ERR_FILES_NOT_FOUND"
                     : error.code == ENOSPC || error.code == EDQUOT ? "ERR_FILES_NO_SPACE"
                                                                    : "ERR_FILES_FAILED";
  return {code, error.text()};
}

} // namespace banger

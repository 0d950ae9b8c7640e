#pragma once

#include "sys/result.h"

#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace banger {

/** Who a command runs as. */
struct User {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;
  std::string name;
  std::string home;
  std::string shell;
};

/** The text of /etc/passwd and /etc/group. There is no NSS in a static binary, and an image need not have
 * one. */
struct Accounts {
  std::string passwd;
  std::string group;

  static Accounts of_this_system();
};

/**
 * `name`, `uid`, `name:group`, `uid:gid` as Docker's --user: a uid need not have an entry, a name must.
 * Supplementary groups are those of /etc/group that list the name, but none where a group was asked for.
 */
Result<User> find_user(const Accounts& accounts, std::string_view spec);

} // namespace banger

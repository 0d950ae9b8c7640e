// What a link's index means in a listing of addresses, routes or neighbours.
#pragma once

#include "sys/result.h"
#include "sys/unique_fd.h"

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

namespace banger::netlink {

// Asks for each index once, by SIOCGIFNAME: that takes no lock and no listing of all links, of which a host
// may have thousands. https://man7.org/linux/man-pages/man7/netdevice.7.html
class LinkNames {
public:
  // In the namespace of the innermost NetnsScope.
  static Result<LinkNames> open();
  // Empty: there is none, or no more.
  Result<std::string> of(uint32_t index);

private:
  explicit LinkNames(UniqueFd fd) : fd_(std::move(fd)) {}

  UniqueFd fd_;
  std::unordered_map<uint32_t, std::string> known_;
};

// A listing whose items have a `linkIndex`: sets their `linkName`.
template <class T> Result<std::vector<T>> named(Result<std::vector<T>> listing) {
  if (!listing || listing.value().empty())
    return listing;
  auto names = LinkNames::open();
  if (!names)
    return names.error();
  for (T& item : listing.value()) {
    auto name = names.value().of(item.linkIndex);
    if (!name)
      return name.error();
    item.linkName = std::move(name.value());
  }
  return listing;
}

} // namespace banger::netlink

// Named network namespaces as ip-netns(8) keeps them: a file of /run/netns on which a namespace of nsfs is
// bound. https://man7.org/linux/man-pages/man7/network_namespaces.7.html
#pragma once

#include "sys/result.h"
#include "sys/unique_fd.h"

#include <functional>
#include <string>

namespace banger {

// Makes the directory a shared mount, so that a namespace deleted here goes from other mount namespaces too.
Status netnsShareDirectory(const std::string& directory);
// Makes a new namespace and binds it on `path`, an empty file.
Status netnsBind(const std::string& path);
Status netnsUnbind(const std::string& path); // EINVAL: none is bound there

// EINVAL where `path` is no namespace.
Result<UniqueFd> openNetns(const std::string& path);

using OpenFunction = std::function<Result<UniqueFd>()>;

// What a thread opens is of the namespace that the thread is in, and stays so: sockets, /dev/net/tun,
// /proc/sys/net. Calls `open` in the namespace of the innermost NetnsScope; for that a thread is made, which
// moves, opens, and ends. No thread of a pool ever moves. Without a scope it just calls `open`.
Result<UniqueFd> openInScope(const OpenFunction& open);

// While it lives, openInScope() on this thread means the namespace bound on `path`; empty: the process's own.
class NetnsScope {
public:
  explicit NetnsScope(const std::string& path);
  ~NetnsScope();
  NetnsScope(const NetnsScope&) = delete;
  NetnsScope& operator=(const NetnsScope&) = delete;

private:
  const std::string* outer_;
};

// Whether a NetnsScope of this thread means a namespace other than the process's own.
bool inNetnsScope();

} // namespace banger

#pragma once

#include "agent/context.h"
#include "agent/router.h"

namespace banger {

/** `POST /shutdown` and `POST /sync`. */
class Shutdown {
public:
  explicit Shutdown(AgentContext& context) : context_(context) {}

  void post_shutdown(const Json& body, const Reply& reply);
  void post_sync(const Json& body, const Reply& reply);

private:
  void ask_init();
  void ask_again();

  AgentContext& context_;
  bool asked_ = false;
};

} // namespace banger

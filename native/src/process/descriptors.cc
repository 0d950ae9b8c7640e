// Descriptors of the child: moved out of the way, put in their places, everything else closed.
#include "process/child_plan.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace banger {
namespace {

bool closeRange(ChildPlan& plan, unsigned first, unsigned last) {
  if (first > last)
    return true;
  if (::syscall(SYS_close_range, first, last, 0) < 0)
    return fail(plan, "close_range"); // Linux 5.9
  return true;
}

} // namespace

bool placeDescriptors(ChildPlan& plan) {
  // A source may have the number of another one's target: first all go above every target.
  int above = plan.fds.empty() ? 0 : plan.fds.back().target + 1;
  for (ChildFd& fd : plan.fds) {
    fd.moved = static_cast<int>(::syscall(SYS_fcntl, fd.source, F_DUPFD_CLOEXEC, above));
    if (fd.moved < 0)
      return fail(plan, "fcntl(F_DUPFD_CLOEXEC)");
  }
  unsigned next = 0; // the first number that is not decided yet
  for (const ChildFd& fd : plan.fds) {
    unsigned target = static_cast<unsigned>(fd.target);
    if (target > next && !closeRange(plan, next, target - 1))
      return false;
    if (::syscall(SYS_dup3, fd.moved, fd.target, 0) < 0)
      return fail(plan, "dup3");
    next = target + 1;
  }
  return closeRange(plan, next, ~0U);
}

} // namespace banger

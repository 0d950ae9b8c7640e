// What the child works from. All memory is allocated before clone3: no allocation, no lock, no libc state
// after it.
#pragma once

#include "process/spawn.h"

#include <csignal>
#include <string>
#include <vector>

namespace banger {

struct JailEntry {
  const MountSpec* spec = nullptr;
  std::vector<std::string> parents; // directories above the target, outermost first
  std::string options;              // of a tmpfs
  dev_t device = 0;                 // of a device node
  mode_t deviceType = 0;
  int tree = -1; // filled by the child: the detached copy of `source`
};

struct ChildFd {
  int source = -1; // opened by the parent, O_CLOEXEC
  int target = -1;
  int moved = -1; // filled by the child: above all targets
};

// The step that failed; without one, `err` is 0. Written by the child, read after it has gone or exec'ed.
struct ChildReport {
  volatile int err = 0;
  const char* volatile step = nullptr;
  const char* volatile object = nullptr;
};

struct ChildPlan {
  const SpawnSpec* spec = nullptr;
  std::vector<char*> argv;
  std::vector<char*> envp;
  std::vector<ChildFd> fds; // sorted by target
  std::vector<JailEntry> jail;
  std::string rootOptions;
  int netns = -1; // opened by the parent, O_CLOEXEC
  ChildReport report;
};

// Each returns false with the report filled in.
bool enterJail(ChildPlan& plan);
bool placeDescriptors(ChildPlan& plan);

// Entry of the child; does not return.
[[noreturn]] void runChild(void* plan);

// Records a failed step; always false, so that steps read `return fail(...)`.
bool fail(ChildPlan& plan, const char* step, const char* object = nullptr);

} // namespace banger

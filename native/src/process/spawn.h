// clone3 + execve, with everything that can be prepared prepared before: the child shares our memory until
// execve, so it makes raw system calls and touches nothing but its plan.
#pragma once

#include "sys/result.h"
#include "sys/unique_fd.h"

#include <cstdint>
#include <optional>
#include <string>
#include <sys/resource.h>
#include <vector>

namespace banger {

struct FdSpec {
  enum class Kind { Null, File, Log, Fifo, Tap, Inherit };
  int target = 0;
  Kind kind = Kind::Null;
  std::string path; // or the TAP's name
  bool writable = false;
  int source = -1; // of Inherit: the caller's own descriptor
};

struct Rlimit {
  int resource = 0; // RLIMIT_*
  uint64_t soft = 0;
  uint64_t hard = 0;
};

struct MountSpec {
  enum class Kind { Bind, Symlink, Directory, Device, Tmpfs, Proc };
  Kind kind = Kind::Bind;
  std::string source;
  std::string target; // absolute, inside the jail
  bool readOnly = true;
  bool optional = false;
  uint32_t mode = 0755;
  uint64_t sizeBytes = 0;
};

struct SpawnSpec {
  std::string program;
  std::vector<std::string> argv;
  std::vector<std::string> env; // "NAME=value"
  std::string cwd;
  uid_t uid = 0;
  gid_t gid = 0;
  mode_t umask = 077;
  std::vector<gid_t> groups;
  bool newSession = true;
  bool noNewPrivileges = true;
  uint64_t capabilities = 0; // bit N: capability N of linux/capability.h is kept
  std::vector<FdSpec> fds;
  std::vector<Rlimit> rlimits;
  bool ownMounts = false; // a private copy of the caller's mounts; a jail has its own anyway
  bool jailed = false;
  std::vector<MountSpec> jail;
  std::optional<std::string> chroot;
  std::optional<std::string> cgroup;
  std::string netns; // path of a namespace; empty: the caller's
};

struct SpawnedProcess {
  pid_t pid = 0;
  uint64_t startTimeTicks = 0;
  UniqueFd pidfd;
};

// Blocks until execve succeeded or a step failed; then nothing is left and the error's `syscall` names the
// step. Also when the process cannot be looked up afterwards. A child that is killed before execve is no
// error here: the kill shows as its end.
Result<SpawnedProcess> spawnProcess(const SpawnSpec& spec);

} // namespace banger

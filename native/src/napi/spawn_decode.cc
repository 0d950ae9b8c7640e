#include "napi/spawn_decode.h"

#include "napi/decode.h"

#include <cstdint>
#include <map>

namespace banger {
namespace {

template <class Kind>
Kind decodeKind(Napi::Value value, const char* name, const std::map<std::string, Kind>& kinds) {
  auto found = kinds.find(decodeString(value, name));
  if (found == kinds.end())
    throw Napi::TypeError::New(value.Env(), std::string(name) + " is unknown");
  return found->second;
}

std::vector<std::string> decodeStrings(Napi::Value value, const char* name) {
  std::vector<std::string> texts;
  decodeEach(value, name, [&](Napi::Value item) { texts.push_back(decodeString(item, name)); });
  return texts;
}

int decodeInt(Napi::Value value, const char* name) {
  uint32_t number = decodeUint32(value, name);
  if (number > INT32_MAX)
    throw Napi::RangeError::New(value.Env(), std::string(name) + " must be at most 2147483647");
  return static_cast<int>(number);
}

// https://man7.org/linux/man-pages/man2/getrlimit.2.html
Rlimit decodeRlimit(Napi::Value value) {
  auto object = decodeObject(value, "rlimit");
  auto resource = decodeKind<int>(object.Get("name"), "rlimit.name",
                                  {{"as", RLIMIT_AS},
                                   {"core", RLIMIT_CORE},
                                   {"cpu", RLIMIT_CPU},
                                   {"data", RLIMIT_DATA},
                                   {"fsize", RLIMIT_FSIZE},
                                   {"locks", RLIMIT_LOCKS},
                                   {"memlock", RLIMIT_MEMLOCK},
                                   {"msgqueue", RLIMIT_MSGQUEUE},
                                   {"nice", RLIMIT_NICE},
                                   {"nofile", RLIMIT_NOFILE},
                                   {"nproc", RLIMIT_NPROC},
                                   {"rss", RLIMIT_RSS},
                                   {"rtprio", RLIMIT_RTPRIO},
                                   {"rttime", RLIMIT_RTTIME},
                                   {"sigpending", RLIMIT_SIGPENDING},
                                   {"stack", RLIMIT_STACK}});
  return {resource, decodeUint64(object.Get("soft"), "rlimit.soft"),
          decodeUint64(object.Get("hard"), "rlimit.hard")};
}

FdSpec decodeFd(Napi::Value value) {
  using Kind = FdSpec::Kind;
  auto object = decodeObject(value, "fd");
  FdSpec fd;
  uint32_t target = decodeUint32(object.Get("target"), "fd.target");
  if (target > 1023)
    throw Napi::RangeError::New(value.Env(), "fd.target must be at most 1023");
  fd.target = static_cast<int>(target);
  fd.kind = decodeKind<Kind>(object.Get("kind"), "fd.kind",
                             {{"null", Kind::Null},
                              {"file", Kind::File},
                              {"log", Kind::Log},
                              {"fifo", Kind::Fifo},
                              {"tap", Kind::Tap},
                              {"inherit", Kind::Inherit}});
  fd.path = decodeString(object.Get("path"), "fd.path");
  fd.writable = decodeBoolean(object.Get("writable"), "fd.writable");
  if (fd.kind == Kind::Inherit)
    fd.source = decodeInt(object.Get("source"), "fd.source");
  return fd;
}

MountSpec decodeMount(Napi::Value value) {
  using Kind = MountSpec::Kind;
  auto object = decodeObject(value, "mount");
  MountSpec mount;
  mount.kind = decodeKind<Kind>(object.Get("kind"), "mount.kind",
                                {{"bind", Kind::Bind},
                                 {"symlink", Kind::Symlink},
                                 {"directory", Kind::Directory},
                                 {"device", Kind::Device},
                                 {"tmpfs", Kind::Tmpfs},
                                 {"proc", Kind::Proc}});
  mount.source = decodeString(object.Get("source"), "mount.source");
  mount.target = decodeString(object.Get("target"), "mount.target");
  mount.readOnly = decodeBoolean(object.Get("readOnly"), "mount.readOnly");
  mount.optional = decodeBoolean(object.Get("optional"), "mount.optional");
  mount.mode = decodeUint32(object.Get("mode"), "mount.mode");
  mount.sizeBytes = decodeUint64(object.Get("sizeBytes"), "mount.sizeBytes");
  return mount;
}

} // namespace

SpawnSpec decodeSpawn(Napi::Value value) {
  auto object = decodeObject(value, "spec");
  SpawnSpec spec;
  spec.program = decodeString(object.Get("program"), "program");
  spec.argv = decodeStrings(object.Get("argv"), "argv");
  spec.env = decodeStrings(object.Get("env"), "env");
  spec.cwd = decodeString(object.Get("cwd"), "cwd");
  spec.uid = decodeId(object.Get("uid"), "uid");
  spec.gid = decodeId(object.Get("gid"), "gid");
  spec.umask = decodeUint32(object.Get("umask"), "umask");
  decodeEach(object.Get("fds"), "fds", [&](Napi::Value item) { spec.fds.push_back(decodeFd(item)); });
  decodeEach(object.Get("rlimits"), "rlimits",
             [&](Napi::Value item) { spec.rlimits.push_back(decodeRlimit(item)); });
  decodeEach(object.Get("groups"), "groups",
             [&](Napi::Value item) { spec.groups.push_back(decodeId(item, "group")); });
  spec.newSession = decodeBoolean(object.Get("session"), "session");
  spec.noNewPrivileges = decodeBoolean(object.Get("noNewPrivileges"), "noNewPrivileges");
  spec.capabilities = decodeUint64(object.Get("capabilities"), "capabilities");
  spec.ownMounts = decodeBoolean(object.Get("ownMounts"), "ownMounts");
  spec.jailed = !object.Get("jail").IsNull();
  if (spec.jailed)
    decodeEach(object.Get("jail"), "jail", [&](Napi::Value item) { spec.jail.push_back(decodeMount(item)); });
  if (!object.Get("chroot").IsNull())
    spec.chroot = decodeString(object.Get("chroot"), "chroot");
  spec.netns = decodeString(object.Get("netns"), "netns");
  if (!object.Get("cgroup").IsNull())
    spec.cgroup = decodeString(object.Get("cgroup"), "cgroup");
  return spec;
}

} // namespace banger

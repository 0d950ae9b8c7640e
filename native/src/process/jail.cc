// The child's filesystem: a tmpfs in a mount namespace of its own (CLONE_NEWNS), with only the given things
// in it. Detached trees (open_tree, fsmount: Linux 5.2; mount_setattr: 5.12) need no mountpoint on the host,
// and go with the child when a step fails.
#include "process/child_plan.h"

#include <cerrno>
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace banger {
namespace {

using Kind = MountSpec::Kind;

// MNT_DETACH of sys/mount.h, which contradicts linux/mount.h in glibc 2.36.
constexpr int kDetach = 2;

bool openSources(ChildPlan& plan) {
  for (JailEntry& entry : plan.jail) {
    if (entry.spec->kind != Kind::Bind)
      continue;
    const char* source = entry.spec->source.c_str();
    entry.tree = static_cast<int>(
        ::syscall(SYS_open_tree, AT_FDCWD, source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE));
    if (entry.tree < 0 && !(entry.spec->optional && errno == ENOENT))
      return fail(plan, "open_tree", source);
  }
  return true;
}

bool enterEmptyRoot(ChildPlan& plan) {
  // Or the old root's removal below would travel to the host.
  if (::syscall(SYS_mount, nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) < 0)
    return fail(plan, "mount(MS_PRIVATE)", "/");
  // No MS_NODEV: the device nodes made here are the jail's own.
  if (::syscall(SYS_mount, "banger", "/", "tmpfs", MS_NOSUID, plan.rootOptions.c_str()) < 0)
    return fail(plan, "mount(tmpfs)", "/");
  // The new mount lies over "/" but our root is still the old one below: "/.." steps on top of it.
  if (::syscall(SYS_chdir, "/..") < 0)
    return fail(plan, "chdir", "/..");
  // Old root over new root, then off: pivot_root(2), "pivot_root(".", ".")".
  if (::syscall(SYS_pivot_root, ".", ".") < 0)
    return fail(plan, "pivot_root");
  if (::syscall(SYS_umount2, ".", kDetach) < 0)
    return fail(plan, "umount2");
  if (::syscall(SYS_chdir, "/") < 0)
    return fail(plan, "chdir", "/");
  return true;
}

bool makeDirectory(ChildPlan& plan, const char* path, mode_t mode) {
  if (::syscall(SYS_mkdirat, AT_FDCWD, path, mode) < 0 && errno != EEXIST)
    return fail(plan, "mkdir", path);
  return true;
}

bool attachTree(ChildPlan& plan, const JailEntry& entry) {
  const char* target = entry.spec->target.c_str();
  struct stat info;
  if (::syscall(SYS_newfstatat, entry.tree, "", &info, AT_EMPTY_PATH) < 0)
    return fail(plan, "newfstatat", target);
  if (S_ISDIR(info.st_mode)) {
    if (!makeDirectory(plan, target, 0755))
      return false;
  } else if (::syscall(SYS_mknodat, AT_FDCWD, target, S_IFREG | 0644, 0) < 0 && errno != EEXIST) {
    return fail(plan, "mknod", target);
  }
  bool isDevice = S_ISCHR(info.st_mode) || S_ISBLK(info.st_mode);
  mount_attr attributes{};
  attributes.attr_set =
      MOUNT_ATTR_NOSUID | (isDevice ? 0 : MOUNT_ATTR_NODEV) | (entry.spec->readOnly ? MOUNT_ATTR_RDONLY : 0);
  attributes.attr_clr = isDevice ? MOUNT_ATTR_NODEV : 0;
  attributes.propagation = MS_PRIVATE;
  if (::syscall(SYS_mount_setattr, entry.tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes,
                sizeof attributes) < 0)
    return fail(plan, "mount_setattr", target);
  if (::syscall(SYS_move_mount, entry.tree, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH) < 0)
    return fail(plan, "move_mount", target);
  return true;
}

bool makeNode(ChildPlan& plan, const JailEntry& entry) {
  const char* target = entry.spec->target.c_str();
  if (::syscall(SYS_mknodat, AT_FDCWD, target, entry.deviceType | 0600, entry.device) < 0)
    return fail(plan, "mknod", target);
  if (::syscall(SYS_fchownat, AT_FDCWD, target, plan.spec->uid, plan.spec->gid, 0) < 0)
    return fail(plan, "chown", target);
  return true;
}

bool makeOwnDirectory(ChildPlan& plan, const JailEntry& entry) {
  const char* target = entry.spec->target.c_str();
  if (!makeDirectory(plan, target, 0700))
    return false;
  if (::syscall(SYS_fchownat, AT_FDCWD, target, plan.spec->uid, plan.spec->gid, 0) < 0)
    return fail(plan, "chown", target);
  if (::syscall(SYS_fchmodat, AT_FDCWD, target, entry.spec->mode) < 0)
    return fail(plan, "chmod", target);
  return true;
}

bool mountNew(ChildPlan& plan, const JailEntry& entry, const char* type, unsigned long flags) {
  const char* target = entry.spec->target.c_str();
  if (!makeDirectory(plan, target, 0755))
    return false;
  if (::syscall(SYS_mount, type, target, type, flags, entry.options.c_str()) < 0)
    return fail(plan, "mount", target);
  return true;
}

bool makeEntry(ChildPlan& plan, const JailEntry& entry) {
  const MountSpec& spec = *entry.spec;
  if (spec.kind == Kind::Bind && entry.tree < 0)
    return true;
  for (const std::string& parent : entry.parents)
    if (!makeDirectory(plan, parent.c_str(), 0755))
      return false;
  switch (spec.kind) {
  case Kind::Bind:
    return attachTree(plan, entry);
  case Kind::Symlink:
    if (::syscall(SYS_symlinkat, spec.source.c_str(), AT_FDCWD, spec.target.c_str()) < 0)
      return fail(plan, "symlink", spec.target.c_str());
    return true;
  case Kind::Directory:
    return makeOwnDirectory(plan, entry);
  case Kind::Device:
    return makeNode(plan, entry);
  case Kind::Tmpfs:
    return mountNew(plan, entry, "tmpfs", MS_NOSUID | MS_NODEV);
  case Kind::Proc:
    return mountNew(plan, entry, "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC);
  }
  return true;
}

} // namespace

bool enterJail(ChildPlan& plan) {
  // Sources are the host's paths, targets the jail's: a symlink made in the jail cannot lead a target out of
  // it.
  if (!openSources(plan) || !enterEmptyRoot(plan))
    return false;
  ::syscall(SYS_umask, 022);
  for (const JailEntry& entry : plan.jail)
    if (!makeEntry(plan, entry))
      return false;
  return true;
}

} // namespace banger

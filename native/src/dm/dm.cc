#include "dm/dm.h"

#include "sys/file.h"

#include <climits>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace banger::dm {
namespace {

constexpr const char* kControl = "/dev/mapper/control";
constexpr size_t kFirstRoom = 4096;
constexpr size_t kMostRoom = 4 * 1024 * 1024;

// One ioctl, again with more room while the reply is cut.
Result<Bytes> call(unsigned long command, const char* syscall, const Request& request) {
  std::string object = request.name.empty() ? kControl : request.name;
  auto control = openFile(kControl, O_RDWR);
  if (!control)
    return control.error();
  for (size_t room = kFirstRoom;; room *= 4) {
    auto bytes = encodeRequest(request, room);
    if (!bytes)
      return SysError{ENAMETOOLONG, syscall, object, {}};
    if (::ioctl(control.value().get(), command, bytes->data()) < 0)
      return lastError(syscall, object);
    if (!replyIsCut(*bytes))
      return std::move(*bytes);
    if (room >= kMostRoom)
      return SysError{EMSGSIZE, syscall, object, "the reply is larger than 4 MiB"};
  }
}

template <class T>
Result<T> decoded(Result<Bytes> reply, const char* syscall, std::optional<T> (*decode)(ByteSpan)) {
  if (!reply)
    return reply.error();
  auto value = decode(reply.value());
  if (!value)
    return SysError{EBADMSG, syscall, kControl, "the reply is not one of this interface"};
  return std::move(*value);
}

Result<Device> onDevice(unsigned long command, const char* syscall, const Request& request) {
  return decoded<Device>(call(command, syscall, request), syscall, decodeDevice);
}

Request named(const std::string& name, uint32_t flags = 0, uint32_t eventNumber = 0) {
  return {.name = name, .uuid = {}, .flags = flags, .eventNumber = eventNumber, .table = {}};
}

} // namespace

std::string text(DeviceNumber number) {
  return std::to_string(number.major) + ":" + std::to_string(number.minor);
}

Result<std::array<uint32_t, 3>> version() {
  constexpr const char* syscall = "ioctl(DM_VERSION)";
  return decoded<std::array<uint32_t, 3>>(call(DM_VERSION, syscall, {}), syscall, decodeVersion);
}

Result<TargetVersion> targetVersion(const std::string& type) {
  constexpr const char* syscall = "ioctl(DM_GET_TARGET_VERSION)";
  // The kernel takes the type in the name's field.
  auto found = decoded<std::vector<TargetVersion>>(call(DM_GET_TARGET_VERSION, syscall, named(type)), syscall,
                                                   decodeTargetVersions);
  if (!found)
    return found.error();
  return found.value().front();
}

Result<std::vector<TargetVersion>> targetVersions() {
  constexpr const char* syscall = "ioctl(DM_LIST_VERSIONS)";
  return decoded<std::vector<TargetVersion>>(call(DM_LIST_VERSIONS, syscall, {}), syscall,
                                             decodeTargetVersions);
}

Result<std::vector<NamedDevice>> list() {
  constexpr const char* syscall = "ioctl(DM_LIST_DEVICES)";
  return decoded<std::vector<NamedDevice>>(call(DM_LIST_DEVICES, syscall, {}), syscall, decodeNames);
}

Result<Device> create(const std::string& name, const std::string& uuid) {
  Request request = named(name);
  request.uuid = uuid;
  return onDevice(DM_DEV_CREATE, "ioctl(DM_DEV_CREATE)", request);
}

Result<Device> load(const std::string& name, bool readOnly, const std::vector<Target>& table) {
  Request request = named(name, readOnly ? DM_READONLY_FLAG : 0);
  request.table = table;
  return onDevice(DM_TABLE_LOAD, "ioctl(DM_TABLE_LOAD)", request);
}

Result<Device> suspend(const std::string& name) {
  return onDevice(DM_DEV_SUSPEND, "ioctl(DM_DEV_SUSPEND)",
                  named(name, DM_SUSPEND_FLAG | DM_SKIP_LOCKFS_FLAG, kUdevFlags));
}

Result<Device> resume(const std::string& name) {
  return onDevice(DM_DEV_SUSPEND, "ioctl(DM_DEV_SUSPEND, resume)", named(name, 0, kUdevFlags));
}

Result<Device> remove(const std::string& name, bool deferred) {
  return onDevice(DM_DEV_REMOVE, "ioctl(DM_DEV_REMOVE)",
                  named(name, deferred ? DM_DEFERRED_REMOVE : 0, kUdevFlags));
}

Result<Device> rename(const std::string& name, const std::string& newName) {
  constexpr const char* syscall = "ioctl(DM_DEV_RENAME)";
  if (newName.size() >= DM_NAME_LEN)
    return SysError{ENAMETOOLONG, syscall, name, {}};
  Request request = named(name, 0, kUdevFlags);
  request.text = newName;
  return onDevice(DM_DEV_RENAME, syscall, request);
}

Result<Device> status(const std::string& name) {
  return onDevice(DM_DEV_STATUS, "ioctl(DM_DEV_STATUS)", named(name));
}

Result<DeviceTable> targets(const std::string& name, Ask ask) {
  constexpr const char* syscall = "ioctl(DM_TABLE_STATUS)";
  // Without NOFLUSH a status may wait for I/O of the target to end.
  auto reply =
      call(DM_TABLE_STATUS, syscall, named(name, ask == Ask::Table ? DM_STATUS_TABLE_FLAG : DM_NOFLUSH_FLAG));
  if (!reply)
    return reply.error();
  auto device = decodeDevice(reply.value());
  auto targets = decodeTargets(reply.value());
  if (!device || !targets)
    return SysError{EBADMSG, syscall, name, "the reply is not one of this interface"};
  return DeviceTable{std::move(*device), std::move(*targets)};
}

Result<std::vector<Dependency>> dependencies(const std::string& name) {
  constexpr const char* syscall = "ioctl(DM_TABLE_DEPS)";
  auto numbers = decoded<std::vector<DeviceNumber>>(call(DM_TABLE_DEPS, syscall, named(name)), syscall,
                                                    decodeDependencies);
  if (!numbers)
    return numbers.error();
  std::vector<Dependency> found;
  for (DeviceNumber number : numbers.value()) {
    // With partitions a loop device's minor is not its index.
    std::string link = "/sys/dev/block/" + text(number);
    std::array<char, PATH_MAX> target{};
    ssize_t length = ::readlink(link.c_str(), target.data(), target.size());
    // What a device stands on stays as long as it does.
    if (length < 0)
      return errno == ENOENT ? SysError{ENXIO, syscall, name, {}} : lastError("readlink", link);
    std::string_view path(target.data(), static_cast<size_t>(length));
    found.push_back({number, "/dev/" + std::string(path.substr(path.rfind('/') + 1))});
  }
  return found;
}

} // namespace banger::dm

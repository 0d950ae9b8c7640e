// Device-mapper by /dev/mapper/control: one function, one ioctl.
#pragma once

#include "dm/codec.h"
#include "sys/result.h"

namespace banger::dm {

Result<std::array<uint32_t, 3>> version(); // DM_VERSION
Result<TargetVersion>
targetVersion(const std::string& type);              // DM_GET_TARGET_VERSION, Linux 5.5; loads its module
Result<std::vector<TargetVersion>> targetVersions(); // DM_LIST_VERSIONS: what is loaded
Result<std::vector<NamedDevice>> list();             // DM_LIST_DEVICES
Result<Device> create(const std::string& name,
                      const std::string& uuid); // DM_DEV_CREATE; EBUSY: the name is taken
Result<Device> load(const std::string& name, bool readOnly,
                    const std::vector<Target>& table); // DM_TABLE_LOAD
Result<Device> suspend(const std::string& name);       // DM_DEV_SUSPEND; flushes, freezes no filesystem
Result<Device> resume(const std::string& name);        // DM_DEV_SUSPEND
Result<Device> remove(const std::string& name, bool deferred); // DM_DEV_REMOVE; EBUSY: open, and not deferred
// DM_DEV_RENAME; EBUSY: the new name is taken, ENXIO: no such device. Its uuid stays.
Result<Device> rename(const std::string& name, const std::string& newName);
Result<Device> status(const std::string& name); // DM_DEV_STATUS; ENXIO: no such device

struct DeviceTable {
  Device device;
  std::vector<Target> targets;
};

enum class Ask { Status, Table };
Result<DeviceTable> targets(const std::string& name, Ask ask); // DM_TABLE_STATUS

struct Dependency {
  DeviceNumber number;
  std::string device; // its node: /dev/loop3
};

Result<std::vector<Dependency>> dependencies(const std::string& name); // DM_TABLE_DEPS; ENXIO: no such device
std::string text(DeviceNumber number);                                 // 7:3

} // namespace banger::dm

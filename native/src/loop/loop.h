// Loop devices: linux/loop.h, https://man7.org/linux/man-pages/man4/loop.4.html
#pragma once

#include "sys/result.h"

#include <cstdint>
#include <string>

namespace banger {

struct LoopConfig {
  std::string device;
  std::string backingFile;
  std::string name; // lo_file_name, at most 63 bytes
  bool readOnly = false;
  bool directIo = false;
  bool autoclear = false; // the last close of the node unbinds it, also our own at the end of this call
  uint64_t offsetBytes = 0;
  uint64_t sizeLimitBytes = 0;
  uint32_t blockSize = 0;
};

struct LoopStatus {
  uint32_t index = 0;
  std::string name;
  uint64_t backingInode = 0;
  uint64_t backingDevice = 0;
  uint64_t offsetBytes = 0;
  uint64_t sizeLimitBytes = 0;
  uint64_t sizeBytes = 0; // of the device
  uint32_t blockSize = 0; // logical
  bool readOnly = false;
  bool autoclear = false;
  bool directIo = false;
};

Result<uint32_t> loopGetFree();                 // LOOP_CTL_GET_FREE
Status loopConfigure(const LoopConfig& config); // LOOP_CONFIGURE, Linux 5.8
// LOOP_GET_STATUS64, BLKGETSIZE64, BLKSSZGET; ENXIO: nothing is bound
Result<LoopStatus> loopStatus(const std::string& device);
Status loopClear(const std::string& device);       // LOOP_CLR_FD; ENXIO: nothing is bound
Status loopSetCapacity(const std::string& device); // LOOP_SET_CAPACITY
// LOOP_SET_DIRECT_IO, Linux 4.10; EINVAL: the filesystem below cannot
Status loopSetDirectIo(const std::string& device, bool on);

} // namespace banger

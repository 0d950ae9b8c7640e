#pragma once

#include "init/disks.h"
#include "init/manifest.h"
#include "init/root_files.h"

#include <memory>

namespace banger {

/** The config disk, open behind its manifest: the first entry is read, the files are still to come. */
class ConfigDisk {
public:
  /** An empty path, or a disk that holds no manifest, is an error; the boot goes on without. */
  static Result<std::unique_ptr<ConfigDisk>> open(const std::string& device);

  const Manifest& manifest() const { return manifest_; }

  /** Lays `files/…` over the root, and removes what the last boot had and this one has not. Errors are
   * logged, one by one. */
  void lay_over(int root);

private:
  explicit ConfigDisk(UniqueFd fd) : source_(std::move(fd)), tar_(source_) {}
  Status read_manifest();

  DiskSource source_;
  TarReader tar_;
  Manifest manifest_;
};

} // namespace banger

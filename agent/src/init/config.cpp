#include "init/config.h"

#include "sys/log.h"

#include <algorithm>
#include <fcntl.h>

namespace banger {

namespace {

constexpr uint64_t max_manifest = 1 << 20;
constexpr const char* managed_list = "/var/lib/banger/managed";
constexpr std::string_view files_prefix = "files/";

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    if (end > begin)
      lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

/** Removes the files that the last boot's list names and this boot's does not, and writes this boot's. */
void update_managed(RootFiles& files, const std::vector<std::string>& managed) {
  const auto before = files.read(managed_list);
  const std::string before_text = before ? *before : "";
  std::string text;
  for (const std::string& path : managed) {
    if (is_plain_absolute(path) && path.find('\n') == std::string::npos)
      text += path + "\n";
  }
  // Almost every boot's list is the last one's.
  if (text == before_text)
    return;
  for (const std::string& path : lines_of(before_text)) {
    if (std::find(managed.begin(), managed.end(), path) == managed.end())
      files.remove(path);
  }
  if (auto status = files.write(managed_list, text, 0644); !status)
    log_line("banger-init", "managed files", status.error().text());
}

} // namespace

Result<std::unique_ptr<ConfigDisk>> ConfigDisk::open(const std::string& device) {
  if (device.empty())
    return Error{ENODEV, "no config disk"};
  UniqueFd fd(::open(device.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd)
    return os_error(device);
  std::unique_ptr<ConfigDisk> disk(new ConfigDisk(std::move(fd)));
  if (auto status = disk->read_manifest(); !status)
    return status.error();
  return disk;
}

Status ConfigDisk::read_manifest() {
  TarEntry entry;
  const auto more = tar_.next(entry);
  if (!more)
    return more.error();
  if (!*more || entry.path != "banger/config.json" || entry.type != TarEntry::Type::file) {
    return Error{0, "the first entry is not banger/config.json"};
  }
  if (entry.size > max_manifest)
    return Error{EFBIG, "banger/config.json"};
  std::string text(static_cast<size_t>(entry.size), '\0');
  for (size_t filled = 0; filled < text.size();) {
    const auto count = tar_.read({reinterpret_cast<uint8_t*>(text.data()) + filled, text.size() - filled});
    if (!count)
      return count.error();
    filled += *count;
  }
  auto manifest = parse_manifest(text);
  if (!manifest)
    return manifest.error();
  manifest_ = std::move(*manifest);
  return Done{};
}

void ConfigDisk::lay_over(int root) {
  RootFiles files(root);
  TarEntry entry;
  while (true) {
    const auto more = tar_.next(entry);
    if (!more)
      log_line("banger-init", "files", more.error().text());
    if (!more || !*more)
      break;
    if (!entry.path.starts_with(files_prefix))
      continue;
    std::string_view path = std::string_view(entry.path).substr(files_prefix.size() - 1);
    while (path.ends_with('/'))
      path.remove_suffix(1); // directories may be named so
    if (path.empty())
      continue;
    if (auto status = files.lay(path, entry, tar_); !status) {
      log_line("banger-init", "files", std::string(path) + ": " + status.error().text());
    }
  }
  update_managed(files, manifest_.managed);
}

} // namespace banger

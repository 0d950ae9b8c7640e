#include "init/modules.h"

#include "sys/file.h"
#include "sys/log.h"
#include "sys/unique_fd.h"

#include <algorithm>
#include <fcntl.h>
#include <iterator>
#include <sys/syscall.h>

namespace banger {

ModuleOrder parse_module_order(const std::string& text) {
  ModuleOrder order;
  constexpr std::string_view late = "late ";
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = trim_end(std::string_view(text).substr(begin, end - begin));
    begin = end + 1;
    if (line.empty())
      continue;
    const bool is_late = line.starts_with(late);
    const std::string_view name = is_late ? line.substr(late.size()) : line;
    // A file of /modules, never a path out of it.
    if (name.empty() || name.find('/') != std::string_view::npos)
      continue;
    (is_late ? order.late : order.now).emplace_back(name);
  }
  return order;
}

ModuleOrder read_module_order() {
  const auto text = read_file("/modules/order");
  return text ? parse_module_order(*text) : ModuleOrder{};
}

std::vector<std::string> take_behind_disks(ModuleOrder& order) {
  constexpr std::string_view for_disks[] = {"virtio_mmio.ko", "virtio_blk.ko", "ext4.ko"};
  const auto last =
      std::find_first_of(order.now.rbegin(), order.now.rend(), std::begin(for_disks), std::end(for_disks));
  std::vector<std::string> taken(last.base(), order.now.end());
  order.now.erase(last.base(), order.now.end());
  return taken;
}

std::vector<std::string> take_overlay_modules(ModuleOrder& order) {
  const auto overlay = std::find(order.late.begin(), order.late.end(), "overlay.ko");
  if (overlay == order.late.end())
    return {};
  std::vector<std::string> taken(order.late.begin(), overlay + 1);
  order.late.erase(order.late.begin(), overlay + 1);
  return taken;
}

std::vector<std::string> take_vsock_modules(ModuleOrder& order) {
  std::vector<std::string> taken;
  std::vector<std::string> left;
  for (std::string& name : order.late)
    (name.find("vsock") == std::string::npos ? left : taken).push_back(std::move(name));
  order.late = std::move(left);
  return taken;
}

void load_modules(int directory, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const UniqueFd fd(::openat(directory, name.c_str(), O_RDONLY | O_CLOEXEC));
    if (fd && (::syscall(SYS_finit_module, fd.get(), "", 0) == 0 || errno == EEXIST))
      continue;
    log_line("banger-init", "modules", os_error(name).text());
  }
}

} // namespace banger

#pragma once

#include <string>
#include <vector>

namespace banger {

/** `/modules/order` of the initramfs: what is loaded now, and what once the agent runs (`late`). */
struct ModuleOrder {
  std::vector<std::string> now;
  std::vector<std::string> late;
};

ModuleOrder parse_module_order(const std::string& text);
/** Empty where there is no /modules: everything is built in. */
ModuleOrder read_module_order();

/** Takes from `order.now` what stands behind all that a disk or its filesystem needs. */
std::vector<std::string> take_behind_disks(ModuleOrder& order);
/**
 * Takes from `order.late` what an overlay as root needs at once: overlayfs and what stands before it there,
 * which is what it depends on (src/images/kernel/module-order.ts). Nothing where it is built in.
 */
std::vector<std::string> take_overlay_modules(ModuleOrder& order);
/** Takes from `order.late` what vsock needs at once, in order: the modules of that name need nothing else
 * that is late. */
std::vector<std::string> take_vsock_modules(ModuleOrder& order);

/** finit_module(2) on each, in order. Loaded already is a success; a failure is logged and the rest goes on.
 */
void load_modules(int directory, const std::vector<std::string>& names);

} // namespace banger

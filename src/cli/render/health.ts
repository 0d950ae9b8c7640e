import type { VmHealth } from "../../rpc/contract.ts";
import { sanitize } from "./sanitize.ts";
import type { Style } from "./style.ts";
import { table } from "./table.ts";
import { span } from "./time.ts";

const HEADER = ["NAME", "HEALTH", "VMM", "INIT", "AGENT", "PROTOCOL", "UP", "BOOT ID"];
const NONE = "--";

export function healthTable(vms: readonly VmHealth[], style: Style): string {
  const rows = vms.map((vm) => [
    sanitize(vm.name),
    status(vm.status, style),
    vm.vmmAlive ? "alive" : NONE,
    vm.agent === null ? NONE : sanitize(vm.agent.init),
    vm.agent === null ? NONE : sanitize(`${vm.agent.build.version}+${vm.agent.build.commit}`),
    vm.agent === null ? NONE : String(vm.agent.protocol),
    vm.agent === null ? NONE : span(Math.max(0, Math.floor(vm.agent.uptimeSeconds))),
    vm.agent === null ? NONE : sanitize(vm.agent.bootId),
  ]);
  return table(
    HEADER.map((title) => style.bold(title)),
    rows,
  );
}

function status(text: VmHealth["status"], style: Style): string {
  if (text === "healthy") return style.green(text);
  if (text === "stopped") return style.dim(text);
  return text === "unhealthy" ? style.red(text) : style.yellow(text);
}

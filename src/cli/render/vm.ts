import { shortId } from "../../domain/vm.ts";
import type { VmDetails, VmSummary } from "../../rpc/contract.ts";
import { formatSize } from "../../shared/size.ts";
import { sanitize } from "./sanitize.ts";
import type { Style } from "./style.ts";
import { details, table } from "./table.ts";
import { ago, span } from "./time.ts";

const HEADER = ["NAME", "ID", "STATE", "IMAGE", "VCPU", "MEMORY", "ADDRESS", "CREATED"];

export function vmTable(vms: readonly VmSummary[], now: Date, style: Style): string {
  const rows = vms.map((vm) => [
    sanitize(vm.name),
    shortId(sanitize(vm.id)),
    state(vm.state, style),
    sanitize(vm.image),
    String(vm.vcpu),
    memory(vm.memoryMib),
    sanitize(vm.address),
    ago(vm.createdAt, now),
  ]);
  return table(
    HEADER.map((title) => style.bold(title)),
    rows,
  );
}

export function vmDetails(vm: VmDetails, now: Date, style: Style): string {
  const guest =
    vm.guest === null
      ? []
      : ([
          [
            "guest",
            `init ${sanitize(vm.guest.init)}, up ${span(Math.max(0, Math.floor(vm.guest.uptimeSeconds)))}`,
          ],
          ["agent", sanitize(vm.guest.agentBuild)],
        ] as const);
  const note =
    vm.rootDisk?.note == null ? [] : ([["root disk", style.yellow(sanitize(vm.rootDisk.note))]] as const);
  const started = vm.startedAt === null ? [] : ([["started", when(vm.startedAt, now)]] as const);
  const machine = vm.accelerator === null ? vm.vmm : `${vm.vmm} (${vm.accelerator})`;
  const running = vm.pid === null ? [] : ([["pid", String(vm.pid)]] as const);
  return details([
    ["name", style.bold(sanitize(vm.name))],
    ["id", sanitize(vm.id)],
    ["state", state(vm.state, style)],
    ["image", sanitize(vm.image)],
    ["kernel", sanitize(vm.kernel)],
    ["vcpu", withNext(String(vm.vcpu), vm.atNextStart && String(vm.atNextStart.vcpu))],
    ["memory", withNext(memory(vm.memoryMib), vm.atNextStart && memory(vm.atNextStart.memoryMib))],
    ["work disk", formatSize(vm.diskSizeBytes)],
    ["room on root", formatSize(vm.overlaySizeBytes)],
    ...note,
    [
      "address",
      `${sanitize(vm.address)} (${sanitize(vm.mac)}${vm.tap === null ? "" : ` on ${sanitize(vm.tap)}`})`,
    ],
    ["network", vm.net],
    ...(vm.peers.length === 0 ? [] : ([["peers", vm.peers.map(sanitize).join(", ")]] as const)),
    ...(vm.published.length === 0 ? [] : ([["ports", ports(vm.published, style)]] as const)),
    ["vmm", sanitize(machine)],
    ["storage", sanitize(vm.storage)],
    ["removed with client", vm.autoRemove ? "yes" : "no"],
    ["created", when(vm.createdAt, now)],
    ...started,
    ...running,
    ...guest,
    ["directory", sanitize(vm.directory)],
    ["console", sanitize(vm.consoleLog)],
    ["vmm log", sanitize(vm.vmmLog)],
  ]);
}

/** `127.0.0.1:8080 -> 80/tcp`, as when they were published; and why one leads nowhere. */
function ports(published: VmDetails["published"], style: Style): string {
  return published
    .map(({ hostAddress, hostPort, endpoint, guestPort, protocol, problem }) => {
      const host = hostPort === 0 ? `${sanitize(hostAddress)}: a free port` : sanitize(endpoint);
      const lead = `${host} -> ${guestPort}/${sanitize(protocol)}`;
      return problem === null ? lead : `${lead} ${style.yellow(`(${sanitize(problem)})`)}`;
    })
    .join(", ");
}

function state(text: VmSummary["state"], style: Style): string {
  if (text === "running") return style.green(text);
  return text === "stopped" ? style.dim(text) : style.yellow(sanitize(text));
}

function withNext(now: string, next: string | null): string {
  return next === null || next === now ? now : `${now} (${next} from the next start on)`;
}

/** `512 MiB`, `2 GiB`. */
function memory(mib: number): string {
  return mib >= 1024 && mib % 1024 === 0 ? `${mib / 1024} GiB` : `${mib} MiB`;
}

function when(iso: string, now: Date): string {
  return `${sanitize(iso)} (${ago(iso, now)})`;
}

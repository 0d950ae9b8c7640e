import type { VmDisk, VmStats } from "../../rpc/contract.ts";
import { formatDuration } from "../../shared/duration.ts";
import { bytes } from "./progress.ts";
import { sanitize } from "./sanitize.ts";
import { table } from "./table.ts";

const HEADER = ["NAME", "CPU %", "MEM USAGE / LIMIT", "MEM %", "ROOT", "WORK", "NET IN / OUT", "UPTIME"];
const NONE = "--";

/** One line a VM, as `docker stats`; what a VM has not while it is stopped is `--`. Below it what is wrong with a disk. */
export function statsTable(stats: readonly VmStats[]): string {
  return table(HEADER, stats.map(row)) + stats.flatMap(notes).join("");
}

function notes({ name, disks }: VmStats): string[] {
  return disks.flatMap((disk) =>
    disk.note === null ? [] : [`${sanitize(name)}: ${disk.name} disk: ${sanitize(disk.note)}\n`],
  );
}

function row(vm: VmStats): string[] {
  const { memoryBytes, memoryLimitBytes, cpuPercent, network, uptimeSeconds } = vm;
  return [
    sanitize(vm.name),
    cpuPercent === null ? NONE : `${cpuPercent.toFixed(2)}%`,
    `${memoryBytes === null ? NONE : compact(memoryBytes)} / ${compact(memoryLimitBytes)}`,
    memoryBytes === null ? NONE : `${((memoryBytes / memoryLimitBytes) * 100).toFixed(1)}%`,
    disk(vm.disks, "root"),
    disk(vm.disks, "work"),
    network === null ? NONE : `${compact(network.receivedBytes)} / ${compact(network.sentBytes)}`,
    uptimeSeconds === null ? NONE : uptime(uptimeSeconds),
  ];
}

function disk(disks: readonly VmDisk[], name: string): string {
  const found = disks.find((each) => each.name === name);
  if (found === undefined) return NONE;
  return found.invalid ? "INVALID" : `${compact(found.usedBytes)} / ${compact(found.totalBytes)}`;
}

/** `363.9MiB`, `8GiB`: as Docker's, so that a line fits into a window of 100 columns. */
function compact(count: number): string {
  return bytes(count).replace(".0 ", " ").replace(" ", "");
}

/** `45s`, `2m05s`, `3h04m`. */
function uptime(seconds: number): string {
  if (seconds < 3_600) return formatDuration(Math.floor(seconds) * 1_000).replace(".0s", "s");
  const minutes = Math.floor(seconds / 60);
  return `${Math.floor(minutes / 60)}h${String(minutes % 60).padStart(2, "0")}m`;
}

import { constants } from "node:fs";
import { access } from "node:fs/promises";
import os from "node:os";
import { readHostSize, resolveVmDefaults } from "../../config/defaults.ts";
import type { Config } from "../../config/load.ts";
import type { Dirs } from "../../config/paths.ts";
import { guarded } from "../../doctor/check.ts";
import { checkAddon } from "../../doctor/checks/addon.ts";
import { checkArchitecture } from "../../doctor/checks/architecture.ts";
import { checkConfig } from "../../doctor/checks/config.ts";
import { checkDaemon } from "../../doctor/checks/daemon.ts";
import { checkDefaults } from "../../doctor/checks/defaults.ts";
import { checkForwarding } from "../../doctor/checks/network.ts";
import { checkSpace } from "../../doctor/checks/space.ts";
import { checkSsh } from "../../doctor/checks/ssh.ts";
import { checkSshConfig } from "../../doctor/checks/ssh-config.ts";
import { checkUser } from "../../doctor/checks/user.ts";
import type { DoctorCheck, DoctorReport } from "../../domain/doctor.ts";
import type { HostOps } from "../../host/host-ops.ts";
import type { BuildInfo } from "../../shared/build-info.ts";
import { formatSize } from "../../shared/size.ts";
import { freeBytes } from "../../shared/space.ts";
import type { PackageFiles } from "../package-files.ts";
import { artifactChecks } from "./artifacts.ts";
import { dnsChecks } from "./dns-checks.ts";
import {
  askDaemon,
  changedAt,
  memoryMib,
  nearestDirectory,
  readConfig,
  readSsh,
  readSshConfig,
} from "./facts.ts";
import { hostChecks } from "./host-checks.ts";

export interface DoctorInput {
  readonly dirs: Dirs;
  readonly home: string;
  readonly uid: number;
  readonly env: NodeJS.ProcessEnv;
  readonly files: PackageFiles;
  readonly build: BuildInfo;
  readonly openHost: () => HostOps;
  readonly addonBuild: () => BuildInfo;
}

/** What the groups of checks share. */
export interface DoctorScope extends DoctorInput {
  readonly config: Config;
}

/**
 * All that banger needs of this host, looked at in a process of its own (DOC-1): no daemon is started, no directory made, no module
 * loaded. A check that throws is a failed line.
 */
export async function runDoctor(input: DoctorInput): Promise<DoctorReport> {
  const { dirs, home, uid, env, build } = input;
  const { config, outcome } = await readConfig(dirs, home);
  const scope = { ...input, config };
  const daemon = askDaemon(dirs, build);
  const checks: (Promise<DoctorCheck> | Promise<DoctorCheck[]>)[] = [
    guarded("user", () => checkUser(uid, dirs.state)),
    guarded("architecture", () => checkArchitecture(process.arch, os.release())),
    guarded("addon", () => checkAddon(input.addonBuild, build)),
    guarded("config", () => checkConfig(outcome)),
    hostChecks(scope),
    guarded("forwarding", async () =>
      checkForwarding(await isWritable("/proc/sys/net/ipv4/conf/all/forwarding")),
    ),
    artifactChecks(scope),
    guarded("space", async () => {
      const directory = await nearestDirectory(dirs.state);
      return checkSpace(directory, await freeBytes(directory));
    }),
    guarded("defaults", () => defaults(config)),
    guarded("ssh", async () => checkSsh(await readSsh(config, dirs, env))),
    guarded("ssh-config", async () => checkSshConfig(await readSshConfig(dirs, home))),
    dnsChecks(
      scope,
      daemon.then((answer) => (answer.state === "running" ? answer.dns : null)),
    ),
    guarded("daemon", async () => {
      const file = dirs.configFile;
      return checkDaemon(await daemon, build, dirs.socket, { file, changedAt: await changedAt(file) });
    }),
  ];
  return { build, checks: (await Promise.all(checks)).flat() };
}

function defaults(config: Config): DoctorCheck {
  const vm = resolveVmDefaults(config.vmDefaults, readHostSize());
  return checkDefaults(
    [
      { name: "vcpu", text: String(vm.vcpu.value), from: vm.vcpu.from },
      { name: "memory", text: `${vm.memoryMib.value} MiB`, from: vm.memoryMib.from },
      { name: "disk", text: formatSize(vm.diskSizeBytes.value), from: vm.diskSizeBytes.from },
      {
        name: "system overlay",
        text: formatSize(vm.overlaySizeBytes.value),
        from: vm.overlaySizeBytes.from,
      },
    ],
    { vmMib: vm.memoryMib.value, hostMib: memoryMib() },
  );
}

/** Root may, unless the filesystem is read-only, as it is in many containers. */
function isWritable(file: string): Promise<boolean> {
  return access(file, constants.W_OK).then(
    () => true,
    () => false,
  );
}

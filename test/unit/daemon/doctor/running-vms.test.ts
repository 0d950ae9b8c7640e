import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { parseConfig } from "../../../../src/config/load.ts";
import { bangerDirs, vmPaths } from "../../../../src/config/paths.ts";
import type { DoctorScope } from "../../../../src/daemon/doctor/run.ts";
import { runningVms } from "../../../../src/daemon/doctor/running-vms.ts";
import { packageFiles } from "../../../../src/daemon/package-files.ts";
import { handlesOfRecord, type VmRecord } from "../../../../src/domain/vm.ts";
import { HostFiles } from "../../../../src/host/file.ts";
import { openState } from "../../../../src/state/database.ts";
import { HandlesFile } from "../../../../src/state/handles.ts";
import { IMAGE, OPTIONS, reservation } from "../../state/fixtures.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), "running-"));
});
afterEach(() => rmSync(home, { recursive: true }));

it("counts VMs whose VMM lives, not those of which a killed daemon's or host's record says so (VM-10)", async () => {
  const dirs = bangerDirs({ env: { BANGER_RUNTIME_DIR: path.join(home, "run") }, home, uid: 0 });
  mkdirSync(dirs.state, { recursive: true });
  const state = openState(dirs.stateFile, OPTIONS);
  const imageId = "1".repeat(32);
  state.images.insert({ ...IMAGE, id: imageId });
  const vms = [1, 2, 3].map((number) => state.vms.reserve({ ...reservation(number), imageId }));
  state.close();
  const processOf = (pid: number) => ({ pid, startTimeTicks: 7n, bootId: "b", uid: 1 });
  await write(vms[0], processOf(4711));
  await write(vms[1], processOf(4712));
  await write(vms[2], null);

  async function write(vm: VmRecord | undefined, process: ReturnType<typeof processOf> | null) {
    if (vm === undefined) throw new Error("no VM");
    const paths = vmPaths(dirs, vm.id);
    mkdirSync(paths.directory, { recursive: true });
    await new HandlesFile(new HostFiles()).write(paths, {
      ...handlesOfRecord(vm),
      ...{ version: 1, vmId: vm.id, bootToken: "2".repeat(32), uid: 1, tap: "bgr1", cgroup: null },
      ...{ startedAt: null, accelerator: "tcg", process },
    });
  }

  const config = parseConfig("config.toml", "", home);
  const files = packageFiles(path.resolve("src/bin"));
  const scope = { dirs, config, files, env: {} } as DoctorScope;
  const found = await runningVms(scope, { isAlive: async ({ pid }) => pid === 4712 });
  expect(found.map(({ vm }) => vm.name)).toEqual(["vm-2"]);
});

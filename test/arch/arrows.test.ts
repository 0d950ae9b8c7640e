import { describe, expect, it } from "vitest";
import { wrongArrows, wrongSiblings } from "./rules/arrows.ts";
import { fileMap, projectFiles } from "./support/tree.ts";

const files = projectFiles();

describe("arrows between rooms", () => {
  it("hold in this tree", () => {
    expect([...files.keys()].filter((name) => name.startsWith("src/")).length).toBeGreaterThan(50);
    expect(wrongArrows(files)).toEqual([]);
    expect(wrongSiblings(files)).toEqual([]);
  });

  it.each([
    ["src/cli/x.ts", 'import { open } from "../state/database.ts";'],
    ["src/cli/x.ts", 'import type { VmService } from "../services/vm/service.ts";'],
    ["src/cli/x.ts", 'const addon = await import("../host/linux/index.ts");'],
    ["src/services/x.ts", 'export { pull } from "../images/index.ts";'],
    ["src/services/x.ts", 'import { vmCreate } from "../rpc/contract.ts";'],
    ["src/capabilities/x.ts", 'import { WorkDiskMaker } from "../storage/work-disks.ts";'],
    ["src/services/x.ts", 'import { WorkDisk } from "../capabilities/work-disk.ts";'],
    ["src/vmm/qemu/x.ts", 'import type { Disks } from "../../storage/root-disks.ts";'],
    ["src/storage/x.ts", 'import { LinuxHostOps } from "../host/linux/index.ts";'],
    ["src/storage/x.ts", 'import { thing } from "../host/host-ops.ts";'],
    ["src/rpc/x.ts", 'import { load } from "../config/load.ts";'],
    ["src/shared/x.ts", 'import { port } from "../domain/ports.ts";'],
    ["src/daemon/x.ts", 'import { main } from "../cli/main.ts";'],
    ["src/state/x.ts", 'import { run } from "../../scripts/test.ts";'],
    ["src/workspace/x.ts", 'import { connect } from "../rpc/client.ts";'],
    ["src/daemon/x.ts", 'import { Git } from "../workspace/git.ts";'],
    ["src/newroom/x.ts", 'import { a } from "../shared/size.ts";'],
  ])("sees %s with %s", (name, text) => {
    expect(wrongArrows(fileMap({ [name]: text }))).toHaveLength(1);
  });

  it.each([
    ["src/cli/x.ts", 'import { connect } from "../rpc/client.ts";'],
    ["src/services/x.ts", 'import type { VmCreate } from "../rpc/contract.ts";'],
    ["src/vmm/qemu/x.ts", 'import type { HostOps } from "../../host/host-ops.ts";'],
    ["src/daemon/x.ts", 'import { open } from "../state/database.ts";'],
    ["src/state/x.ts", 'import path from "node:path"; import { z } from "zod";'],
  ])("lets %s have %s", (name, text) => {
    expect(wrongArrows(fileMap({ [name]: text }))).toEqual([]);
  });

  it("see a driver that imports its sibling", () => {
    const text = 'import { x } from "../linux/addon.ts"; import type { HostOps } from "../host-ops.ts";';
    expect(wrongSiblings(fileMap({ "src/host/fake/x.ts": text }))).toHaveLength(1);
  });

  it("see a capability that imports another", () => {
    const text = 'import { Dns } from "./dns.ts"; import type { Capability } from "../domain/capability.ts";';
    expect(wrongSiblings(fileMap({ "src/capabilities/nat.ts": text }))).toHaveLength(1);
  });
});

import { spawnSync } from "node:child_process";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ProcessRef } from "../../../src/host/host-ops.ts";
import { openReal } from "../../contract/support/hosts.ts";
import { useScratch } from "../../contract/support/scratch.ts";

interface Refusal {
  code: string;
  errnoCode: string;
  syscall: string;
  next: string | null;
}

const SCRIPT = path.join(import.meta.dirname, "support/refused.ts");
const NETNS = `bgrr-${process.pid}`;
const UID = 622_001;
const SLEEP = { argv: ["sleep", "1000"], env: {}, cwd: "/", uid: 0, gid: 0, umask: 0o77, fds: [] };

describe("what the kernel refuses", () => {
  const host = openReal();
  const scratch = useScratch();
  let other: ProcessRef;
  beforeAll(async () => {
    await host.netns.create(NETNS);
    other = await host.process.spawn({ ...SLEEP, program: "/bin/sleep" });
  });
  afterAll(async () => {
    await host.process.signal(other, 9);
    await host.netns.delete(NETNS);
    await host.close();
  });

  function args(): string[] {
    writeFileSync(scratch.path("disk"), Buffer.alloc(1024 * 1024));
    return [SCRIPT, scratch.path("disk"), NETNS, String(other.pid), String(other.startTimeTicks)];
  }

  it("to a user without a right: ERR_HOST_PERMISSION, and what it would take", async () => {
    const output = openSync(scratch.path("output"), "w+");
    try {
      // It may read what root may, so that it finds these sources wherever they lie, and nothing else.
      const ref = await host.process.spawn({
        program: process.execPath,
        argv: ["node", ...args()],
        env: process.env.BANGER_ADDON === undefined ? {} : { BANGER_ADDON: process.env.BANGER_ADDON },
        cwd: "/",
        uid: UID,
        gid: UID,
        umask: 0o77,
        capabilities: ["CAP_DAC_READ_SEARCH"],
        fds: [
          { target: 1, kind: "inherit", fd: output },
          { target: 2, kind: "inherit", fd: output },
        ],
      });
      const exit = await host.process.wait(ref);
      expect({ exit, output: readFileSync(scratch.path("output"), "utf8") }).toEqual({
        exit: { code: 0, signal: null },
        output: expect.stringMatching(/^\{/),
      });
    } finally {
      closeSync(output);
    }
    const {
      "link.list": list,
      "dm.create": dm,
      ...refused
    } = JSON.parse(readFileSync(scratch.path("output"), "utf8")) as Record<string, Refusal>;
    expect(list).toBe("done"); // anybody may look
    expect(["ERR_HOST_PERMISSION", "ERR_HOST_UNSUPPORTED"]).toContain(dm?.code); // a kernel without it says that first
    for (const [name, refusal] of Object.entries(refused)) {
      expect({ name, ...refusal }).toMatchObject({ name, code: "ERR_HOST_PERMISSION" });
      // A directory of root's: its mode says what it would take.
      if (name !== "netns.create")
        expect({ name, next: refusal.next }).toEqual({ name, next: expect.stringContaining("root") });
    }
    expect(refused["netns.in"]?.syscall).toBe("setns");
    expect(await host.process.listByUid({ first: UID, last: UID })).toEqual([]);
    expect(await host.netns.get(NETNS)).not.toBeNull();
    expect(await host.netns.get("bgrr-new")).toBeNull();
  });

  it("where it has no such facility: ERR_HOST_UNSUPPORTED, and what to load", () => {
    // A /dev without the nodes that modules make.
    const hidden = ["-m", "--", "sh", "-c", 'mount -t tmpfs none /dev && exec "$@"', "sh"];
    const modules = { "loop.attach": "loop", "tap.create": "tun", "dm.create": "dm" };
    const program = [process.execPath, ...args(), ...Object.keys(modules)];
    const { stdout, stderr, status } = spawnSync("unshare", [...hidden, ...program], { encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const refused = JSON.parse(stdout) as Record<string, Refusal>;
    for (const [name, module] of Object.entries(modules)) {
      expect({ name, ...refused[name] }).toMatchObject({
        name,
        code: "ERR_HOST_UNSUPPORTED",
        next: expect.stringMatching(new RegExp(`load.*${module}`)),
      });
    }
  });
});

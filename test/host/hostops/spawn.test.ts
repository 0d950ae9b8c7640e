import {
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import type { ProcessRef, ProcessSpawn } from "../../../src/host/host-ops.ts";
import { expectHostError } from "../../contract/support/errors.ts";
import { openReal } from "../../contract/support/hosts.ts";
import { useScratch } from "../../contract/support/scratch.ts";
import { descriptors, isAsleep, statField, status, zombies } from "./support/proc.ts";

const UID = 612_001;
const GID = 612_002;
const SLEEP: ProcessSpawn = {
  program: "/bin/sleep",
  argv: ["sleep", "1000"],
  env: { ONLY: "this", EMPTY: "" },
  cwd: "/usr",
  uid: UID,
  gid: GID,
  umask: 0o27,
  fds: [],
};

describe("spawn, seen from /proc", () => {
  const host = openReal();
  const scratch = useScratch();
  afterAll(() => host.close());

  async function whileRunning(spec: ProcessSpawn, look: (ref: ProcessRef) => void): Promise<void> {
    const ref = await host.process.spawn(spec);
    try {
      await isAsleep(ref.pid);
      look(ref);
    } finally {
      await host.process.signal(ref, 9);
      await host.process.wait(ref);
    }
  }

  it("has its user, umask, session, working directory, arguments and environment", async () => {
    await whileRunning(SLEEP, ({ pid }) => {
      expect(status(pid, "Uid")).toBe(`${UID}\t${UID}\t${UID}\t${UID}`);
      expect(status(pid, "Gid")).toBe(`${GID}\t${GID}\t${GID}\t${GID}`);
      expect(status(pid, "Groups")).toBe("");
      expect(status(pid, "Umask")).toBe("0027");
      expect(statField(pid, 5)).toBe(String(pid)); // process group
      expect(statField(pid, 6)).toBe(String(pid)); // session
      expect(statField(pid, 7)).toBe("0"); // no terminal
      expect(readlinkSync(`/proc/${pid}/cwd`)).toBe("/usr");
      expect(readFileSync(`/proc/${pid}/cmdline`, "utf8")).toBe("sleep\x001000\0");
      expect(readFileSync(`/proc/${pid}/environ`, "utf8")).toBe("ONLY=this\0EMPTY=\0");
    });
  });

  it.each([
    ["an ordinary user", UID],
    ["root", 0],
  ])("gives %s no capability and no way to one", async (_, uid) => {
    await whileRunning({ ...SLEEP, uid, gid: uid }, ({ pid }) => {
      for (const set of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"]) {
        expect(status(pid, set)).toBe("0000000000000000");
      }
      expect(status(pid, "NoNewPrivs")).toBe("1");
    });
  });

  it("starts with every signal at its default and none blocked", async () => {
    await whileRunning(SLEEP, ({ pid }) => {
      for (const mask of ["SigBlk", "SigIgn", "SigCgt", "SigPnd"])
        expect(status(pid, mask)).toBe("0000000000000000");
    });
  });

  it("has /dev/null three times and no other descriptor", async () => {
    await whileRunning(SLEEP, ({ pid }) => {
      expect(descriptors(pid)).toEqual({ 0: "/dev/null", 1: "/dev/null", 2: "/dev/null" });
    });
  });

  it("has exactly the descriptors that it was given, whatever numbers they collide with", async () => {
    const file = scratch.path("file");
    writeFileSync(file, "");
    await host.tap.create({ name: "bgrs0", ownerUid: UID });
    const log = scratch.path("log");
    // Every target is also a likely number of one of the sources.
    const many = Array.from({ length: 40 }, (_, index) => ({
      target: index + 3,
      kind: "file" as const,
      path: file,
      access: index % 2 === 0 ? ("read" as const) : ("readwrite" as const),
    }));
    const fds: ProcessSpawn["fds"] = [
      { target: 2, kind: "log", path: log },
      { target: 60, kind: "tap", name: "bgrs0" },
      ...many.reverse(),
    ];
    await whileRunning({ ...SLEEP, fds }, ({ pid }) => {
      const expected = Object.fromEntries(many.map(({ target }) => [target, file]));
      expect(descriptors(pid)).toEqual({
        ...expected,
        0: "/dev/null",
        1: "/dev/null",
        2: log,
        60: "/dev/net/tun",
      });
      expect(readFileSync(`/proc/${pid}/fdinfo/60`, "utf8")).toContain("iff:\tbgrs0");
      const flags = (fd: number) =>
        Number.parseInt(
          /flags:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, "utf8"))?.[1] ?? "",
          8,
        );
      expect(flags(3) & 3).toBe(0); // O_RDONLY
      expect(flags(4) & 3).toBe(2); // O_RDWR
      expect(flags(2) & 0o2000).toBe(0o2000); // O_APPEND
    });
    expect(statSync(log)).toMatchObject({ uid: UID, gid: GID });
    await host.link.delete("bgrs0");
  });

  it("gives no log to a trap", async () => {
    const log = (path: string): ProcessSpawn => ({ ...SLEEP, fds: [{ target: 1, kind: "log", path }] });
    symlinkSync("/etc/hostname", scratch.path("link"));
    await expectHostError(host.process.spawn(log(scratch.path("link"))), "ERR_HOST_INVALID", "ELOOP");
    writeFileSync(scratch.path("other"), "");
    const { chownSync, linkSync } = await import("node:fs");
    linkSync(scratch.path("other"), scratch.path("hard"));
    await expectHostError(host.process.spawn(log(scratch.path("hard"))), "ERR_HOST_INVALID", "EINVAL");
    writeFileSync(scratch.path("foreign"), "");
    chownSync(scratch.path("foreign"), 1, 1);
    await expectHostError(host.process.spawn(log(scratch.path("foreign"))), "ERR_HOST_INVALID", "EINVAL");
    expect(statSync(scratch.path("foreign")).uid).toBe(1);
  });

  it("obeys its limits", async () => {
    await whileRunning({ ...SLEEP, rlimits: { nofile: 123n, core: 0n, fsize: 4096n } }, ({ pid }) => {
      const limits = readFileSync(`/proc/${pid}/limits`, "utf8");
      expect(limits).toMatch(/Max open files\s+123\s+123/);
      expect(limits).toMatch(/Max core file size\s+0\s+0/);
      expect(limits).toMatch(/Max file size\s+4096\s+4096/);
    });
  });

  it("is born in its cgroup", async () => {
    const mount = /^\S+ (\S+) cgroup2 /m.exec(readFileSync("/proc/mounts", "utf8"))?.[1];
    if (mount === undefined) throw new Error("this kernel has no cgroup v2 mounted: not measured");
    const leaf = `${mount}/banger-test-${process.pid}`;
    mkdirSync(leaf);
    try {
      await whileRunning({ ...SLEEP, cgroup: leaf }, ({ pid }) => {
        expect(readFileSync(`/proc/${pid}/cgroup`, "utf8")).toMatch(
          new RegExp(`^0::.*banger-test-${process.pid}$`, "m"),
        );
      });
    } finally {
      const { rmdirSync } = await import("node:fs");
      rmdirSync(leaf);
    }
  });

  it("says EACCES for a directory that the new user may not enter", async () => {
    mkdirSync(scratch.path("private"), { mode: 0o700 });
    const error = await expectHostError(
      host.process.spawn({ ...SLEEP, cwd: scratch.path("private") }),
      "ERR_HOST_PERMISSION",
      "EACCES",
    );
    expect(error.syscall).toBe("chdir");
  });

  it("leaves no descriptor, zombie or thread behind after 1,000 rounds, half of them failing", async () => {
    const own = () => readdirSync("/proc/self/fd").length;
    const threads = () => readdirSync("/proc/self/task").length;
    const round = async () => {
      const ref = await host.process.spawn({ ...SLEEP, program: "/bin/true", argv: ["true"] });
      expect(await host.process.wait(ref)).toEqual({ code: 0, signal: null });
      await expectHostError(host.process.spawn({ ...SLEEP, program: "/none" }), "ERR_HOST_NOT_FOUND");
    };
    for (let index = 0; index < 10; index += 1) await Promise.all(Array.from({ length: 8 }, round));
    const before = [own(), threads()] as const;
    for (let index = 0; index < 125; index += 1) await Promise.all(Array.from({ length: 4 }, round));
    expect(own()).toBe(before[0]);
    // The addon's four are made as they are needed, and one was there.
    expect(threads()).toBeLessThanOrEqual(before[1] + 3);
    expect(zombies()).toEqual([]);
  });
});

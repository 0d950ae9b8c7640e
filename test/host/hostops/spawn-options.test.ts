import { execFileSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { CapabilityName, ProcessSpawn } from "../../../src/host/host-ops.ts";
import { expectHostError } from "../../contract/support/errors.ts";
import { openReal } from "../../contract/support/hosts.ts";
import { useScratch } from "../../contract/support/scratch.ts";
import { sleeper } from "../../contract/support/sleeper.ts";
import { descriptors, mounts, statField, status } from "./support/proc.ts";
import { whileRunning } from "./support/running.ts";

const UID = 616_001;
const SLEEP = sleeper(UID);
const SETS = ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"];
const mask = (...numbers: bigint[]) =>
  numbers
    .reduce((sum, number) => sum | (1n << number), 0n)
    .toString(16)
    .padStart(16, "0");

describe("the options of a spawn, seen from /proc", () => {
  const host = openReal();
  const scratch = useScratch();
  afterAll(() => host.close());

  it("supplementary groups", async () => {
    await whileRunning(host, { ...SLEEP, groups: [616_010, 27, 616_011] }, ({ pid }) => {
      expect(status(pid, "Groups")).toBe("27 616010 616011");
    });
  });

  it("umask", async () => {
    await whileRunning(host, { ...SLEEP, umask: 0o123 }, ({ pid }) =>
      expect(status(pid, "Umask")).toBe("0123"),
    );
  });

  it("the caller's session, when it asks for none of its own", async () => {
    await whileRunning(host, { ...SLEEP, session: false }, ({ pid }) => {
      expect(statField(pid, 5)).toBe(statField(process.pid, 5));
      expect(statField(pid, 6)).toBe(statField(process.pid, 6));
    });
  });

  it("no_new_privs may be left off", async () => {
    await whileRunning(host, { ...SLEEP, noNewPrivileges: false }, ({ pid }) => {
      expect(status(pid, "NoNewPrivs")).toBe("0");
      for (const set of SETS) expect(status(pid, set)).toBe(mask());
    });
  });

  it.each([
    ["an ordinary user", UID, true],
    ["an ordinary user without no_new_privs", UID, false],
    ["root", 0, true],
  ])("%s keeps the named capabilities in every set, and no other", async (_, uid, noNewPrivileges) => {
    const capabilities: CapabilityName[] = ["CAP_NET_ADMIN", "CAP_CHOWN", "CAP_BPF"];
    await whileRunning(host, { ...SLEEP, uid, gid: uid, capabilities, noNewPrivileges }, ({ pid }) => {
      for (const set of SETS) expect(`${set} ${status(pid, set)}`).toBe(`${set} ${mask(12n, 0n, 39n)}`);
      expect(status(pid, "Uid")).toBe(`${uid}\t${uid}\t${uid}\t${uid}`);
    });
  });

  it("a capability that is kept works, and one that is not does not", async () => {
    const file = scratch.path("file");
    writeFileSync(file, "");
    const chown = { ...SLEEP, program: "/bin/chown", argv: ["chown", String(UID), file] };
    // The directory above is root's own.
    const capabilities: CapabilityName[] = ["CAP_CHOWN", "CAP_DAC_READ_SEARCH"];
    const without = await host.process.spawn({ ...chown, capabilities: ["CAP_DAC_READ_SEARCH"] });
    expect(await host.process.wait(without)).toEqual({ code: 1, signal: null });
    expect(statSync(file).uid).toBe(0);
    const having = await host.process.spawn({ ...chown, capabilities });
    expect(await host.process.wait(having)).toEqual({ code: 0, signal: null });
    expect(statSync(file).uid).toBe(UID);
  });

  it("a plain chroot: programs and directories are inside it", async () => {
    const root = scratch.path("root");
    mkdirSync(root);
    chmodSync(path.dirname(root), 0o755);
    const inside: ProcessSpawn = { ...SLEEP, chroot: root, cwd: "/inner" };
    const missing = await expectHostError(
      host.process.spawn({ ...inside, cwd: "/" }),
      "ERR_HOST_NOT_FOUND",
      "ENOENT",
    );
    expect(missing.syscall).toBe("execve");
    const libraries = execFileSync("ldd", ["/bin/sleep"], { encoding: "utf8" }).match(/\/\S+/g) ?? [];
    for (const file of ["/bin/sleep", ...libraries]) {
      mkdirSync(path.dirname(root + file), { recursive: true });
      copyFileSync(file, root + file);
    }
    mkdirSync(`${root}/inner`);
    await whileRunning(host, inside, ({ pid }) => {
      expect(readlinkSync(`/proc/${pid}/root`)).toBe(root);
      expect(readlinkSync(`/proc/${pid}/cwd`)).toBe(`${root}/inner`);
      expect(readlinkSync(`/proc/${pid}/ns/mnt`)).toBe(readlinkSync("/proc/self/ns/mnt"));
    });
  });

  it("a mount namespace of its own, whose mounts are private", async () => {
    await whileRunning(host, { ...SLEEP, mountNamespace: true }, ({ pid }) => {
      expect(readlinkSync(`/proc/${pid}/ns/mnt`)).not.toBe(readlinkSync("/proc/self/ns/mnt"));
      expect([...mounts(pid).keys()]).toHaveLength(mounts("self").size);
      expect(readFileSync(`/proc/${pid}/mountinfo`, "utf8")).not.toMatch(/ (shared|master):/);
    });
    await whileRunning(host, SLEEP, ({ pid }) => {
      expect(readlinkSync(`/proc/${pid}/ns/mnt`)).toBe(readlinkSync("/proc/self/ns/mnt"));
    });
  });

  it("a named network namespace", async () => {
    const netns = `bgro-${process.pid}`;
    const { inode } = await host.netns.create(netns);
    try {
      await whileRunning(host, { ...SLEEP, netns }, ({ pid }) => {
        expect(readlinkSync(`/proc/${pid}/ns/net`)).toBe(`net:[${inode}]`);
        expect(readlinkSync("/proc/self/ns/net")).not.toBe(`net:[${inode}]`);
      });
    } finally {
      await host.netns.delete(netns);
    }
  });

  it("descriptors of the caller by number, which are the same open file", async () => {
    const file = scratch.path("kept");
    writeFileSync(file, "0123456789");
    const fd = openSync(file, "r+");
    try {
      const fds: ProcessSpawn["fds"] = [
        { target: 0, kind: "inherit", fd },
        { target: 9, kind: "inherit", fd },
      ];
      await whileRunning(host, { ...SLEEP, fds }, ({ pid }) => {
        expect(descriptors(pid)).toEqual({ 0: file, 1: "/dev/null", 2: "/dev/null", 9: file });
      });
      // The offset is shared, so the child reads on where the caller is, and the caller where the child was.
      const head = { ...SLEEP, program: "/usr/bin/head", argv: ["head", "-c", "4"], fds };
      expect(await host.process.wait(await host.process.spawn(head))).toEqual({ code: 0, signal: null });
      expect(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8")).toMatch(/^pos:\s+4$/m);
    } finally {
      closeSync(fd);
    }
  });

  it("a socket of the caller, which the child answers on", async () => {
    const socket = scratch.path("socket");
    const server = createServer();
    await new Promise<void>((done) => server.listen(socket, done));
    const handle = (server as unknown as { _handle: { fd: number } })._handle.fd;
    await whileRunning(host, { ...SLEEP, fds: [{ target: 5, kind: "inherit", fd: handle }] }, ({ pid }) => {
      expect(readlinkSync(`/proc/${pid}/fd/5`)).toBe(readlinkSync(`/proc/self/fd/${handle}`));
    });
    await new Promise<void>((done) => server.close(() => done()));
  });
});

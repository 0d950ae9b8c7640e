import { chmod, chown, lstat, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Bell, letEveryoneRing } from "../../../../src/vmm/firecracker/bell.ts";

const mode = async (file: string) => (await stat(file)).mode & 0o777;
const never = () => new AbortController().signal;
let runtime: string;
let bellPath: string;

beforeEach(async () => {
  runtime = await mkdtemp(path.join(tmpdir(), "fc-bell-"));
  bellPath = path.join(runtime, "vsock_1024");
});
afterEach(() => rm(runtime, { recursive: true }));

describe("Bell", () => {
  it("can be rung by the VMM's user, also before it is listened for, and is taken down", async () => {
    const bell = await Bell.hang(bellPath);
    expect(await mode(bellPath)).toBe(0o666);
    await new Promise<void>((resolve) =>
      net
        .connect(bellPath)
        .on("close", () => resolve())
        .resume(),
    );
    await bell.rungWithin(2 ** 30, never());
    await bell.takeDown();
    expect(await readdir(runtime)).toEqual([]);
  });

  it("is done without where the VMM put a directory in its place (VMM-2)", async () => {
    await mkdir(path.join(bellPath, "full"), { recursive: true });
    const bell = await Bell.hang(bellPath);
    await bell.rungWithin(1, never());
    await bell.takeDown();
    expect(await readdir(bellPath)).toEqual(["full"]);
  });
});

describe("letEveryoneRing (VMM-2)", () => {
  it("changes no file that the VMM points at, and none that is no socket", async () => {
    const victim = path.join(runtime, "victim");
    await writeFile(victim, "");
    await chmod(victim, 0o600);
    await symlink(victim, bellPath);
    await expect(letEveryoneRing(bellPath)).rejects.toMatchObject({ code: "ERR_VMM_SOCKET" });
    await expect(letEveryoneRing(victim)).rejects.toMatchObject({ code: "ERR_VMM_SOCKET" });
    expect(await mode(victim)).toBe(0o600);
    expect((await lstat(bellPath)).isSymbolicLink()).toBe(true);
  });

  it("changes no socket of the VMM's own", async ({ skip }) => {
    if (process.geteuid?.() !== 0) return skip("only root can make a socket another user's");
    const server = net.createServer();
    await new Promise<void>((resolve) => server.listen(bellPath, resolve));
    await chmod(bellPath, 0o600);
    await chown(bellPath, 700_000, 700_000);
    await expect(letEveryoneRing(bellPath)).rejects.toMatchObject({ code: "ERR_VMM_SOCKET" });
    expect(await mode(bellPath)).toBe(0o600);
    await new Promise((resolve) => server.close(resolve));
  });
});

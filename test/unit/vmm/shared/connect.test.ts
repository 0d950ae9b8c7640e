import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { connectOnce, connectWhenThere } from "../../../../src/vmm/shared/connect.ts";

let directory: string;
const file = (name: string) => path.join(directory, name);

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "vmm-connect-"));
});
afterEach(() => rm(directory, { recursive: true }));

it("connects as soon as somebody listens", async () => {
  const connecting = connectWhenThere(file("s"), AbortSignal.timeout(10_000));
  const server = net.createServer((socket) => socket.end("hello"));
  server.listen(file("s"));
  const socket = await connecting;
  expect(String(await new Promise((resolve) => socket.once("data", resolve)))).toBe("hello");
  server.close();
});

it("is led nowhere by what a VMM puts in the place of its socket", async () => {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(file("other"), resolve));
  await symlink(file("other"), file("link"));
  await writeFile(file("file"), "");
  await expect(connectOnce(file("link"))).rejects.toMatchObject({ code: "ERR_VMM_SOCKET" });
  await expect(connectOnce(file("file"))).rejects.toMatchObject({ code: "ERR_VMM_SOCKET" });
  await expect(connectOnce(file("none"))).rejects.toMatchObject({ code: "ENOENT" });
  await new Promise((resolve) => server.close(resolve));
});

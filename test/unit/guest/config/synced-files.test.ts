import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { MAX_SYNC_BYTES, staysInside, syncedFiles } from "../../../../src/guest/config/synced-files.ts";

let home: string;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), "bgr-sync-"));
});
afterEach(() => rmSync(home, { recursive: true }));

const at = (name: string) => path.join(home, name);
const sync = (name: string, mode: number | null = null) =>
  syncedFiles([{ host: at(name), guest: `/root/${name}`, mode }]);

describe("syncedFiles (CFG-3)", () => {
  it("gives a file mode 0600, or the mode asked for", async () => {
    writeFileSync(at("token"), "secret", { mode: 0o644 });
    expect((await sync("token")).files).toEqual([
      { type: "file", path: "/root/token", mode: 0o600, text: Buffer.from("secret") },
    ]);
    expect((await sync("token", 0o750)).files).toMatchObject([{ mode: 0o750 }]);
  });

  it("follows the link that an entry itself is", async () => {
    writeFileSync(at("dotfile"), "x");
    symlinkSync("dotfile", at("rc"));
    expect((await sync("rc")).files).toMatchObject([{ type: "file", path: "/root/rc" }]);
  });

  it("copies a directory with each file's own mode, deep, in order", async () => {
    mkdirSync(at("d/e"), { recursive: true });
    chmodSync(at("d/e"), 0o700);
    writeFileSync(at("d/run"), "#!", { mode: 0o755 });
    writeFileSync(at("d/e/f"), "", { mode: 0o640 });
    const { files, warnings } = await sync("d");
    expect(warnings).toEqual([]);
    expect(files).toEqual([
      { type: "directory", path: "/root/d", mode: 0o755 },
      { type: "directory", path: "/root/d/e", mode: 0o700 },
      { type: "file", path: "/root/d/e/f", mode: 0o640, text: Buffer.alloc(0) },
      { type: "file", path: "/root/d/run", mode: 0o755, text: Buffer.from("#!") },
    ]);
    expect((await sync("d", 0o600)).warnings).toEqual([expect.stringContaining("keep their modes")]);
  });

  it("lets no symlink lead out of a directory", async () => {
    writeFileSync(at("secret"), "not for guests");
    mkdirSync(at("d/e"), { recursive: true });
    writeFileSync(at("d/x"), "x");
    symlinkSync("../x", at("d/e/inside"));
    symlinkSync("../../secret", at("d/e/out"));
    symlinkSync(at("secret"), at("d/absolute"));
    symlinkSync("..", at("d/parent"));
    const { files, warnings } = await sync("d");
    expect(files.filter(({ type }) => type === "symlink")).toEqual([
      { type: "symlink", path: "/root/d/e/inside", target: "../x" },
    ]);
    expect(JSON.stringify(files)).not.toContain("not for guests");
    expect(warnings).toHaveLength(3);
    for (const warning of warnings) expect(warning).toContain("symlink out of the directory");
  });

  it("warns of what is not there, of FIFOs, sockets and names that are no text, and neither waits nor fails", async () => {
    expect(await sync("missing")).toEqual({
      files: [],
      warnings: [expect.stringContaining("missing is not there")],
    });
    mkdirSync(at("d"));
    execFileSync("mkfifo", [at("d/fifo")]);
    writeFileSync(Buffer.concat([Buffer.from(`${at("d")}/`), Buffer.from([0x66, 0xff])]), "");
    const server = createServer().listen(at("d/socket"));
    await new Promise((resolve) => server.once("listening", resolve));
    const { files, warnings } = await sync("d");
    server.close();
    expect(files).toHaveLength(1);
    expect(warnings).toHaveLength(3);
  });

  it("fails for anything else: not a file, not readable as one, too large", async () => {
    execFileSync("mkfifo", [at("fifo")]);
    await expect(sync("fifo")).rejects.toMatchObject({ code: "ERR_FILE_SYNC" });
    writeFileSync(at("plain"), "");
    await expect(sync("plain/below")).rejects.toMatchObject({ code: "ERR_FILE_SYNC" });
    writeFileSync(at("large"), "");
    truncateSync(at("large"), MAX_SYNC_BYTES + 1);
    await expect(sync("large")).rejects.toMatchObject({
      code: "ERR_FILE_SYNC_TOO_LARGE",
      next: expect.stringContaining("vm cp"),
    });
  });
});

describe("staysInside", () => {
  it.each([
    ["x", ["l"], true],
    ["./a/../b", ["l"], true],
    ["..", ["l"], false],
    ["..", ["d", "l"], true],
    ["../../x", ["d", "l"], false],
    ["../d/../../x", ["d", "l"], false],
    ["/etc/passwd", ["l"], false],
  ])("%s at %j: %s", (target, names, expected) => {
    expect(staysInside(target, names)).toBe(expected);
  });
});

import {
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { UserSshConfig } from "../../../../src/cli/ssh/user-config.ts";

const OWN = "/state/my banger/ssh/config";
const INCLUDE = 'Include "/state/my banger/ssh/config"';

let home: string;
let config: UserSshConfig;
beforeEach(async () => {
  home = await mkdtemp(path.join(os.tmpdir(), "banger-home-"));
  config = new UserSshConfig(home);
});
afterEach(() => rm(home, { recursive: true }));

async function write(content: string | Buffer, mode = 0o644): Promise<void> {
  await mkdir(path.join(home, ".ssh"), { recursive: true, mode: 0o700 });
  await writeFile(config.file, content, { mode });
}

const read = () => readFile(config.file);
const modeOf = async (file: string) => (await stat(file)).mode & 0o777;

describe("installing", () => {
  it("begins the file with the block, once", async () => {
    await write("Host a\n  User b\n");
    expect(await config.install(OWN)).toBe(true);
    const lines = (await read()).toString().split("\n");
    expect(lines.slice(0, 3)).toEqual([
      expect.stringMatching(/^# >>> banger >>>/),
      INCLUDE,
      "# <<< banger <<<",
    ]);
    expect(lines.slice(3)).toEqual(["Host a", "  User b", ""]);
    const before = await stat(config.file);
    expect(await config.install(OWN)).toBe(false);
    expect((await stat(config.file)).ino).toBe(before.ino);
    expect(await readdir(path.dirname(config.file))).toEqual(["config"]);
  });

  it("leads to another place when banger has moved, and back to the top when something came before it", async () => {
    await write("Host a\n");
    await config.install("/elsewhere");
    await writeFile(config.file, `Host first\n${(await read()).toString()}`);
    expect(await config.install(OWN)).toBe(true);
    const text = (await read()).toString();
    expect(text).not.toContain("/elsewhere");
    expect(text.split("\n").slice(1)).toEqual([INCLUDE, "# <<< banger <<<", "Host first", "Host a", ""]);
  });

  it("makes what is missing, for the user alone, and takes it away again", async () => {
    await config.install(OWN);
    expect(await modeOf(path.dirname(config.file))).toBe(0o700);
    expect(await modeOf(config.file)).toBe(0o600);
    expect((await read()).toString()).toContain(`${INCLUDE}\n`);
    await config.install("/elsewhere");
    await config.uninstall();
    expect(await readdir(home)).toEqual([]);
  });

  it("keeps a directory that it made when something else is in it by then", async () => {
    await config.install(OWN);
    await writeFile(path.join(home, ".ssh", "id"), "");
    await config.uninstall();
    expect(await readdir(path.join(home, ".ssh"))).toEqual(["id"]);
  });

  it("writes through a symbolic link, also one that leads nowhere yet", async () => {
    const dotfiles = path.join(home, "dotfiles");
    await mkdir(dotfiles);
    await mkdir(path.join(home, ".ssh"));
    const target = path.join(dotfiles, "ssh-config");
    await symlink("../dotfiles/ssh-config", config.file);
    await config.install(OWN);
    expect(await readFile(target, "utf8")).toContain(INCLUDE);
    await writeFile(target, "Host a\n", { mode: 0o640 });
    await config.install(OWN);
    expect((await lstat(config.file)).isSymbolicLink()).toBe(true);
    expect(await readlink(config.file)).toBe("../dotfiles/ssh-config");
    expect(await readdir(dotfiles)).toEqual(["ssh-config"]);
    await config.uninstall();
    expect(await readFile(target, "utf8")).toBe("Host a\n");
  });

  it("keeps the file's mode, whatever the umask", async () => {
    await write("x\n", 0o664);
    const mode = await modeOf(config.file);
    await config.install(OWN);
    expect(await modeOf(config.file)).toBe(mode);
  });

  it("says what to do by hand where it cannot write", async () => {
    await mkdir(config.file, { recursive: true });
    await expect(config.install(OWN)).rejects.toMatchObject({ code: "ERR_SSH_CONFIG" });
    await rm(config.file, { recursive: true });
    await writeFile(path.join(home, "file"), "");
    const nowhere = new UserSshConfig(path.join(home, "file"));
    await expect(nowhere.install(OWN)).rejects.toMatchObject({
      code: "ERR_SSH_CONFIG",
      next: expect.stringContaining(INCLUDE),
    });
  });

  it("does not take a file away from its owner", async (context) => {
    if (process.geteuid?.() !== 0) return context.skip("needs root to make a file of another user's");
    await write("Host a\n");
    const { chown } = await import("node:fs/promises");
    await chown(config.file, 12_345, 12_345);
    await expect(config.install(OWN)).rejects.toMatchObject({ code: "ERR_SSH_CONFIG_OWNER" });
    expect((await read()).toString()).toBe("Host a\n");
    expect(await readdir(path.dirname(config.file))).toEqual(["config"]);
  });
});

describe("uninstalling", () => {
  it("gives back what was there, byte for byte", async () => {
    const bytes = fc.uint8Array({ maxLength: 200 }).map((each) => Buffer.from(each));
    const texts = fc
      .array(fc.constantFrom("Host *", "\n", "\r\n", "\n\n", "  User ä", "# comment", "\ufeff", "\t"))
      .map((parts) => Buffer.from(parts.join("")));
    await fc.assert(
      fc.asyncProperty(fc.oneof(bytes, texts), async (content) => {
        await write(content);
        await config.install(OWN);
        expect((await read()).subarray(-content.length || Number.MAX_SAFE_INTEGER).equals(content)).toBe(
          true,
        );
        await config.install("/elsewhere");
        expect(await config.uninstall()).toBe(true);
        expect((await read()).equals(content)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it("has nothing to do where nothing is", async () => {
    expect(await config.uninstall()).toBe(false);
    expect(await readdir(home)).toEqual([]);
    await write("Host a\n");
    expect(await config.uninstall()).toBe(false);
  });

  it("finds the block where it was moved, and with other line ends", async () => {
    await write("");
    await config.install(OWN);
    const block = (await read()).toString();
    await write(`Host a\r\n${block.replaceAll("\n", "\r\n")}Host b`);
    await config.uninstall();
    expect((await read()).toString()).toBe("Host a\r\nHost b");
  });

  it.each([
    ["an end without a beginning", "# <<< banger <<<\nHost a\n"],
    ["a beginning without an end", "# >>> banger >>>\nHost a\n"],
    ["two blocks", "# >>> banger >>>\n# <<< banger <<<\n# >>> banger >>>\n# <<< banger <<<\n"],
    ["the end first", "# <<< banger <<<\n# >>> banger >>>\n"],
  ])("touches nothing where there is %s", async (_, content) => {
    await write(content);
    await expect(config.uninstall()).rejects.toMatchObject({ code: "ERR_SSH_CONFIG_BLOCK" });
    await expect(config.install(OWN)).rejects.toMatchObject({ code: "ERR_SSH_CONFIG_BLOCK" });
    expect((await read()).toString()).toBe(content);
  });
});

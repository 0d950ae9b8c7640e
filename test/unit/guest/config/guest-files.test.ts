import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gitConfigLines } from "../../../../src/guest/config/git-config.ts";
import { type GuestFile, withSynced } from "../../../../src/guest/config/guest-files.ts";

const file = (name: string, text = ""): GuestFile => ({ type: "file", path: name, mode: 0o600, text });
const directory = (name: string): GuestFile => ({ type: "directory", path: name, mode: 0o700 });

describe("withSynced", () => {
  const own = [directory("/root/.ssh"), file("/root/.ssh/authorized_keys", "ours"), file("/root/.gitconfig")];

  it("keeps banger's own files as they are, and comes after the user's", () => {
    const synced = [
      directory("/root/.ssh"),
      file("/root/.ssh/authorized_keys", "theirs"),
      file("/root/.ssh/id"),
    ];
    const { files, warnings } = withSynced(own, synced);
    expect(files.map(({ path: name }) => name)).toEqual([
      "/root/.ssh",
      "/root/.ssh/id",
      ...own.map((each) => each.path),
    ]);
    expect(files).not.toContain(synced[1]);
    expect(warnings).toEqual([expect.stringContaining("/root/.ssh/authorized_keys is banger's own")]);
    expect(withSynced(own, [file("/root/.ssh")]).warnings).toHaveLength(1);
  });

  it("gives way with the git configuration", () => {
    const theirs = file("/root/.gitconfig", "theirs");
    expect(withSynced(own, [theirs])).toEqual({ files: [theirs, own[0], own[1]], warnings: [] });
  });

  it("takes the last of two entries for one path", () => {
    const { files } = withSynced([], [file("/root/a", "first"), file("/root/a", "second")]);
    expect(files).toEqual([file("/root/a", "second")]);
  });
});

describe("gitConfigLines (GST-5)", () => {
  it("says nothing where the host does not", () => {
    expect(gitConfigLines({ name: null, email: null })).toBeNull();
  });

  it("is read back by git as it was, whatever the name", () => {
    const scratch = mkdtempSync(path.join(tmpdir(), "bgr-git-"));
    const config = path.join(scratch, "config");
    try {
      const text = fc
        .string({ unit: "grapheme", minLength: 1, maxLength: 20 })
        .filter((each) => !each.includes("\0"));
      fc.assert(
        fc.property(fc.oneof(text, fc.constantFrom('a"b', "a\\", " x ", "a;b#c", "two\nlines")), (name) => {
          fc.pre(!name.includes("\r"));
          writeFileSync(config, `${(gitConfigLines({ name, email: null }) ?? []).join("\n")}\n`);
          const read = execFileSync("git", ["config", "-f", config, "--null", "user.name"], {
            encoding: "utf8",
          });
          expect(read).toBe(`${name}\0`);
        }),
        { numRuns: 40 },
      );
    } finally {
      rmSync(scratch, { recursive: true });
    }
  });
});

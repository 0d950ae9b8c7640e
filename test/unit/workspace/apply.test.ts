import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Export } from "../../../src/workspace/export/receive.ts";
import { runExport } from "../../../src/workspace/export/run.ts";
import { Checkout } from "./support/checkout.ts";
import { localCommand } from "./support/harness.ts";

let checkout: Checkout;
let base: string;
let exports = 0;
beforeEach(async () => {
  checkout = await Checkout.make();
  base = (await checkout.inHost("git rev-parse HEAD")).trim();
});
afterEach(() => checkout[Symbol.dispose]());

function exported(): Promise<Export> {
  exports += 1;
  const file = path.join(checkout.home, `export-${exports}`);
  return runExport(localCommand, { vm: "web", directory: checkout.guest, base, file });
}

const status = () => checkout.inHost("git status --porcelain");

describe("an export, applied to the checkout", { timeout: 60_000 }, () => {
  it("becomes files and index entries, as the guest has them", async () => {
    await checkout.inGuest(
      `printf 'more\\n' >> numbers; chmod +x a; git mv dir/x moved; rm link; mkdir link; printf '\\0\\1' > link/binary; printf 'not utf-8\\n' > 'n\u00ff'
       git add -A; git commit -qm work; printf 'uncommitted\\n' >> numbers; printf 'untracked\\n' > new`,
    );
    const made = await exported();
    expect(await checkout.apply(made)).toMatchObject({ how: "direct", conflicts: [], unstaged: [] });
    expect((await checkout.inHost("git write-tree")).trim()).toBe(made.tree);
    expect(
      await checkout.inHost(
        "git diff-files --name-only; git status --porcelain --untracked-files | grep -v '^[AMDTR] ' || :",
      ),
    ).toBe("");
    expect(await readFile(path.join(checkout.home, "outside/victim"), "utf8")).toBe("untouched\n");
  });

  it("twice is nothing the second time", async () => {
    await checkout.inGuest("printf 'more\\n' >> numbers; rm a; ln -s b c");
    const made = await exported();
    await checkout.apply(made);
    const before = await checkout.snapshot();
    expect(await checkout.apply(await exported())).toMatchObject({ how: "nothing" });
    expect(await checkout.snapshot()).toBe(before);
  });

  it("goes onto later commits of the host, three-way where the lines around have changed", async () => {
    await checkout.inGuest("sed -i s/5/five/ numbers");
    await checkout.inHost("sed -i -e s/2/two/ -e s/8/eight/ numbers && git commit -qam host");
    expect(await checkout.apply(await exported())).toMatchObject({ how: "three-way", conflicts: [] });
    expect(await checkout.inHost("cat numbers")).toBe("1\ntwo\n3\n4\nfive\n6\n7\neight\n9\n");
    expect(await status()).toBe("M  numbers\n");
  });

  it("changes nothing where both have changed the same lines, and writes markers when told to", async () => {
    await checkout.inGuest("sed -i s/5/guest/ numbers; printf 'new\\n' > new");
    await checkout.inHost("sed -i s/5/host/ numbers && git commit -qam host");
    const before = await checkout.snapshot();
    const made = await exported();
    await expect(checkout.apply(made)).rejects.toMatchObject({
      code: "ERR_WORKSPACE_CONFLICT",
      details: { conflicts: ["numbers"] },
    });
    expect(await checkout.snapshot()).toBe(before);
    expect(await checkout.apply(made, { conflicts: true })).toMatchObject({
      how: "conflicts",
      conflicts: ["numbers"],
    });
    expect(await checkout.inHost("cat numbers")).toMatch(
      /<<<<<<< ours\nhost\n=======\nguest\n>>>>>>> theirs/,
    );
    expect(await status()).toBe("A  new\nUU numbers\n");
  });

  it("passes over what the host has, uncommitted, since it came from there", async () => {
    const dirty = "printf 'host\\n' >> a; printf 'untracked\\n' > u; rm dir/x";
    await checkout.inHost(dirty);
    await checkout.inGuest(`${dirty}; printf 'guest\\n' >> numbers`);
    expect(await checkout.apply(await exported())).toMatchObject({
      how: "direct",
      entries: [{ path: "numbers" }],
    });
    expect(await status()).toBe(" M a\n D dir/x\nM  numbers\n?? u\n");
  });

  it("goes onto uncommitted changes in other lines of a file, and leaves them unstaged", async () => {
    await checkout.inHost("sed -i s/1/one/ numbers");
    await checkout.inGuest("printf '10\\n' >> numbers");
    expect(await checkout.apply(await exported())).toMatchObject({ how: "direct", unstaged: ["numbers"] });
    expect(await checkout.inHost("head -1 numbers; tail -1 numbers")).toBe("one\n10\n");
    expect(await status()).toBe(" M numbers\n");
  });

  it.each([
    [
      "a new file is there already, untracked and another",
      "printf 'host\\n' > new",
      "printf 'guest\\n' > new",
      "ERR_WORKSPACE_CONFLICT",
    ],
    ["a file to be removed was changed", "printf 'host\\n' >> a", "rm a", "ERR_WORKSPACE_DOES_NOT_APPLY"],
    ["a file to be changed was removed", "rm a", "printf 'x\\n' >> a", "ERR_WORKSPACE_DOES_NOT_APPLY"],
    [
      "a directory is where a file would be",
      "mkdir new; touch new/x",
      "printf 'x\\n' > new",
      "ERR_WORKSPACE_DOES_NOT_APPLY",
    ],
    [
      "a file is where a directory would be",
      "printf 'x\\n' > new",
      "mkdir new; touch new/x",
      "ERR_WORKSPACE_DOES_NOT_APPLY",
    ],
    [
      "a binary file is another",
      "printf '\\0h' > a; git commit -qam h",
      "printf '\\0g' > a",
      "ERR_WORKSPACE_CONFLICT",
    ],
  ])("changes nothing where %s", async (_name, onHost, inGuest, code) => {
    await checkout.inHost(onHost);
    await checkout.inGuest(`${inGuest}; printf 'more\\n' >> numbers`);
    const before = await checkout.snapshot();
    await expect(checkout.apply(await exported())).rejects.toMatchObject({ code });
    expect(await checkout.snapshot()).toBe(before);
  });

  it("takes back what was written when it cannot be finished", async () => {
    await checkout.inGuest(
      "printf 'more\\n' >> a; printf 'new\\n' > new; mkdir d2; printf 'x\\n' > d2/x; rm dir/x; ln -sf elsewhere link",
    );
    const made = await exported();
    // Another git holds the index: that is found when the files are written already.
    await writeFile(path.join(checkout.host, ".git/index.lock"), "");
    const before = await checkout.inHost(
      "cat a dir/x; readlink link; find . -path ./.git -prune -o -print | sort",
    );
    await expect(checkout.apply(made)).rejects.toMatchObject({ code: "ERR_GIT" });
    expect(
      await checkout.inHost("cat a dir/x; readlink link; find . -path ./.git -prune -o -print | sort"),
    ).toBe(before);
    expect(await status()).toBe("");
  });

  it("takes it back when it is interrupted", async () => {
    await checkout.inGuest("printf 'more\\n' >> a");
    const made = await exported();
    const before = await checkout.snapshot();
    const reason = new Error("Ctrl-C");
    await expect(checkout.apply(made, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(await checkout.snapshot()).toBe(before);
  });

  it("changes lines of files that this checkout has with CRLF", async () => {
    await checkout.inHost("git config core.autocrlf true && rm numbers && git checkout -q numbers");
    await checkout.inGuest("sed -i s/5/five/ numbers");
    expect(await checkout.apply(await exported())).toMatchObject({ how: "direct" });
    expect(await checkout.inHost("cat numbers")).toBe("1\r\n2\r\n3\r\n4\r\nfive\r\n6\r\n7\r\n8\r\n9\r\n");
    expect(await status()).toBe("M  numbers\n");
  });

  it("the same where it is the user's own settings that say so", async () => {
    const userSettings = new Map([["core.autocrlf", "true"]]);
    await checkout.inHost("rm numbers && git -c core.autocrlf=true checkout -q numbers");
    await checkout.inGuest("sed -i s/5/five/ numbers");
    expect(await checkout.apply(await exported(), { userSettings })).toMatchObject({ how: "direct" });
    expect(await checkout.inHost("sed -n 5p numbers; git -c core.autocrlf=true status --porcelain")).toBe(
      "five\r\nM  numbers\n",
    );
  });

  it("goes to a linked worktree, and from a directory below the top", async () => {
    await checkout.inHost("git worktree add -q ../linked");
    await checkout.inGuest("printf 'more\\n' >> a");
    const made = await exported();
    await mkdir(path.join(checkout.home, "linked/dir/below"));
    await expect(
      checkout.apply(made, { at: path.join(checkout.home, "linked/dir/below") }),
    ).resolves.toMatchObject({ how: "direct" });
    expect(await checkout.inHost("git -C ../linked status --porcelain; git status --porcelain")).toBe(
      "M  a\n",
    );
  });
});

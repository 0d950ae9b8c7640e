import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Checkout, newFile } from "./support/checkout.ts";

let checkout: Checkout;
beforeAll(async () => {
  checkout = await Checkout.make();
  await checkout.inHost("git clone -q . vendor && mkdir -p deep/er");
}, 60_000);
afterAll(() => checkout[Symbol.dispose]());

const link = (name: string, target: string) => newFile(name, { mode: "120000", line: target });
const lines = (...all: string[]) => `${all.join("\n")}\n`;
const changed = (name: string, ...head: string[]) =>
  lines(
    `diff --git a/${name} b/${name}`,
    ...head,
    `--- a/${name}`,
    `+++ b/${name}`,
    "@@ -1 +1 @@",
    "-untouched",
    "+hostile",
  );
const INDEX = `index ${"2".repeat(40)}..${"3".repeat(40)}`;

/** Each would make or change a file outside of the checkout, or in a git directory, if it worked. */
const TRICKS: Record<string, string> = {
  "a path up": newFile("../outside/new"),
  "a path up, further in": newFile("dir/../../outside/new"),
  "an absolute path": newFile("/tmp/banger-hostile"),
  "a path with an empty part": newFile("dir//x"),
  "a part that is a dot": newFile("./x"),
  "a hook": newFile(".git/hooks/post-checkout", { mode: "100755" }),
  "the git directory in capitals": newFile(".GIT/config"),
  "its short name on NTFS": newFile("GIT~1/config"),
  "its name with a blank, as NTFS drops it": newFile(".git /config"),
  "its name with dots, as NTFS drops them": newFile(".git...../config"),
  "a stream of it": newFile(".git::$INDEX_ALLOCATION/config"),
  "its name with what HFS+ ignores": newFile(".g\\342\\200\\214it/config", { quote: true }),
  "behind a backslash": newFile("dir\\\\.git\\\\config", { quote: true }),
  "the git directory of a subdirectory": newFile("dir/.git/config"),
  "a git directory that is a link": link(".git", "../outside"),
  "modules that are a link": link(".gitmodules", "../outside/victim"),
  "modules that are a link, on NTFS": link("GITMOD~1", "../outside/victim"),
  "a link, and a file through it": link("out", "../outside") + newFile("out/new"),
  "a file through a link, and the link": newFile("out/new") + link("out", "../outside"),
  "a link that the checkout has": newFile("link/new"),
  "a change through a link that the checkout has": changed("link/victim", `${INDEX} 100644`),
  "a link in the place of a directory that is not emptied": link("dir", "../outside") + newFile("dir/new"),
  "one file twice": newFile("twice") + newFile("twice"),
  "a link, changed to a file, twice": link("l", "../outside/victim") + newFile("l"),
  "a file that becomes a link by its mode": changed("a", "old mode 100644", "new mode 120000", INDEX),
  "a directory's mode": newFile("new", { mode: "040000" }),
  "a mode with setuid": newFile("new", { mode: "104755" }),
  "another name after +++": newFile("new", { plus: "b/../outside/new" }),
  "another name after +++, without prefix": newFile("new", { plus: "../outside/new" }),
  "two names in one header": newFile("new").replace(" b/new\n", " b/../outside/new\n"),
  "a name that is quoted without need": newFile("\\056\\056/outside/new", { quote: true }),
  "a slash in octal": newFile("..\\057outside\\057new", { quote: true }),
  "a name with a NUL": newFile("new\\000/../../outside", { quote: true }),
  "a rename out": lines(
    "diff --git a/a b/../outside/a",
    "similarity index 100%",
    "rename from a",
    "rename to ../outside/a",
  ),
  "a rename that the header does not tell": lines(
    "diff --git a/a b/a",
    "similarity index 100%",
    "rename from a",
    "rename to ../outside/a",
  ),
  "a copy": lines("diff --git a/a b/b", "similarity index 100%", "copy from a", "copy to b"),
  "a patch without git's header":
    newFile("new") + lines("--- /dev/null", "+++ b/../outside/new", "@@ -0,0 +1 @@", "+hostile"),
  "words before the patch": `Subject: hello\n\n${newFile("new")}`,
  "a hunk that is longer than it says": newFile("new").replace("+1 @@", "+1 @@\n+more"),
  "a hunk that is shorter than it says": newFile("new").replace("+1 @@", "+1,9 @@"),
  "a hunk in a hunk": newFile("new").replace("+1 @@", "+1,4 @@") + newFile("../outside/new"),
  "a removal with lines that stay": lines(
    "diff --git a/a b/a",
    "deleted file mode 100644",
    INDEX,
    "--- a/a",
    "+++ /dev/null",
    "@@ -1 +1 @@",
    "-a",
    "+b",
  ),
  "a removal without the content": lines(
    "diff --git a/a b/a",
    "deleted file mode 100644",
    `index ${"2".repeat(40)}..${"0".repeat(40)}`,
  ),
  "an index of another length": newFile("new").replace("1".repeat(40), "1".repeat(39)),
  "a link of binary data": lines(
    "diff --git a/l b/l",
    "new file mode 120000",
    `index ${"0".repeat(40)}..${"2".repeat(40)}`,
    "GIT binary patch",
    "literal 3",
    "KcmZQzWC8#H2LJ>B",
    "",
    "literal 0",
    "HcmV?d00001",
    "",
  ),
  "binary data of another length": lines(
    "diff --git a/n b/n",
    "new file mode 100644",
    `index ${"0".repeat(40)}..${"2".repeat(40)}`,
    "GIT binary patch",
    "literal 3",
    "zcmZQzWC8#H2LJ>B",
    "",
    "literal 0",
    "HcmV?d00001",
    "",
  ),
  "binary data with one block": lines(
    "diff --git a/n b/n",
    "new file mode 100644",
    `index ${"0".repeat(40)}..${"2".repeat(40)}`,
    "GIT binary patch",
    "literal 3",
    "KcmZQzWC8#H2LJ>B",
    "",
  ),
  "a file in another repository": newFile("vendor/new"),
  "the end in a line": newFile("new").trimEnd(),
  "the end in a header": lines("diff --git a/n b/n", "new file mode 100644"),
  "the end between the names": lines(...newFile("new").split("\n").slice(0, 4)),
  "a name that the kernel does not take": newFile("n".repeat(256)),
  "a path that the kernel does not take": newFile("dir/".repeat(1000)),
  "a carriage return after a name": newFile("new").replaceAll("b/new\n", "b/new\r\n"),
};

describe("a guest's patch that lies", { timeout: 60_000 }, () => {
  it.each(Object.entries(TRICKS))("is refused, and nothing is touched: %s", async (_name, patch) => {
    const before = await checkout.snapshot();
    const tried = (async () => checkout.apply(await checkout.receive(patch)))();
    await expect(tried).rejects.toMatchObject({ code: "ERR_WORKSPACE_PATCH" });
    expect(await checkout.snapshot()).toBe(before);
  });

  it("is taken when it does not: the same forms, harmless", async () => {
    const patch =
      newFile("plain") +
      link("out", "../outside") +
      newFile("caf\\303\\251\\n", { quote: true }) +
      newFile("git/HEAD");
    // Its object ids are made up, which matters to nobody.
    const { entries } = await checkout.apply(await checkout.receive(patch));
    expect(entries.map(({ path }) => path)).toEqual(["plain", "out", "caf\u00c3\u00a9\n", "git/HEAD"]);
    expect(
      await checkout.inHost("cat plain git/HEAD 'caf\u00c3\u00a9\n'; readlink out; cat out/victim"),
    ).toBe("hostile\nhostile\nhostile\n../outside\nuntouched\n");
  });

  it("runs nothing of the checkout's own configuration, hooks and attributes", async () => {
    using own = await Checkout.make();
    const mark = `touch ${own.home}/mark-`;
    await own.inHost(
      `for each in post-index-change post-checkout pre-commit post-merge; do printf '#!/bin/sh\\n${mark}%s\\n' $each > .git/hooks/$each; done
       chmod +x .git/hooks/*
       git config core.fsmonitor '${mark}fsmonitor; :' && git config core.hooksPath .git/hooks
       git config filter.evil.smudge '${mark}smudge; cat' && git config filter.evil.clean '${mark}clean; cat'
       git config filter.evil.process '${mark}process' && git config merge.evil.driver '${mark}merge'
       git config diff.evil.textconv '${mark}textconv; cat' && git config core.sshCommand '${mark}ssh' && git config diff.external '${mark}external'
       printf '* filter=evil merge=evil diff=evil\\n' > .git/info/attributes`,
    );
    const attributes = newFile(".gitattributes", { line: "* filter=evil merge=evil diff=evil" });
    expect(await own.apply(await own.receive(attributes + newFile("new")))).toMatchObject({ how: "direct" });
    expect(await own.inHost("cat new; ls .. | grep mark || echo none")).toBe("hostile\nnone\n");
  });
});

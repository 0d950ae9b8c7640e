import { readdirSync } from "node:fs";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Checkout } from "../../unit/workspace/support/checkout.ts";
import { Cli, ENTRY, Program, runCli } from "./support/cli.ts";
import { FakeDaemon, VM } from "./support/daemon.ts";

/** The CLI, the daemon's RPC, and a guest whose commands run on this machine. */
let daemon: FakeDaemon;
let checkout: Checkout;
let temporary: string;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  daemon = await FakeDaemon.open();
  daemon.vms.set(VM.id, VM);
  checkout = await Checkout.make();
  await checkout.inGuest(
    "mkdir .git/banger; git rev-parse HEAD > .git/banger/base; printf '10\\n' >> numbers; rm a; printf '\\0\\1' > 'new file'; git init -q nested",
  );
  temporary = path.join(checkout.home, "tmp");
  await mkdir(temporary);
  env = { ...daemon.env, TMPDIR: temporary };
});
afterAll(async () => {
  await daemon[Symbol.asyncDispose]();
  checkout[Symbol.dispose]();
});

const LIST = "D  a  -1\nA  new file  binary\nM  numbers  +1\n3 files changed, +1 -1 lines\n";
const words = (...args: string[]) => [
  "vm",
  "workspace",
  "export",
  VM.name,
  "--repo",
  checkout.guest,
  ...args,
];
const run = (...args: string[]) => runCli(words(...args), { env });

describe("vm workspace export", () => {
  it("in a pipe is the patch; the list and what is left out are said beside it", async () => {
    const done = await run();
    expect(done.status).toBe(0);
    expect(done.stdout.toString()).toMatch(/^diff --git a\/a b\/a\ndeleted file mode 100644\n/);
    expect(done.stderr).toContain(LIST);
    expect(done.stderr).toContain("not in the patch: repositories inside the checkout: nested/\n");
    expect((await run("-o", "-", "--quiet")).stdout.equals(done.stdout)).toBe(true);
    const file = path.join(checkout.home, "out.patch");
    const written = await run("-o", file);
    expect([written.status, written.stdout.toString()]).toEqual([0, LIST]);
    expect((await readFile(file)).equals(done.stdout)).toBe(true);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it("--stat and --json list the files, and write nothing", async () => {
    expect((await run("--stat")).stdout.toString()).toBe(LIST);
    const { files } = JSON.parse((await run("--json")).stdout.toString()) as { files: unknown };
    expect(files).toMatchObject([
      { status: "D", path: "a" },
      { status: "A", path: "new file", binary: true },
      { status: "M", path: "numbers", added: 1 },
    ]);
  });

  it("its list has colours where it is read at a terminal, and nowhere else", async () => {
    const command = [process.execPath, "--", ENTRY, ...words("--stat")].join(" ");
    const file = path.join(checkout.home, "list");
    const at = (script: string) =>
      new Program("script", ["-qfec", script, "/dev/null"], { env: { ...env, SHELL: "/bin/sh" } }).finished;
    expect((await at(command)).stdout.toString()).toContain("numbers  \u001b[32m+1\u001b[39m");
    await at(`${command} > ${file}`);
    expect(await readFile(file, "utf8")).toBe(LIST);
  });

  it("--apply changes the checkout; conflicts are told first, and then written if allowed", async () => {
    const before = await checkout.snapshot();
    await checkout.inHost("printf 'ten\\n' >> numbers && git commit -qam host");
    const refused = await run("--apply", checkout.host);
    expect([refused.status, refused.stdout.length]).toEqual([1, 0]);
    expect(refused.stderr).toContain(
      'have changed the same lines of "numbers"; nothing was changed\n  add --conflicts',
    );
    const allowed = await run("--apply", "--conflicts", checkout.host);
    expect([allowed.status, allowed.stderr]).toEqual([
      1,
      expect.stringContaining("conflict markers are in: numbers\n"),
    ]);
    await checkout.inHost("git reset -q --hard HEAD~1");
    const done = await run("--apply", checkout.host);
    expect([done.status, done.stdout.toString()]).toEqual([0, LIST]);
    expect(done.stderr).toContain(`\napplied to ${checkout.host}\n`);
    expect((await run("--apply", checkout.host)).stdout.toString()).toBe(
      "your checkout has all of it already\n",
    );
    expect(await checkout.snapshot()).not.toBe(before);
    expect(readdirSync(temporary)).toEqual([]);
  });

  it.each([
    [["--apply", "--stat"], 2, "--apply and --stat exclude each other"],
    [["--conflicts"], 2, "--conflicts is for --apply"],
    [["--base-commit=-x"], 2, '--base-commit "-x" names no commit'],
    [["--repo", "repo"], 2, '--repo "repo" is not absolute'],
    [["--json", "-o", "-"], 2, "--json and the patch both want stdout"],
    [["--base-commit", "0123456"], 1, '"0123456" is no commit of'],
    [["--apply", "/"], 1, "/ is not in a git checkout"],
    [["--output", "/no/such/directory/patch"], 1, "the patch cannot be written to /no/such/directory/patch"],
  ])("%j is status %i, and a sentence", async (args, status, sentence) => {
    const done = await run(...args);
    expect([done.status, done.stdout.length]).toEqual([status, 0]);
    expect(done.stderr).toMatch(/banger: .*\n {2}\S/);
    expect(done.stderr).toContain(sentence);
  });

  it.each([["export"], ["prepare"]])("%s for a VM that is not there is no copy that failed", async (verb) => {
    const done = await runCli(["vm", "workspace", verb, "nowhere"], { env, cwd: checkout.host });
    expect(done.status).toBe(1);
    expect(done.stderr).toMatch(/^banger: [^\n]*"nowhere"/);
  });

  it("waits for its turn, and says for what (WS-4)", async () => {
    const turn = Promise.withResolvers<void>();
    daemon.workspaceTurn = turn.promise;
    const cli = new Cli(words("--stat"), { env });
    await cli.until(/waiting for another prepare or export of this VM to end\n/);
    expect(cli.output).not.toContain("changed");
    turn.resolve();
    expect((await cli.finished).stdout.toString()).toBe(LIST);
  });

  it("a Ctrl-C ends it, and hangs the guest's script up", async () => {
    const bin = path.join(checkout.home, "bin");
    await mkdir(bin);
    const reached = path.join(checkout.home, "reached");
    const slow = `#!/bin/sh\ncase "$*" in *write-tree*) : > ${reached}; exec sleep 100000 ;; *) exec /usr/bin/git "$@" ;; esac\n`;
    await writeFile(path.join(bin, "git"), slow);
    await chmod(path.join(bin, "git"), 0o755);
    const before = process.env.PATH;
    process.env.PATH = `${bin}:${before}`;
    try {
      const hangUps = daemon.told.hangUps;
      const cli = new Cli(words(), { env });
      while (!readdirSync(checkout.home).includes("reached"))
        await new Promise((resolve) => setTimeout(resolve, 20));
      cli.child.kill("SIGINT");
      const done = await cli.finished;
      expect([done.status, done.stdout.length]).toEqual([130, 0]);
      expect(readdirSync(temporary)).toEqual([]);
      while (daemon.told.hangUps === hangUps) await new Promise((resolve) => setTimeout(resolve, 20));
    } finally {
      process.env.PATH = before;
    }
  });
});

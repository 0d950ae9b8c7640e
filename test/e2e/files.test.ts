import { mkdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually, type Finished, mustRun } from "./support/run.ts";
import { Sandbox } from "./support/sandbox.ts";

let sandbox: Sandbox;
let created: Finished;
const home = (name: string) => path.join(sandbox.directory, "home", name);
const guest = (script: string) => sandbox.ok("vm", "exec", "web", "--", "sh", "-c", script);

beforeAll(async () => {
  sandbox = await Sandbox.open({
    config: `
      [[file_sync]]
      host = "~/token"
      guest = "~/.token"
      [[file_sync]]
      host = "~/app"
      guest = "/root/.config/app"
      [[file_sync]]
      host = "~/missing"
      guest = "~/missing"
    `,
  });
  await writeFile(home(".gitconfig"), "[user]\n\tname = Ada\n\temail = ada@example.org\n");
  await writeFile(home("token"), "one", { mode: 0o644 });
  await mkdir(home("app/bin"), { recursive: true });
  await writeFile(home("app/bin/run"), "#!/bin/sh\necho ran\n", { mode: 0o755 });
  await symlink("bin/run", home("app/start"));
  created = await sandbox.run(["vm", "create", "--name", "web", "--memory", "512M"]);
  expect(created.status).toBe(0);
  // Copies need nothing of the image.
  await guest("chmod -x $(readlink -f $(command -v tar))");
});

afterAll(async () => {
  await sandbox.run(["vm", "rm", "-f", "web"]);
  await sandbox.close();
});

describe("what every guest gets", () => {
  it("the host's git identity, in a file that says whose it is (GST-5)", async () => {
    expect(await guest("cat /root/.gitconfig")).toBe(
      '# Managed by banger; rewritten at each start\n# Settings of the guest\'s own go to ~/.config/git/config\n[user]\n\tname = "Ada"\n\temail = "ada@example.org"\n',
    );
  });

  it("synced files with their modes, root's; what is missing is a warning (CFG-3)", async () => {
    expect(created.stderr).toContain("missing is not there");
    const look =
      "cd /root && stat -c '%a %U %F %n' .token .config/app/bin/run && cat .token && .config/app/start";
    expect(await guest(look)).toBe(
      "600 root regular file .token\n755 root regular file .config/app/bin/run\noneran\n",
    );
  });

  it("anew at each start: what changed, and not what is gone (GST-3)", async () => {
    await writeFile(home("token"), "two");
    await rm(home("app/start"));
    await writeFile(home(".gitconfig"), "[user]\n\tname = Grace\n");
    await sandbox.ok("vm", "restart", "web");
    const look =
      "cat /root/.token; ls /root/.config/app; grep -c email /root/.gitconfig; grep name /root/.gitconfig";
    expect(await guest(`${look}; true`)).toBe('twobin\n0\n\tname = "Grace"\n');
  });
});

describe("vm cp", () => {
  it("takes a tree there and back, modes and links kept, root's there", async () => {
    await mkdir(home("tree/deep"), { recursive: true });
    await writeFile(home("tree/deep/large"), Buffer.alloc(20_000_001, "banger"));
    await writeFile(home("tree/run"), "#!/bin/sh\n", { mode: 0o750 });
    await symlink("deep/large", home("tree/link"));
    await sandbox.ok("vm", "cp", home("tree"), "web:/srv/");
    expect(await guest("cd /srv/tree && stat -c '%a %U:%G %n' run && readlink link && wc -c < link")).toBe(
      "750 root:root run\ndeep/large\n20000001\n",
    );
    await sandbox.ok("vm", "cp", "web:srv/tree/.", home("back"));
    await mustRun("diff", ["-r", "--no-dereference", home("tree"), home("back")]);
    expect((await stat(home("back/run"))).mode & 0o7777).toBe(0o750);
  });

  it("takes a tar stream, and gives one", async () => {
    const { stdout: input } = await mustTar(["-C", home("tree"), "-c", "run"]);
    expect((await sandbox.run(["vm", "cp", "-", "web:/opt"], { input })).status).toBe(0);
    const done = await sandbox.run(["vm", "cp", "web:/opt/run", "-"]);
    await writeFile(home("run.tar"), done.stdout);
    expect(await mustRun("tar", ["-xOf", home("run.tar"), "run"])).toBe("#!/bin/sh\n");
  });

  it("says what is wrong, with status 1, and makes nothing", async () => {
    const done = await sandbox.run(["vm", "cp", "web:/nothing", home("nothing")]);
    expect(done.status).toBe(1);
    expect(done.stderr).toContain("in web: /nothing is not there");
    await expect(readFile(home("nothing"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("leaves no half file in the guest after Ctrl-C", async () => {
    await writeFile(home("endless"), "");
    await mustRun("truncate", ["-s", "1T", home("endless")]);
    await guest("mkdir /srv/empty");
    const copy = sandbox.start(["vm", "cp", home("endless"), "web:/srv/empty/"]);
    await eventually(
      async () => (await guest("ls -A /srv/empty")).startsWith(".banger-cp"),
      "the copy has begun",
    );
    copy.child.kill("SIGINT");
    const done = await copy.finished;
    expect(done.status).toBe(130);
    expect(done.stderr).toContain("none is left half");
    await eventually(async () => (await guest("ls -A /srv/empty")) === "", "the guest has taken it away");
  });
});

async function mustTar(args: string[]): Promise<{ stdout: Buffer }> {
  await mustRun("tar", ["-f", home("made.tar"), ...args]);
  return { stdout: await readFile(home("made.tar")) };
}

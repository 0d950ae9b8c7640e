import { spawn } from "node:child_process";
import { once } from "node:events";
import { truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { openReal } from "../../contract/support/hosts.ts";
import { useScratch } from "../../contract/support/scratch.ts";

const INDEX = path.resolve(import.meta.dirname, "../../../src/host/linux/index.ts");
const NAME = "banger-processes";

describe("loop devices of several processes", () => {
  const host = openReal();
  const scratch = useScratch();
  afterEach(async () => {
    for (const info of await host.loop.list(NAME)) await host.loop.detach(info.device);
  });
  afterAll(() => host.close());

  function backing(): string {
    writeFileSync(scratch.path("disk"), "");
    truncateSync(scratch.path("disk"), 1024 * 1024);
    return scratch.path("disk");
  }

  /** A whole Node of its own runs `script`, with HostOps as `host` and what a loop needs as `spec`. */
  function node(script: string) {
    const spec = { backingFile: backing(), readOnly: true, name: NAME };
    const code = `import { openLinuxHostOps } from ${JSON.stringify(INDEX)}; const host = openLinuxHostOps(); const spec = ${JSON.stringify(spec)}; ${script}`;
    return spawn(process.execPath, ["--input-type=module", "-e", code], {
      stdio: ["ignore", "pipe", "inherit"],
    });
  }

  async function output(child: ReturnType<typeof node>): Promise<string> {
    let text = "";
    for await (const chunk of child.stdout) text += chunk;
    return text;
  }

  it("one that autoclears does not outlive its process, however that ends", async () => {
    const child = node(
      "console.log((await host.loop.attach({ ...spec, autoclear: true })).device); setInterval(() => {}, 1000);",
    );
    const [device] = await once(child.stdout, "data");
    expect(await host.loop.list(NAME)).toMatchObject([{ device: String(device).trim(), autoclear: true }]);
    child.kill("SIGKILL");
    await once(child, "exit");
    while ((await host.loop.list(NAME)).length > 0) await new Promise((done) => setTimeout(done, 5));
  });

  it("several processes attach many at once, and nobody gets another's", async () => {
    const script =
      "const all = await Promise.all(Array.from({ length: 16 }, () => host.loop.attach(spec))); console.log(all.map((info) => info.device).join());";
    const said = await Promise.all([0, 1, 2].map(() => output(node(script))));
    const devices = said.flatMap((text) => text.trim().split(","));
    expect(new Set(devices).size).toBe(48);
    expect((await host.loop.list(NAME)).map(({ device }) => device).sort()).toEqual(devices.sort());
  });

  it("is root's alone", async () => {
    const script = `process.setegid(65534); process.seteuid(65534);
      const tries = [host.loop.attach(spec), host.loop.detach("/dev/loop0"), host.dm.create({ name: "bgr-x", table: [{ type: "zero", lengthSectors: 8n }], readOnly: true })];
      console.log((await Promise.allSettled(tries)).map((each) => each.reason?.code).join());`;
    // device-mapper's node is there for all to see, its driver perhaps not.
    expect(await output(node(script))).toMatch(
      /^ERR_HOST_PERMISSION,ERR_HOST_PERMISSION,ERR_HOST_(PERMISSION|UNSUPPORTED)\n$/,
    );
  });
});

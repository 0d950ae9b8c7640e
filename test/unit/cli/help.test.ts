import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { COMMANDS, findCommand, shownCommands } from "../../../src/cli/commands/index.ts";
import { resolvedDefaults } from "../../../src/cli/defaults.ts";
import { renderCommandHelp, renderOverview } from "../../../src/cli/help.ts";
import { styleFor } from "../../../src/cli/render/style.ts";

const plain = styleFor(false);

describe("help", () => {
  it.each(COMMANDS.map(({ paths, load }) => [paths[0] as string, paths, load] as const))(
    "of %s tells what, how and by which examples",
    async (name, paths, load) => {
      const command = await load();
      expect(command.path).toBe(name);
      const text = renderCommandHelp(command, paths, null, plain);
      expect(text).toContain(`Usage:\n  banger ${name} [options]`);
      expect(text).toContain("-h, --help");
      expect(text).toContain("Examples:\n");
      for (const option of command.options) {
        expect(text).toContain(`--${option.name}`);
        expect(option.describe).not.toBe("");
      }
      expect(text.split("\n").every((line) => line === line.trimEnd())).toBe(true);
    },
  );

  it.each([
    ["vm exec", "<vm> [--] command [argument]…"],
    ["vm ssh", "<vm> [--] [ssh option]… [command [argument]…]"],
    ["vm run", "[path] [-- command [argument]…]"],
  ])("of %s tells which of it may be left out", async (name, usage) => {
    const command = await findCommand(name.split(" "))?.entry.load();
    if (command === undefined) throw new Error(`no ${name}`);
    expect(renderCommandHelp(command, [name], null, plain)).toContain(
      `  banger ${name} [options] ${usage}\n`,
    );
  });

  it("options of one command have names and letters of their own", async () => {
    for (const { load } of COMMANDS) {
      const { options, path: name } = await load();
      const words = options.flatMap(({ name: long, short }) =>
        short === undefined ? [long] : [long, short],
      );
      expect([name, new Set(words).size]).toEqual([name, words.length]);
    }
  });

  it("lists every command", async () => {
    const text = await renderOverview(null, plain);
    for (const { paths } of shownCommands()) expect(text).toContain(`  ${paths[0]} `);
    expect(text).not.toContain("internal");
    expect(await renderOverview("image", plain)).not.toContain("vm run");
  });

  it("shows resolved defaults with where they come from (CFG-2)", async () => {
    const config = await mkdtemp(path.join(os.tmpdir(), "banger-help-"));
    await mkdir(path.join(config, "banger"));
    const file = path.join(config, "banger/config.toml");
    await writeFile(file, 'boot_timeout = "2m"\n[vm_defaults]\nvcpu = 3\nmemory_mib = 1024\n');
    const resolved = await resolvedDefaults({ XDG_CONFIG_HOME: config });
    expect(resolved).toMatchObject({
      vcpu: "3 (config)",
      memoryMib: "1024M (config)",
      diskSizeBytes: "8G (builtin)",
      bootTimeout: "2m00s",
      image: "debian-bookworm",
    });
    await writeFile(file, "not toml");
    expect((await resolvedDefaults({ XDG_CONFIG_HOME: config })).vcpu).toMatch(/^\d+ \(auto\)$/);
    await rm(config, { recursive: true });
    const run = await findCommand(["vm", "run"])?.entry.load();
    if (run === undefined) throw new Error("no vm run");
    expect(renderCommandHelp(run, ["vm run"], resolved, plain)).toContain(
      "virtual CPUs [default: 3 (config)]",
    );
  });
});

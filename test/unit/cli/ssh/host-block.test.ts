import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hostBlock, vmNameOf } from "../../../../src/cli/ssh/host-block.ts";
import { quotedPattern, shellWord } from "../../../../src/cli/ssh/quoting.ts";

const INPUT = {
  identityFile: "/s/banger/ssh/id_ed25519",
  knownHostsFile: "/s/banger/ssh/known_hosts",
  program: ["/usr/bin/node", "/opt/banger/lib/banger.cjs"],
  env: {},
};

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), "banger-ssh-config-"));
});
afterAll(() => rm(directory, { recursive: true }));

describe("the lines for ssh", () => {
  it("are for names of VMs, with our key, our known_hosts and our way there", () => {
    expect(hostBlock(INPUT).split("\n").slice(1)).toEqual([
      "Host *.vm *.VM",
      "  User root",
      "  Port 22",
      '  IdentityFile "/s/banger/ssh/id_ed25519"',
      "  IdentitiesOnly yes",
      "  AddKeysToAgent no",
      '  UserKnownHostsFile "/s/banger/ssh/known_hosts"',
      "  GlobalKnownHostsFile none",
      "  StrictHostKeyChecking yes",
      "  HostKeyAlgorithms ssh-ed25519",
      "  VerifyHostKeyDNS no",
      "  UpdateHostKeys no",
      "  CheckHostIP no",
      "  CanonicalizeHostname no",
      "  ProxyCommand /usr/bin/node /opt/banger/lib/banger.cjs internal ssh-proxy -- '%h'",
      "",
    ]);
  });

  it("hand on what decides which banger it is", () => {
    const env = { XDG_STATE_HOME: "/my state", BANGER_RUNTIME_DIR: "/run/x", XDG_CACHE_HOME: "", HOME: "/h" };
    expect(hostBlock({ ...INPUT, env })).toContain(
      "  ProxyCommand env 'XDG_STATE_HOME=/my state' 'BANGER_RUNTIME_DIR=/run/x' /usr/bin/node ",
    );
  });

  it("refuse a path that ssh has no way to write", () => {
    for (const wrong of ["/a\nb", "/a/$".concat("{HOME}/b")]) {
      expect(() => hostBlock({ ...INPUT, identityFile: wrong })).toThrow(
        expect.objectContaining({ code: "ERR_SSH_PATH" }),
      );
    }
  });

  it("are read by a real ssh as they were meant, whatever is in a path", async () => {
    const odd = '/a b/it\'s "so" 50%/[x]*\\y!/ä';
    const file = path.join(directory, "config");
    const own = path.join(directory, "own [1]*");
    await writeFile(own, hostBlock({ ...INPUT, identityFile: `${odd}/id`, knownHostsFile: `${odd}/hosts` }));
    await writeFile(file, `Include ${quotedPattern(own)}\nHost *\n  User somebody\n  IdentityFile /other\n`, {
      mode: 0o600,
    });
    const settings = (host: string) =>
      execFileSync("ssh", ["-G", "-F", file, host], { encoding: "utf8" }).split("\n");
    expect(settings("Web.vm")).toEqual(
      expect.arrayContaining([
        "user root",
        `identityfile ${odd.replaceAll("%", "%%")}/id`,
        "stricthostkeychecking true",
        "proxycommand /usr/bin/node /opt/banger/lib/banger.cjs internal ssh-proxy -- '%h'",
      ]),
    );
    expect(settings("example.org")).toContain("user somebody");
  });
});

describe("a word for a shell", () => {
  // Those that are not installed are other hosts' to try.
  const shells = ["/bin/sh", "/bin/bash", "/bin/zsh", "/usr/bin/fish", "/bin/csh"].filter((file) =>
    existsSync(file),
  );

  it.each(shells)("comes out of %s as it was", (shell) => {
    const text = fc.string({
      unit: fc.constantFrom(..."a b'\"\\!$`%~*?#&;|<>(){}[]=é\t".split("")),
      minLength: 1,
    });
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), (words) => {
        const script = `exec printf '%s\\0' ${words.map(shellWord).join(" ")}`;
        expect(execFileSync(shell, ["-c", script], { encoding: "utf8" })).toBe(
          words.map((word) => `${word}\0`).join(""),
        );
      }),
      { numRuns: 30 },
    );
  });
});

describe("the VM that a host name means", () => {
  it.each([
    ["web.vm", "web"],
    ["WEB.VM", "web"],
    ["web.vm.", "web"],
    ["web", "web"],
    ["a.vm.vm", "a.vm"],
  ])("%s is %s", (host, name) => expect(vmNameOf(host)).toBe(name));
});

import { describe, expect, it } from "vitest";
import { daemonDetails } from "../../../../src/cli/render/daemon.ts";
import type { DaemonStatus } from "../../../../src/rpc/contract.ts";
import { buildTag } from "../../../../src/shared/build-info.ts";

const build = { version: "1.2.3", commit: "abc", time: "2026-01-01T00:00:00Z" };
const now = new Date("2026-03-01T12:00:00Z");

function shown(dns: DaemonStatus["dns"]): string {
  const status: DaemonStatus = {
    ...{ build, pid: 7, socket: "/run/s", stateDirectory: "/var/s", log: "/var/l", operations: 0 },
    ...{ startedAt: "2026-03-01T11:00:00Z", runningVms: 1, dns },
  };
  return daemonDetails(status, now, buildTag(build));
}

describe("the daemon's status on DNS (DMN-1)", () => {
  const host = { at: "127.0.0.1:42069", problem: null };
  const guests = { at: "172.30.0.1:53", problem: null };

  it("says where names are answered, and who asks there", () => {
    const text = shown({ host, guests, resolved: { state: "routed", problem: null } });
    expect(text).toMatch(/^DNS: +127\.0\.0\.1:42069 \(UDP, TCP\)$/m);
    expect(text).toMatch(/^DNS for guests: +172\.30\.0\.1:53 \(UDP, TCP\)$/m);
    expect(text).toMatch(/^systemd-resolved: +asks it for names in \.vm$/m);
  });

  it("says why they are not, and who knows what to do", () => {
    const text = shown({
      host: { ...host, problem: "another program has the port" },
      guests: null,
      resolved: { state: "absent", problem: null },
    });
    expect(text).toMatch(
      /^DNS: +not at 127\.0\.0\.1:42069: another program has the port \(see `banger doctor`\)$/m,
    );
    expect(text).not.toMatch(/guests|resolved/);
  });
});

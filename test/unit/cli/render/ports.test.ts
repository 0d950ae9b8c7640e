import { describe, expect, it } from "vitest";
import { portsTable } from "../../../../src/cli/render/ports.ts";
import { escapeUnsafe } from "../../../../src/cli/render/sanitize.ts";
import { styleFor } from "../../../../src/cli/render/style.ts";
import type { VmListener, VmPorts, VmPublishedPort } from "../../../../src/rpc/contract.ts";

const style = styleFor(false);
const vm: VmPorts = {
  ...{ id: "0".repeat(32), name: "web", state: "running", address: "172.30.0.2" },
  ...{ listeners: [], published: [], truncated: false },
};
const listener = (more: Partial<VmListener>): VmListener => ({
  ...{ protocol: "tcp", transport: "tcp", port: 22, addresses: ["0.0.0.0"], guestOnly: false },
  ...{ endpoint: "web.vm:22", pid: 1, process: "sshd", command: "sshd: listener" },
  ...more,
});
const published = (more: Partial<VmPublishedPort>): VmPublishedPort => ({
  ...{ protocol: "tcp", hostAddress: "127.0.0.1", hostPort: 8080, guestPort: 80 },
  ...{ endpoint: "127.0.0.1:8080", open: true, problem: null },
  ...more,
});
const web = listener({
  ...{ protocol: "http", port: 80, endpoint: "http://web.vm:80", process: "nginx", command: "nginx: master" },
});

describe("vm ports (NET-5, NET-6)", () => {
  it("has a line for each service, and no column for what is not published", () => {
    const local = listener({ port: 5432, guestOnly: true, endpoint: "127.0.0.1:5432", process: "postgres" });
    const kernel = listener({
      protocol: "udp",
      port: 2049,
      endpoint: "web.vm:2049",
      process: null,
      command: null,
    });
    const text = portsTable({ ...vm, listeners: [listener({}), web, kernel, local] }, style);
    expect(text.split("\n")).toEqual([
      "PROTO  ENDPOINT                            PROCESS   COMMAND",
      "tcp    web.vm:22                           sshd      sshd: listener",
      "http   http://web.vm:80                    nginx     nginx: master",
      "udp    web.vm:2049                         --",
      "tcp    127.0.0.1:5432 (in the guest only)  postgres  sshd: listener",
      "",
    ]);
  });

  it("shows published ports at what they lead to, and those that lead to nobody", () => {
    const ports = {
      ...vm,
      listeners: [web],
      published: [
        published({ endpoint: "http://127.0.0.1:8080" }),
        published({ hostPort: 8081, endpoint: "http://127.0.0.1:8081" }),
        published({ guestPort: 90, hostPort: 9090, endpoint: "127.0.0.1:9090", problem: "it is taken" }),
        published({ guestPort: 53, hostPort: 0, endpoint: "127.0.0.1:0", protocol: "udp", open: false }),
      ],
    };
    expect(
      portsTable(ports, style)
        .split("\n")
        .map((line) => line.replaceAll(/ {2,}/g, "|")),
    ).toEqual([
      "PROTO|ENDPOINT|PUBLISHED|PROCESS|COMMAND",
      "udp|web.vm:53|127.0.0.1: a free port|--",
      "http|http://web.vm:80|http://127.0.0.1:8080, http://127.0.0.1:8081|nginx|nginx: master",
      "tcp|web.vm:90|127.0.0.1:9090|--",
      "127.0.0.1:9090: it is taken",
      "",
    ]);
  });

  it("prints nothing that a guest's program could make a terminal do, and no endless line", () => {
    const evil = listener({ process: "\u001b[2Jx\n", command: `\u009b31m\u202e\r${"y".repeat(4000)}` });
    const text = portsTable({ ...vm, listeners: [evil], truncated: true }, style);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must not be there
    expect(text.replaceAll("\n", "")).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    expect(text.split("\n")).toHaveLength(4);
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThan(200);
    expect(text).toContain("web has more listeners than its agent can tell");
  });

  it("--json is the same JSON, without what a terminal would act on", () => {
    const value = { command: "\u009b31m \u202e \u007f ä \n" };
    const text = escapeUnsafe(JSON.stringify(value, null, 2));
    expect(text).toBe('{\n  "command": "\\u009b31m \\u202e \\u007f ä \\n"\n}');
    expect(JSON.parse(text)).toEqual(value);
  });
});

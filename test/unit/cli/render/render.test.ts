import { describe, expect, it } from "vitest";
import { renderError } from "../../../../src/cli/render/error.ts";
import { sanitize, sanitizeLines } from "../../../../src/cli/render/sanitize.ts";
import { styleFor, wantsColour } from "../../../../src/cli/render/style.ts";
import { details, table } from "../../../../src/cli/render/table.ts";
import { ago } from "../../../../src/cli/render/time.ts";
import { vmDetails, vmTable } from "../../../../src/cli/render/vm.ts";
import type { VmDetails } from "../../../../src/rpc/contract.ts";
import { BangerError } from "../../../../src/shared/errors.ts";

const plain = styleFor(false);
const now = new Date("2026-03-01T12:00:00Z");

const vm = {
  id: "0123456789abcdef0123456789abcdef",
  name: "web",
  state: "running" as const,
  image: "debian-bookworm",
  kernel: "k",
  vcpu: 2,
  memoryMib: 512,
  diskSizeBytes: 1,
  address: "172.30.0.2",
  net: "full" as const,
  peers: [],
  published: [],
  createdAt: "2026-03-01T11:57:00Z",
  startedAt: null,
};

describe("tables", () => {
  it("are aligned by what is seen, with nothing at a line's end", () => {
    const red = styleFor(true).red("x");
    expect(
      table(
        ["A", "LONG"],
        [
          ["wide cell", red],
          ["é", ""],
        ],
      ),
    ).toBe(`A          LONG\nwide cell  ${red}\né\n`);
  });

  it("of VMs", () => {
    expect(vmTable([vm, { ...vm, name: "db", memoryMib: 4096, state: "stopped" }], now, plain)).toBe(
      [
        "NAME  ID            STATE    IMAGE            VCPU  MEMORY   ADDRESS     CREATED",
        "web   0123456789ab  running  debian-bookworm  2     512 MiB  172.30.0.2  3 minutes ago",
        "db    0123456789ab  stopped  debian-bookworm  2     4 GiB    172.30.0.2  3 minutes ago",
        "",
      ].join("\n"),
    );
    expect(vmTable([], now, plain)).toBe("NAME  ID  STATE  IMAGE  VCPU  MEMORY  ADDRESS  CREATED\n");
  });

  it("of details", () => {
    expect(
      details([
        ["name", "web"],
        ["work disk", "8G"],
      ]),
    ).toBe("name:       web\nwork disk:  8G\n");
  });
});

describe("the details of a VM", () => {
  const port = { protocol: "tcp" as const, hostAddress: "127.0.0.1", hostPort: 8080, guestPort: 80 };
  const open = { ...port, endpoint: "127.0.0.1:8080", open: true, problem: null };
  const shown = (published: VmDetails["published"]) =>
    vmDetails(
      {
        ...{ ...vm, published, atNextStart: null, overlaySizeBytes: 1, vmm: "qemu", storage: "copy" },
        ...{ accelerator: null, autoRemove: false, mac: "02:62:67:00:00:01", pid: null, tap: null },
        ...{ directory: "/d", consoleLog: "/d/c", vmmLog: "/d/v", guest: null, rootDisk: null },
      },
      now,
      plain,
    );

  it("name its network and the ports that lead to it, with what is wrong with one", () => {
    expect(shown([])).not.toContain("ports:");
    expect(shown([])).toMatch(/^network: +full$/m);
    const free = { ...open, protocol: "udp" as const, hostPort: 0, endpoint: "127.0.0.1:0", open: false };
    expect(shown([open, free])).toMatch(
      /^ports: +127\.0\.0\.1:8080 -> 80\/tcp, 127\.0\.0\.1: a free port -> 80\/udp$/m,
    );
    expect(shown([{ ...open, open: false, problem: "nc\u001b has it" }])).toMatch(
      /^ports: +127\.0\.0\.1:8080 -> 80\/tcp \(nc.+ has it\)$/m,
    );
  });
});

describe("times", () => {
  it.each([
    ["2026-03-01T12:00:00Z", "just now"],
    ["2026-03-01T11:59:59Z", "1 second ago"],
    ["2026-03-01T11:58:30Z", "90 seconds ago"],
    ["2026-03-01T11:57:00Z", "3 minutes ago"],
    ["2026-03-01T10:00:00Z", "2 hours ago"],
    ["2026-02-27T12:00:00Z", "2 days ago"],
    ["2025-01-01T12:00:00Z", "14 months ago"],
    ["2026-03-01T12:00:09Z", "just now"],
    ["garbage", "garbage"],
  ])("%s is %s", (iso, text) => expect(ago(iso, now)).toBe(text));
});

describe("what reaches a terminal", () => {
  it.each([
    ["plain äöü 漢字 🦦", "plain äöü 漢字 🦦"],
    ["\u001b[31mred", "\\u001b[31mred"],
    ["a\nb\tc", "a b c"],
    ["\r\u0000\u007f\u009b", "\\u000d\\u0000\\u007f\\u009b"],
    ["\u202egnp.exe", "\\u202egnp.exe"],
  ])("%j", (text, safe) => expect(sanitize(text)).toBe(safe));

  it("lines stay lines", () => expect(sanitizeLines("a\n\u001bb")).toBe("a\n\\u001bb"));

  it("is coloured only where it is wanted", () => {
    expect(wantsColour(true, {})).toBe(true);
    expect(wantsColour(undefined, {})).toBe(false);
    expect(wantsColour(true, { NO_COLOR: "1" })).toBe(false);
    expect(wantsColour(true, { NO_COLOR: "" })).toBe(true);
    expect(wantsColour(true, { TERM: "dumb" })).toBe(false);
  });
});

describe("errors (CLI-1)", () => {
  it("are one sentence and the next step", () => {
    expect(renderError(new BangerError("ERR_X", "no", { next: "do that" }), plain, false)).toBe(
      "banger: no\n  do that\n",
    );
    expect(renderError(new Error("bare"), plain, false)).toBe("banger: bare\n");
    expect(renderError("thrown text", plain, false)).toBe("banger: thrown text\n");
    expect(renderError(new AggregateError([new Error("a"), new Error("b")]), plain, false)).toBe(
      "banger: a; b\n",
    );
    expect(renderError(new BangerError("ERR_X", "evil \u001b[2J"), plain, false)).toBe(
      "banger: evil \\u001b[2J\n",
    );
  });

  it("show every stack with --debug", () => {
    const error = new BangerError("ERR_X", "outer", { cause: new Error("inner"), details: { vm: "web" } });
    const text = renderError(error, plain, true);
    expect(text).toContain('code: ERR_X {"vm":"web"}');
    expect(text).toContain("caused by: Error: inner");
    expect(text.match(/\n {4}at /g)?.length).toBeGreaterThan(2);
  });
});

import { describe, expect, it } from "vitest";
import { changedPorts, publishedPorts } from "../../../../src/services/vm/publish.ts";

const vm = { name: "web" };
const port = (hostPort: number, guestPort = 80, hostAddress = "127.0.0.1") =>
  ({ protocol: "tcp", hostAddress, hostPort, guestPort }) as const;

describe("published ports of a new VM (NET-6)", () => {
  it("are this host's alone, tcp and free ones, unless said otherwise", () => {
    expect(publishedPorts([{ guestPort: 80 }, { guestPort: 80, protocol: "udp" }])).toEqual([
      port(0),
      { ...port(0), protocol: "udp" },
    ]);
    expect(publishedPorts()).toEqual([]);
  });

  it("have one text for one address", () => {
    const [first] = publishedPorts([{ hostAddress: "0:0:0:0:0:0:0:1", hostPort: 1, guestPort: 1 }]);
    expect(first?.hostAddress).toBe("::1");
  });

  it.each([
    [{ hostAddress: "127.0.0.1", hostPort: 8080, guestPort: 81 }],
    [{ hostAddress: "0.0.0.0", hostPort: 8080, guestPort: 80 }],
  ])("are refused where two are one: %o", (other) => {
    expect(() => publishedPorts([{ hostPort: 8080, guestPort: 80 }, other])).toThrow(
      expect.objectContaining({ code: "ERR_BAD_PUBLISH" }),
    );
  });

  it("may have one number for tcp and udp, for IPv4 and IPv6, and any number of free ones", () => {
    const requests = [
      { hostPort: 53, guestPort: 53 },
      { hostPort: 53, guestPort: 53, protocol: "udp" as const },
      { hostPort: 53, guestPort: 53, hostAddress: "::" },
      { guestPort: 53 },
      { guestPort: 53 },
    ];
    expect(publishedPorts(requests)).toHaveLength(5);
  });

  it.each(["localhost", "fe80::1%eth0", "300.1.1.1", ""])("are refused at %o", (hostAddress) => {
    expect(() => publishedPorts([{ hostAddress, guestPort: 80 }])).toThrow(/no IP address/);
  });

  it("are refused where there is no network", () => {
    expect(publishedPorts([], "none")).toEqual([]);
    expect(() => publishedPorts([{ guestPort: 80 }], "none")).toThrow(
      expect.objectContaining({ code: "ERR_PUBLISH_WITHOUT_NET" }),
    );
  });

  it("are bounded", () => {
    const many = Array.from({ length: 1025 }, (_, index) => ({ guestPort: index + 1 }));
    expect(() => publishedPorts(many)).toThrow(/at most 1024/);
  });
});

describe("changed ports (VM-9)", () => {
  const current = [port(8080), port(8081, 81)];

  it("come and go", () => {
    const changes = { unpublish: [{ hostPort: 8080 }], publish: [{ hostPort: 9090, guestPort: 90 }] };
    expect(changedPorts(vm, current, changes)).toEqual([port(8081, 81), port(9090, 90)]);
  });

  it("may lead elsewhere when they are taken back in the same breath", () => {
    const publish = [{ hostPort: 8080, guestPort: 88 }];
    expect(() => changedPorts(vm, current, { publish })).toThrow(/published twice.*port 80 of the guest/);
    expect(changedPorts(vm, current, { publish, unpublish: [{ hostPort: 8080 }] })).toEqual([
      port(8081, 81),
      port(8080, 88),
    ]);
  });

  it("are the very same list where nothing changes", () => {
    expect(changedPorts(vm, current, {})).toBe(current);
    expect(changedPorts(vm, current, { publish: [{ hostPort: 8080, guestPort: 80 }] })).toBe(current);
  });

  it.each([
    [{ hostPort: 1 }, /web does not publish \*:1$/],
    [{ hostPort: 8080, protocol: "udp" as const }, /does not publish \*:8080\/udp/],
    [{ hostPort: 8080, hostAddress: "0.0.0.0" }, /does not publish 0.0.0.0:8080/],
  ])("that are not there are not taken back: %o", (request, why) => {
    expect(() => changedPorts(vm, current, { unpublish: [request] })).toThrow(why);
  });
});

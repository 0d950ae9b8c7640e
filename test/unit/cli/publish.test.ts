import { describe, expect, it } from "vitest";
import { parsePublish, parseUnpublish } from "../../../src/cli/publish.ts";

describe("-p, as Docker has it (NET-6)", () => {
  it.each([
    ["80", [{ guestPort: 80 }]],
    [":80", [{ guestPort: 80 }]],
    ["0:80", [{ guestPort: 80 }]],
    ["8080:80", [{ hostPort: 8080, guestPort: 80 }]],
    ["8080:80/tcp", [{ hostPort: 8080, guestPort: 80, protocol: "tcp" }]],
    ["53:5353/UDP", [{ hostPort: 53, guestPort: 5353, protocol: "udp" }]],
    ["0.0.0.0:8080:80", [{ hostAddress: "0.0.0.0", hostPort: 8080, guestPort: 80 }]],
    ["127.0.0.1::80", [{ hostAddress: "127.0.0.1", guestPort: 80 }]],
    ["[::1]:8080:80", [{ hostAddress: "::1", hostPort: 8080, guestPort: 80 }]],
    ["[::]::80", [{ hostAddress: "::", guestPort: 80 }]],
    ["[::1]:80", [{ hostAddress: "::1", guestPort: 80 }]],
    ["8000-8002:9000-9002", [0, 1, 2].map((index) => ({ hostPort: 8000 + index, guestPort: 9000 + index }))],
    ["9000-9001", [{ guestPort: 9000 }, { guestPort: 9001 }]],
    ["65535:65535", [{ hostPort: 65_535, guestPort: 65_535 }]],
  ])("%s", (text, ports) => {
    expect(parsePublish(text)).toEqual(ports);
  });

  it.each([
    ["", /a port is missing/],
    [":", /a port is missing/],
    ["web:80", /"web" is no port/],
    ["8080:http", /"http" is no port/],
    ["-1:80", /"-1" is no port/],
    ["80.5:80", /"80.5" is no port/],
    ["65536:80", /65536 is no port/],
    ["80:99999", /99999 is no port/],
    ["8080:0", /0 is no port of a guest/],
    ["8080:80/sctp", /"sctp" is neither tcp nor udp/],
    ["8080:80/", /"" is neither tcp nor udp/],
    ["localhost:8080:80", /"localhost" is no IP address/],
    ["1.2.3:8080:80", /"1.2.3" is no IP address/],
    ["127.0.0.1:80", /127.0.0.1 stands where the host's port belongs/],
    ["[::1:8080:80", /a colon too many/],
    ["1:2:3:4", /a colon too many/],
    ["8000-8010:80", /as many ports/],
    ["8010-8000:1-2", /runs backwards/],
    ["0-5:0-5", /no port of a guest/],
    ["0-1:80-81", /begins with port 1/],
    ["1-65535:1-65535", /at most 1024/],
    ["８０:80", /is no port/],
  ])("%s is refused, with how to write it", (text, why) => {
    expect(() => parsePublish(text)).toThrow(why);
    expect(() => parsePublish(text)).toThrow(
      expect.objectContaining({ code: "ERR_USAGE", next: expect.stringContaining("-p 8080:80") }),
    );
  });
});

describe("--unpublish (NET-6)", () => {
  it.each([
    ["8080", [{ hostPort: 8080 }]],
    ["53/udp", [{ hostPort: 53, protocol: "udp" }]],
    ["127.0.0.1:8080", [{ hostAddress: "127.0.0.1", hostPort: 8080 }]],
    ["[::1]:8080", [{ hostAddress: "::1", hostPort: 8080 }]],
    ["8000-8001", [{ hostPort: 8000 }, { hostPort: 8001 }]],
  ])("%s", (text, ports) => {
    expect(parseUnpublish(text)).toEqual(ports);
  });

  it.each([
    ["", /a port is missing/],
    ["0", /0 is no port/],
    ["8080:80", /"8080" is no IP address/],
    ["127.0.0.1:8080:80", /a colon too many/],
    ["8080/icmp", /neither tcp nor udp/],
  ])("%s is refused", (text, why) => {
    expect(() => parseUnpublish(text)).toThrow(why);
  });
});

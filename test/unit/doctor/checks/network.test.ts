import { describe, expect, it } from "vitest";
import { checkFirewall } from "../../../../src/doctor/checks/network.ts";

describe("doctor on other firewalls", () => {
  it("names chains that let nobody else add to them", () => {
    expect(checkFirewall(["inet firewalld filter_FORWARD"], ["filter"])).toMatchObject({
      status: "warn",
      message: expect.stringContaining("inet firewalld filter_FORWARD"),
      next: expect.stringContaining("bgr*"),
    });
  });

  it("says where there are rules that it cannot see", () => {
    expect(checkFirewall([], ["nat", "filter"])).toMatchObject({
      status: "warn",
      next: expect.stringContaining("iptables-legacy -S"),
    });
  });

  it("is content with all else", () => {
    expect(checkFirewall([], ["nat"])).toMatchObject({ status: "pass" });
    expect(checkFirewall([], [])).toMatchObject({ status: "pass" });
  });
});

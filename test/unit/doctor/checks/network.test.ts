import { describe, expect, it } from "vitest";
import { checkFirewall } from "../../../../src/doctor/checks/network.ts";

describe("doctor on other firewalls", () => {
  it("names chains that let nobody else add to them", () => {
    expect(checkFirewall(0, ["inet firewalld filter_FORWARD"], ["filter"])).toMatchObject({
      status: "warn",
      message: expect.stringContaining("inet firewalld filter_FORWARD"),
      next: expect.stringContaining("bgr*"),
    });
  });

  it("says where there are rules that it cannot see", () => {
    expect(checkFirewall(0, [], ["nat", "filter"])).toMatchObject({
      status: "warn",
      next: expect.stringContaining("iptables-legacy -S"),
    });
  });

  it("says where VMs run without rules, and what brings these back", () => {
    expect(checkFirewall(2, ["inet firewalld filter_FORWARD"], [])).toMatchObject({
      status: "warn",
      message: expect.stringContaining("the VMs that run (2)"),
      command: "banger daemon start",
    });
  });

  it("is content with all else", () => {
    expect(checkFirewall(0, [], ["nat"])).toMatchObject({ status: "pass" });
    expect(checkFirewall(0, [], [])).toMatchObject({ status: "pass" });
  });
});

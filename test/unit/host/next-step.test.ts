import { describe, expect, it } from "vitest";
import { HostError } from "../../../src/host/host-error.ts";

const next = (errnoCode: string, syscall: string, object: string) =>
  new HostError({ errnoCode, syscall, object }).next;

describe("the next step of a HostError", () => {
  it("is the module of what the kernel has not got", () => {
    expect(next("EOPNOTSUPP", "open", "/dev/net/tun")).toBe("load it: `modprobe tun`");
    expect(next("EOPNOTSUPP", "netlink(RTM_NEWLINK)", "bgr0")).toContain("modprobe dummy");
    expect(next("EOPNOTSUPP", "ioctl(FICLONE)", "/a")).toBeUndefined();
  });

  it("is the capability that a call needs", () => {
    expect(next("EPERM", "netlink(RTM_NEWROUTE)", "172.30.0.2/32")).toContain("CAP_NET_ADMIN");
    expect(next("EPERM", "ioctl(TUNSETIFF)", "bgr0")).toContain("CAP_NET_ADMIN");
    expect(next("EPERM", "setns", "/run/netns/a")).toContain("CAP_SYS_ADMIN");
    expect(next("EPERM", "umount2", "/run/netns/a")).toContain("CAP_SYS_ADMIN");
    expect(next("EPERM", "setgroups", "/bin/true")).toContain("CAP_SETGID");
    expect(next("EACCES", "open", "/dev/loop-control")).toBe("run it as root");
  });

  it("is no advice where the advice would be wrong", () => {
    expect(next("EACCES", "chdir", "/private")).toBeUndefined();
    expect(next("EBUSY", "ioctl(LOOP_CLR_FD)", "/dev/loop0")).toBeUndefined();
  });

  it("is the caller's own where there is one", () => {
    const facts = { errnoCode: "EPERM", syscall: "setns", object: "x", next: "ask" };
    expect(new HostError(facts).next).toBe("ask");
  });
});

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Dug, dig, hostServer } from "./support/place.ts";

let server: Awaited<ReturnType<typeof hostServer>>;

beforeAll(async () => {
  server = await hostServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const ask = (...args: string[]): Promise<Dug> => dig(server.listener, ...args);

describe.each(["+notcp", "+tcp"])("dig %s against the server for the host (NET-4)", (how) => {
  it("has a VM's address", async () => {
    const { status, flags, answers, text } = await ask(how, "web.vm");
    expect([status, answers]).toEqual(["NOERROR", ["172.30.0.2"]]);
    expect(flags).toContain("aa");
    expect(flags).not.toContain("ra");
    expect(text).toMatch(/EDNS: version: 0, flags:; udp: 1232/);
    expect(text).not.toMatch(/malformed|extra bytes/i);
  });

  it("has its name", async () => {
    expect(await ask(how, "-x", "172.30.1.3")).toMatchObject({ status: "NOERROR", answers: ["db.vm."] });
    expect(await ask(how, "-x", "172.30.1.4")).toMatchObject({ status: "NXDOMAIN", answers: [] });
  });

  it("is told of letters' case nothing", async () => {
    const { answers, text } = await ask(how, "WEB.Vm");
    expect(answers).toEqual(["172.30.0.2"]);
    expect(text).toContain("WEB.Vm.");
  });

  it("has no IPv6 address, and is told for how long that is so", async () => {
    const { status, answers, text } = await ask(how, "AAAA", "web.vm");
    expect([status, answers]).toEqual(["NOERROR", []]);
    expect(text).toMatch(/AUTHORITY SECTION:\nvm\.\s+1\s+IN\s+SOA/);
  });

  it.each([
    ["an unknown name", ["gone.vm"], "NXDOMAIN"],
    ["another zone", ["example.com"], "REFUSED"],
    ["the root", ["NS", "."], "REFUSED"],
    ["another class", ["CH", "TXT", "version.bind"], "REFUSED"],
    ["without EDNS", ["+noedns", "gone.vm"], "NXDOMAIN"],
    ["a later EDNS", ["+edns=7", "+noednsneg", "web.vm"], "BADVERS"],
    ["an option that nobody knows", ["+ednsopt=65001:cafe", "gone.vm"], "NXDOMAIN"],
    ["a client's subnet", ["+subnet=192.0.2.0/24", "gone.vm"], "NXDOMAIN"],
    ["DNSSEC", ["+dnssec", "gone.vm"], "NXDOMAIN"],
    ["another operation", ["+opcode=UPDATE", "vm"], "NOTIMP"],
    ["padding", ["+padding=512", "gone.vm"], "NXDOMAIN"],
  ])("gets its answer to %s", async (_, args, status) => {
    expect((await ask(how, ...args)).status).toBe(status);
  });
});

describe("a VM's life, as dig sees it", () => {
  it("has an address while it runs", async () => {
    expect((await ask("late.vm")).status).toBe("NXDOMAIN");
    server.records.set("3", { name: "late", address: "172.30.0.9" });
    expect((await ask("late.vm")).answers).toEqual(["172.30.0.9"]);
    server.records.remove("3");
    expect((await ask("late.vm")).status).toBe("NXDOMAIN");
    expect((await ask("-x", "172.30.0.9")).status).toBe("NXDOMAIN");
  });

  it("gives nobody its whole zone", async () => {
    for (const type of ["AXFR", "IXFR=1"]) {
      const { text, answers } = await ask("+tcp", type, "vm");
      expect(answers).toEqual([]);
      expect(text).toMatch(/Transfer failed|status: REFUSED/);
    }
  });
});

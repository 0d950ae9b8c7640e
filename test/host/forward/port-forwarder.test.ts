import { once } from "node:events";
import net from "node:net";
import { describe, expect, it } from "vitest";
import { Bench, connect, ending, portOf, published, target, until } from "./support.ts";

/** A server of the "guest" that says its word, and keeps the connection. */
const says = (bench: Bench, word: string) =>
  bench.serve((socket) => {
    socket.write(word);
    socket.resume().once("end", () => socket.end());
  });

async function heard(port: number): Promise<string> {
  const client = connect(port);
  const [data] = (await once(client, "data")) as [Buffer];
  client.destroy();
  return String(data);
}

/** A port of this host that another program has. */
async function takenPort(bench: Bench, address = "127.0.0.1"): Promise<{ port: number; free: () => void }> {
  const server = net.createServer().listen(0, address);
  await once(server, "listening");
  bench.onEnd(() => server.close());
  return { port: portOf(server), free: () => server.close() };
}

describe("the published ports of a VM (NET-6)", () => {
  it("are opened in their order, free ones by the way", async () => {
    await using bench = new Bench();
    const ports = [published({ guestPort: 5 }), published({ guestPort: 6, protocol: "udp" })];
    const opened = await bench.forwarder.open(target(), ports);
    expect(opened.map(({ guestPort }) => guestPort)).toEqual([5, 6]);
    expect(opened.every(({ hostPort }) => hostPort > 0)).toBe(true);
    expect(bench.forwarder.openPorts).toBe(2);
    const [first, second] = opened;
    if (first === undefined || second === undefined) throw new Error("none");
    const again = await bench.forwarder.open(target(), [published({ guestPort: 7 }), second, first]);
    expect(again.slice(1)).toEqual([second, first]);
    expect(bench.forwarder.of("id-web")).toEqual(again.map((port) => ({ ...port, problem: null })));
  });

  it("are opened all or none, and what was open before stays, with its connections", async () => {
    await using bench = new Bench();
    const taken = await takenPort(bench);
    const guestPort = await says(bench, "one");
    const before = await bench.forwarder.open(target(), [published({ guestPort })]);
    const port = before[0]?.hostPort ?? 0;
    const client = connect(port);
    await once(client, "data");
    const wanted = [published({ guestPort: 9 }), published({ guestPort, hostPort: taken.port })];
    await expect(bench.forwarder.open(target(), wanted)).rejects.toMatchObject({ code: "ERR_PORT_TAKEN" });
    expect(bench.forwarder.openPorts).toBe(1);
    expect(await heard(port)).toBe("one");
    expect(client.readableEnded || client.destroyed).toBe(false);
    client.destroy();
  });

  it("may lead elsewhere while they are open; connections that are there stay", async () => {
    await using bench = new Bench();
    const [one, two] = [await says(bench, "one"), await says(bench, "two")];
    const [first] = await bench.forwarder.open(target(), [published({ guestPort: one })]);
    if (first === undefined) throw new Error("none");
    const client = connect(first.hostPort);
    await once(client, "data");
    await bench.forwarder.open(target(), [{ ...first, guestPort: two }]);
    expect(await heard(first.hostPort)).toBe("two");
    expect(client.destroyed).toBe(false);
    await bench.forwarder.open(target(), []);
    expect(await ending(client)).toBe("ECONNRESET");
  });

  it("that are taken are told with who has them: a VM, a program, or nobody that we may name", async () => {
    await using bench = new Bench();
    const taken = await takenPort(bench);
    const [mine] = await bench.forwarder.open(target("db"), [published({})]);
    if (mine === undefined) throw new Error("none");
    const problems = await bench.forwarder.problems([
      mine,
      { ...mine, hostAddress: "0.0.0.0" },
      published({ hostPort: taken.port, guestPort: 80 }),
      published({ hostAddress: "192.0.2.1", hostPort: 8080 }),
      { ...mine, protocol: "udp" },
    ]);
    expect(problems.map(({ code }) => code)).toEqual([
      "ERR_PORT_TAKEN",
      "ERR_PORT_TAKEN",
      "ERR_PORT_TAKEN",
      "ERR_PORT_ADDRESS",
    ]);
    expect(problems[0]).toMatchObject({
      message: `port 127.0.0.1:${mine.hostPort} of this host is taken: VM db publishes it`,
      next: expect.stringContaining(`banger vm set --unpublish 127.0.0.1:${mine.hostPort} db`),
    });
    expect(problems[1]?.message).toContain("VM db publishes it");
    expect(problems[2]?.message).toMatch(new RegExp(`\\(pid ${process.pid}\\) has it$`));
    expect(problems[2]?.next).toContain("-p 80");
    // Trying leaves nothing open.
    expect(bench.forwarder.openPorts).toBe(1);
  });

  it("of a VM that runs already are opened as far as they can be, and the rest as soon as it is free", async () => {
    await using bench = new Bench({ retryMs: 20 });
    const taken = await takenPort(bench);
    const guestPort = await says(bench, "one");
    const ports = [published({ guestPort, hostPort: taken.port }), published({ guestPort })];
    await bench.forwarder.reopen(target(), ports);
    expect(bench.forwarder.of("id-web")).toMatchObject([
      { hostPort: taken.port, problem: expect.stringContaining("is taken") },
      { problem: null },
    ]);
    expect(bench.warnings).toHaveLength(1);
    taken.free();
    await until(() => bench.forwarder.openPorts === 2);
    expect(await heard(taken.port)).toBe("one");
  });

  it("that are closed while they are tried again are not opened any more", async () => {
    await using bench = new Bench({ retryMs: 5 });
    const taken = await takenPort(bench);
    await bench.forwarder.reopen(target(), [published({ hostPort: taken.port })]);
    await bench.forwarder.close("id-web");
    taken.free();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(await ending(connect(taken.port))).toBe("ECONNREFUSED");
  });

  it("may be IPv6's, beside IPv4's of the same number", async () => {
    await using bench = new Bench();
    const guestPort = await says(bench, "six");
    const [four] = await bench.forwarder.open(target(), [published({ guestPort, hostAddress: "0.0.0.0" })]);
    if (four === undefined) throw new Error("none");
    await bench.forwarder.open(target(), [four, { ...four, hostAddress: "::" }]);
    const client = net.connect(four.hostPort, "::1");
    const [data] = (await once(client, "data")) as [Buffer];
    expect(String(data)).toBe("six");
    client.destroy();
  });
});

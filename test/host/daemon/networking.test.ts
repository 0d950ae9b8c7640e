import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { loadConfig } from "../../../src/config/load.ts";
import { makeNetworking, type Networking } from "../../../src/daemon/networking.ts";
import type { HostOps } from "../../../src/host/host-ops.ts";
import { BangerError } from "../../../src/shared/errors.ts";
import { type Logger, silentLogger } from "../../../src/shared/logger.ts";
import { HostFile } from "../../../src/state/host-file.ts";
import { openReal } from "../../contract/support/hosts.ts";
import { eventually } from "../../e2e/support/run.ts";
import { place } from "./fixtures.ts";

const AT = "127.0.0.1:42069";
type Running = Parameters<Networking["open"]>[0];
/** One that an earlier daemon has started, as far as a network knows it. */
const RUNNING = [{ vm: { slot: 1, address: "172.30.0.2" }, handles: { uid: 64_001 } }] as unknown as Running;
let directory: string;
let host: HostOps;
let warnings: string[];
let networking: Networking;

beforeEach(async () => {
  directory = mkdtempSync(path.join(os.tmpdir(), "bgr-"));
  host = openReal();
  warnings = [];
  const logger: Logger = { ...silentLogger, warn: (_, message) => void warnings.push(message) };
  const config = await loadConfig(path.join(directory, "config.toml"), directory);
  const hostFile = new HostFile(host.file, path.join(directory, "host.json"));
  const vms = { get: () => null, setSpec: () => undefined, nextPlaces: () => [], isFree: () => true };
  networking = makeNetworking({ host, config, hostFile, vms, logger });
});
afterEach(async () => {
  await networking.close(0);
  await host.close();
  rmSync(directory, { recursive: true });
});

const run = (...[program = "", ...args]: string[]) => execFileSync(program, args, { encoding: "utf8" });
/** Where somebody serves DNS in this network namespace, each by UDP and TCP. */
const served = () =>
  [...run("ss", "-lntuH").matchAll(/^(\w+) .*? (\S+:(?:42069|53))\s/gm)]
    .map(([, protocol, at]) => `${protocol} ${at}`)
    .sort();
const BOTH = ["172.30.0.1:53", AT].flatMap((at) => [`tcp ${at}`, `udp ${at}`]).sort();
const anchors = () => run("ip", "-br", "link").match(/^banger0\b/gm) ?? [];

describe("a start of the daemon that fails after it had the names (DMN-2, NET-4)", () => {
  it("leaves no socket; the address of VMs that run stays", async () => {
    await using here = place();
    const start = here.start({
      reconcile: async () => {
        await networking.open(RUNNING);
        expect(served()).toEqual(BOTH);
        throw new BangerError("ERR_TEST", "a later step");
      },
      close: () => networking.close(1),
    });
    await expect(start).rejects.toMatchObject({ code: "ERR_TEST" });
    expect(served()).toEqual([]);
    expect(anchors()).toHaveLength(1);
  });

  it("leaves none either where it does not know yet what runs", async () => {
    await networking.open(RUNNING);
    await networking.close(null);
    expect([served(), anchors().length]).toEqual([[], 1]);
  });

  it("takes the link too where nothing runs", async () => {
    await networking.open(RUNNING);
    await networking.close(0);
    expect([served(), anchors().length]).toEqual([[], 0]);
  });
});

describe("the port of the names, taken by somebody else (DMN-2, NET-4)", () => {
  it("keeps no daemon from starting: it is said once, and taken when it is free", async () => {
    const holder = net.createServer().listen(42_069, "127.0.0.1");
    await new Promise((resolve) => holder.once("listening", resolve));
    await networking.open(RUNNING);
    expect(networking.dns.state()).toMatchObject({
      host: { at: AT, problem: "another program has the port" },
      guests: { problem: null },
    });
    expect(warnings).toEqual([`DNS: ${AT} cannot be served: another program has the port`]);
    await new Promise((resolve) => holder.close(resolve));
    await eventually(async () => networking.dns.state().host.problem === null, "the port is taken");
    expect(served()).toEqual(BOTH);
    expect(warnings).toHaveLength(1);
  });

  it("is not waited for by a daemon that ends", async () => {
    const holder = net.createServer().listen(42_069, "127.0.0.1");
    await new Promise((resolve) => holder.once("listening", resolve));
    await networking.open([]);
    await networking.close(0);
    await new Promise((resolve) => holder.close(resolve));
    expect(served()).toEqual([]);
  });
});

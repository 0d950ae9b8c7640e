import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PROBE_DONE, PROBE_STARTED } from "../../../../../src/vmm/shared/kvm/guest.ts";
import type { KvmProbe } from "../../../../../src/vmm/shared/kvm/probe.ts";
import { FakeVmm as AnyVmm } from "./support/fake-vmm.ts";

let directory: string;
let device: string;
let program: string;

/** On this test's device. */
class FakeVmm extends AnyVmm {
  override probe(options: Parameters<AnyVmm["probe"]>[0] = {}): KvmProbe {
    return super.probe({ device, ...options });
  }
}

const ask = (probe: KvmProbe) =>
  probe.ask(program, async () => ({ program: "/vmm", argv: ["vmm"], jail: [] }));

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "kvm-"));
  device = path.join(directory, "device");
  program = path.join(directory, "vmm");
  await writeFile(device, "");
  await writeFile(program, "");
});
afterEach(() => rm(directory, { recursive: true }));

describe("KvmProbe (VMM-1)", () => {
  it("believes a guest that was through", async () => {
    const vmm = new FakeVmm(`v1\n${PROBE_STARTED}\n${PROBE_DONE}\n`, false);
    expect(await ask(vmm.probe())).toMatchObject({ works: true, output: expect.stringContaining("v1") });
    expect(vmm.spawned[0]).toMatchObject({ uid: 700_000, umask: 0o077 });
    expect(vmm.spawned[0]?.jail).toContainEqual({ kind: "device", source: device, target: "/dev/kvm" });
  });

  it("kills a VMM whose guest is not through in time, and says that it is interpreted", async () => {
    const vmm = new FakeVmm(`${PROBE_STARTED}\n`, true);
    const verdict = await ask(vmm.probe());
    expect(verdict).toMatchObject({ works: false, reason: expect.stringContaining("interprets") });
    expect(vmm.signals).toEqual([9]);
  });

  it("says what a VMM said that ended before its guest ran", async () => {
    const verdict = await ask(new FakeVmm("failed to set MSR\n", false).probe());
    expect(verdict).toMatchObject({
      works: false,
      reason: expect.stringMatching(/ended before.*: failed to set MSR$/),
    });
  });

  it.each([
    ["a device that does not open", async () => rm(device), /cannot be opened$/, undefined],
    ["a CPU without vmx and svm", async () => undefined, /neither vmx nor svm$/, "flags\t: fpu nosvm lm\n"],
  ])("starts nothing for %s", async (_, breakIt, reason, cpuinfo) => {
    await breakIt();
    const vmm = new FakeVmm(PROBE_DONE, false);
    const verdict = await ask(vmm.probe(cpuinfo === undefined ? {} : { cpuinfo }));
    expect(verdict).toMatchObject({ works: false, reason: expect.stringMatching(reason) });
    expect(vmm.spawned).toEqual([]);
  });

  it("asks once: in one daemon, and in the next of the same boot", async () => {
    const vmm = new FakeVmm(PROBE_DONE, false);
    const probe = vmm.probe({ cacheDirectory: directory });
    await Promise.all([ask(probe), ask(probe)]);
    expect(await ask(vmm.probe({ cacheDirectory: directory }))).toMatchObject({ works: true });
    expect(vmm.spawned).toHaveLength(1);
  });

  it("asks again for another program, another boot, and a file that it cannot read", async () => {
    const vmm = new FakeVmm(PROBE_DONE, false);
    const again = () => ask(vmm.probe({ cacheDirectory: directory }));
    await again();
    await chmod(program, 0o700);
    await again();
    expect(vmm.spawned).toHaveLength(2);
    const file = path.join(directory, "kvm-vmm.json");
    const known = JSON.parse(await readFile(file, "utf8"));
    for (const text of [JSON.stringify({ ...known, key: `other ${known.key}` }), "{", '{"works":true}']) {
      await writeFile(file, text);
      await again();
    }
    expect(vmm.spawned).toHaveLength(5);
  });

  it("keeps no verdict that may have been this moment's, and none where no daemon ever ran", async () => {
    await ask(new FakeVmm("out of memory", false).probe({ cacheDirectory: directory }));
    await ask(new FakeVmm(PROBE_DONE, false).probe({ cacheDirectory: path.join(directory, "none") }));
    expect((await readdir(directory)).sort()).toEqual(["device", "vmm"]);
  });

  it("asks once where a guest hangs without a word: no create waits again", async () => {
    const vmm = new FakeVmm("", true);
    const first = await ask(vmm.probe({ cacheDirectory: directory }));
    expect(first).toMatchObject({ works: false, reason: expect.stringContaining("did not start within") });
    expect(await ask(vmm.probe({ cacheDirectory: directory }))).toEqual({ ...first, lasting: true });
    expect(vmm.spawned).toHaveLength(1);
  });

  it.each([
    [
      "that was not through",
      `${PROBE_STARTED}\n`,
      5,
      "not through after 0.05 s, of which it had the CPU for 0 s",
    ],
    ["that did not start", "", 24, "did not start within 0.05 s, of which"],
    ["of which nothing is known", "", null, "did not start within 0.05 s: it is tried again"],
  ])("believes no guest %s while the host was busy with something else", async (_, output, cpuMs, reason) => {
    let minutes = 0;
    const vmm = new FakeVmm(output, true, cpuMs);
    const probe = vmm.probe({ cacheDirectory: directory, now: () => minutes * 60_000 });
    const verdict = await ask(probe);
    expect(verdict).toMatchObject({ works: false, lasting: false, reason: expect.stringContaining(reason) });
    expect((await readdir(directory)).sort()).toEqual(["device", "vmm"]);
    await ask(probe);
    expect(vmm.spawned).toHaveLength(1);
    minutes = 4;
    await ask(probe);
    expect(vmm.spawned).toHaveLength(2);
  });

  it("takes a failure of the moment for an answer, for some minutes", async () => {
    let minutes = 0;
    const vmm = new FakeVmm("out of memory", false);
    const probe = vmm.probe({ cacheDirectory: directory, now: () => minutes * 60_000 });
    await ask(probe);
    minutes = 2;
    expect(await ask(probe)).toMatchObject({
      works: false,
      reason: expect.stringContaining("out of memory"),
    });
    expect(vmm.spawned).toHaveLength(1);
    minutes = 4;
    await ask(probe);
    expect(vmm.spawned).toHaveLength(2);
  });

  it("answers where nothing can be kept, or tried", async () => {
    const vmm = new FakeVmm(PROBE_DONE, false);
    const full = path.join(directory, "device", "no-directory");
    expect(await ask(vmm.probe({ cacheDirectory: full }))).toMatchObject({ works: true });
    const broken = vmm.probe();
    const verdict = await broken.ask(program, async () => {
      throw new Error("ENOSPC: no space left");
    });
    expect(verdict).toMatchObject({
      works: false,
      reason: expect.stringMatching(/could not be tried: .*no space left$/),
    });
  });

  it("reads what is kept, and keeps nothing, for doctor", async () => {
    const vmm = new FakeVmm(PROBE_DONE, false);
    const doctors = () => vmm.probe({ cacheDirectory: directory, readOnlyCache: true });
    await ask(doctors());
    expect((await readdir(directory)).sort()).toEqual(["device", "vmm"]);
    await ask(vmm.probe({ cacheDirectory: directory }));
    expect(await ask(doctors())).toMatchObject({ works: true });
    expect(vmm.spawned).toHaveLength(2);
  });
});

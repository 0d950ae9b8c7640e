import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { handlesOfRecord, type VmHandles, type VmRecord } from "../../../src/domain/vm.ts";
import { HostFiles } from "../../../src/host/file.ts";
import { HandlesFile } from "../../../src/state/handles.ts";
import { HostFile } from "../../../src/state/host-file.ts";
import { directory } from "./fixtures.ts";

const HANDLES: VmHandles = {
  version: 1,
  vmId: "a".repeat(32),
  bootToken: "b".repeat(32),
  vmm: "qemu",
  storage: "copy",
  imageId: "c".repeat(32),
  uid: 2_147_352_577,
  tap: "bgr1",
  cgroup: null,
  process: { pid: 77, startTimeTicks: 9_007_199_254_740_993n, bootId: "b-o-o-t", uid: 2_147_352_577 },
  startedAt: "2026-01-01T00:00:00.000Z",
  accelerator: "tcg",
  vcpu: 2,
  memoryMib: 512,
};

test("what a crash in the midst of a write has left goes with the next one, or with the file", async () => {
  using place = directory();
  const [handles, host] = ["handles.json", "host.json"].map((name) => path.join(place.path, name)) as [
    string,
    string,
  ];
  const [files, hostFile] = [new HandlesFile(new HostFiles()), new HostFile(new HostFiles(), host)];
  for (const [file, write, remove] of [
    [handles, () => files.write({ handles }, HANDLES), () => files.remove({ handles })],
    [host, () => hostFile.addLinks(["bgr1"]), () => hostFile.removeLinks(["bgr1"])],
  ] as const) {
    for (const text of ["", '{"half', "x".repeat(65_536)]) {
      writeFileSync(`${file}.tmp`, text);
      await write();
      expect(readdirSync(place.path)).toEqual([path.basename(file)]);
    }
    writeFileSync(`${file}.tmp`, "{");
    await remove();
    expect(readdirSync(place.path)).toEqual([]);
  }
});

test("handles come back as they were, private, with nothing left beside them", async () => {
  using place = directory();
  const handles = path.join(place.path, "handles.json");
  const files = new HandlesFile(new HostFiles());
  expect(await files.read({ handles })).toBeNull();
  await files.write({ handles }, { ...HANDLES, process: null });
  await files.write({ handles }, HANDLES);
  expect(await files.read({ handles })).toEqual(HANDLES);
  expect(statSync(handles).mode & 0o7777).toBe(0o600);
  expect(readdirSync(place.path)).toEqual(["handles.json"]);
  await files.remove({ handles });
  await files.remove({ handles });
  expect(await files.read({ handles })).toBeNull();
});

test("handles of an earlier build, which lack what came later, have it from the record", async () => {
  using place = directory();
  const handles = path.join(place.path, "handles.json");
  const { vmm, storage, imageId, vcpu, memoryMib, ...earlier } = HANDLES;
  const text = { ...earlier, process: { ...earlier.process, startTimeTicks: "9007199254740993" } };
  writeFileSync(handles, JSON.stringify(text));
  const spec = { vmm, storage, vcpu, memoryMib } as VmRecord["spec"];
  expect(
    await new HandlesFile(new HostFiles()).read({ handles }, handlesOfRecord({ imageId, spec })),
  ).toEqual(HANDLES);
  expect(await new HandlesFile(new HostFiles()).read({ handles })).toMatchObject(earlier);
  // A record that was changed since says nothing of what the file has.
  writeFileSync(handles, JSON.stringify({ ...text, vcpu: 7 }));
  expect(
    await new HandlesFile(new HostFiles()).read({ handles }, handlesOfRecord({ imageId, spec })),
  ).toMatchObject({
    vcpu: 7,
  });
});

test.each([
  ["empty", ""],
  ["cut short", JSON.stringify({ version: 1 }).slice(0, 5)],
  ["of a later version", JSON.stringify({ version: 2 })],
  ["with a pid of zero", '{"version":1,"vmId":"x","process":{"pid":0}}'],
])("a file that is %s is an error that names it", async (_, text) => {
  using place = directory();
  const handles = path.join(place.path, "handles.json");
  writeFileSync(handles, text);
  await expect(new HandlesFile(new HostFiles()).read({ handles })).rejects.toMatchObject({
    code: "ERR_STATE_FILE_INVALID",
    message: expect.stringContaining(handles),
  });
});

test("a write that fails leaves the old text and no other file", async () => {
  using place = directory();
  const handles = path.join(place.path, "handles.json");
  const files = new HandlesFile(new HostFiles());
  // A directory in the way makes the rename fail after the text was written.
  mkdirSync(path.join(handles, "x"), { recursive: true });
  await expect(files.write({ handles }, HANDLES)).rejects.toThrow();
  expect(readdirSync(place.path)).toEqual(["handles.json"]);
});

test("host.json keeps names until they are taken out, whatever the order; the last one takes the file", async () => {
  using place = directory();
  const file = path.join(place.path, "host.json");
  const host = new HostFile(new HostFiles(), file);
  expect(await host.read()).toEqual({ version: 1, links: [], forwarding: [] });
  await Promise.all([
    host.addLinks(["banger0"]),
    host.addLinks(["bgr1", "bgr2"]),
    host.removeLinks(["bgr1"]),
  ]);
  expect(await new HostFile(new HostFiles(), file).read()).toEqual({
    version: 1,
    links: ["banger0", "bgr2"],
    forwarding: [],
  });
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({
    version: 1,
    links: ["banger0", "bgr2"],
    forwarding: [],
  });
  await host.addLinks(["banger0"]);
  await host.removeLinks(["banger0"]);
  await host.removeLinks(["bgr2"]);
  expect(readdirSync(place.path)).toEqual([]);
});

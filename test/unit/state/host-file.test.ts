import path from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { HostFiles } from "../../../src/host/file.ts";
import { HostFile } from "../../../src/state/host-file.ts";
import { directory } from "./fixtures.ts";

let place: ReturnType<typeof directory>;
let file: string;

beforeEach(() => {
  place = directory();
  file = path.join(place.path, "host.json");
});

afterEach(() => place[Symbol.dispose]());

/** What the next daemon reads. */
const written = async () => (await new HostFile(new HostFiles(), file).read()).links;

describe("host.json", () => {
  it("has all names of changes that are asked for at once, and goes with the last (ST-5)", async () => {
    const host = new HostFile(new HostFiles(), file);
    await Promise.all([host.addLinks(["a", "b"]), host.addLinks(["c"]), host.removeLinks(["b"])]);
    expect(await written()).toEqual(["a", "c"]);
    await host.removeLinks(["a", "c"]);
    expect(await written()).toEqual([]);
  });

  it("loses no name to a look while it is written", async () => {
    const host = new HostFile(new HostFiles(), file);
    const names = Array.from({ length: 40 }, (_, at) => `l${at}`);
    for (const name of names) {
      let isOver = false;
      const change = host.addLinks([name]).finally(() => {
        isOver = true;
      });
      while (!isOver) {
        void host.read();
        await setImmediate();
      }
      await change;
      expect((await host.read()).links).toContain(name);
    }
    expect(await written()).toEqual(names);
  });
});

import { expect, test } from "vitest";
import type { AssemblyProgress } from "../../../../src/images/context.ts";
import { AptOutput } from "../../../../src/images/debian/apt-output.ts";

function follow(text: string): { events: AssemblyProgress[]; output: AptOutput } {
  const events: AssemblyProgress[] = [];
  const output = new AptOutput((event) => events.push(event));
  for (const line of text.split("\n")) output.line(line.trim());
  return { events, output };
}

test("stages, counts and packages as they come", () => {
  const { events } = follow(`I: automatically chosen mode: root
    I: running apt-get update...
    I: installing remaining packages inside the chroot...
    0 upgraded, 2 newly installed, 0 to remove and 0 not upgraded.
    Need to get 28.2 MB of archives.
    Unpacking git (1:2.39.5-0+deb12u2) ...
    Setting up libc6:amd64 (2.36-9) ...
    Setting up git (1:2.39.5-0+deb12u2) ...`);
  expect(events).toEqual([
    { step: "reading the archive's package lists" },
    { step: "installing packages" },
    { step: "installing packages", detail: "unpacking git" },
    { step: "installing packages", detail: "setting up libc6 (1/2)" },
    { step: "installing packages", detail: "setting up git (2/2)" },
  ]);
});

test.each([
  ["Need to get 41.6 MB of archives.", 41_600_000],
  ["Need to get 1,234 kB of archives.", 1_234_000],
  ["Need to get 512 B of archives.", 512],
  ["Need to get 3,000 kB/60.1 MB of archives.", 3_000_000],
  ["Need to get 0 B/60.1 MB of archives.", 0],
])("%s", (line, bytes) => {
  expect(follow(line).output.downloadTotal).toBe(bytes);
});

test("the total is gone as soon as packages are unpacked", () => {
  expect(follow("Need to get 1 MB of archives.\nUnpacking a (1) ...").output.downloadTotal).toBeUndefined();
});

test("anything else changes nothing", () => {
  expect(follow("W: Download is performed unsandboxed\n\u0000\nI: \nSetting up").events).toEqual([]);
});

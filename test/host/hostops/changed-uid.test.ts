import { readFileSync } from "node:fs";
import { afterAll, expect, it } from "vitest";
import { openHostOps } from "../../../src/host/facade.ts";
import { openReal } from "../../contract/support/hosts.ts";
import { sleeper } from "../../contract/support/sleeper.ts";

const [ROOT, OTHER] = [0, 617_101];
const host = openHostOps(openReal());
afterAll(() => host.close());

it("a process that became another user's is ended by who started it", async () => {
  const child = await host.spawn({
    ...sleeper(ROOT),
    program: "/usr/bin/setpriv",
    argv: ["setpriv", `--reuid=${OTHER}`, "sleep", "1000"],
    env: { PATH: "/usr/bin:/bin" },
    capabilities: ["CAP_SETUID"],
  });
  const uid = () => /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${child.info.pid}/status`, "utf8"))?.[1];
  while (uid() !== String(OTHER)) await new Promise((resolve) => setTimeout(resolve, 5));
  // What is recorded of it is another's by now (VM-10).
  expect(await host.ops.process.isAlive(child.info)).toBe(false);
  expect([await child.signal(0), host.sync.process.signal(child.info, 0)]).toEqual([true, true]);
  await child.close();
  expect(await child.wait()).toEqual({ code: null, signal: 9 });
  expect(await child.signal(9)).toBe(false);
});

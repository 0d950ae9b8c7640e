import { expect, it } from "vitest";
import type { DaemonAccess } from "../../../src/cli/context.ts";
import { withDaemon } from "../../../src/cli/daemon-access.ts";
import type { RpcClient } from "../../../src/rpc/client.ts";
import { BangerError } from "../../../src/shared/errors.ts";

const stopping = () => new BangerError("ERR_DAEMON_STOPPING", "the daemon is stopping");
const lost = () => new BangerError("ERR_DAEMON_LOST", "the connection to the daemon was lost");

/** Daemons one after another; each client says whether its own has served it, and whether it has said anything. */
function daemons(served: boolean, greeted = true) {
  let started = 0;
  const access = {
    start: async () => {
      started += 1;
      const client = { served, greeted, closed: Promise.resolve(), close: async () => undefined };
      return { client: client as RpcClient };
    },
  } as unknown as DaemonAccess;
  return { access, started: () => started };
}

it("asks the next daemon what one that was stopping has not taken", async () => {
  const { access, started } = daemons(false);
  let asked = 0;
  const work = async () => {
    asked += 1;
    if (asked === 1) throw stopping();
    return "done";
  };
  expect([await withDaemon(access, work, () => undefined), asked, started()]).toEqual(["done", 2, 2]);
});

it("asks the next daemon after one that died without a word, not after one that may have begun", async () => {
  for (const [greeted, expected] of [
    [false, "done"],
    [true, "ERR_DAEMON_LOST"],
  ] as const) {
    let asked = 0;
    const work = async () => {
      asked += 1;
      if (asked === 1) throw lost();
      return "done";
    };
    const done = withDaemon(daemons(false, greeted).access, work, () => undefined);
    expect(await done.catch((error) => error.code)).toBe(expected);
  }
});

it("begins nothing again of which a part was done", async () => {
  const { access, started } = daemons(true);
  const work = () => Promise.reject(stopping());
  await expect(withDaemon(access, work, () => undefined)).rejects.toMatchObject({
    code: "ERR_DAEMON_STOPPING",
  });
  expect(started()).toBe(1);
});

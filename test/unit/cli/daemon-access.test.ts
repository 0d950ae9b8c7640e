import { expect, it } from "vitest";
import type { DaemonAccess } from "../../../src/cli/context.ts";
import { withDaemon } from "../../../src/cli/daemon-access.ts";
import type { RpcClient } from "../../../src/rpc/client.ts";
import { BangerError } from "../../../src/shared/errors.ts";

const stopping = () => new BangerError("ERR_DAEMON_STOPPING", "the daemon is stopping");

/** Daemons one after another; each client says whether its own has served it. */
function daemons(served: boolean) {
  let started = 0;
  const access = {
    start: async () => {
      started += 1;
      return { client: { served, closed: Promise.resolve(), close: async () => undefined } as RpcClient };
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

it("begins nothing again of which a part was done", async () => {
  const { access, started } = daemons(true);
  const work = () => Promise.reject(stopping());
  await expect(withDaemon(access, work, () => undefined)).rejects.toMatchObject({
    code: "ERR_DAEMON_STOPPING",
  });
  expect(started()).toBe(1);
});

import { expect, it } from "vitest";
import { refusalOf } from "../../../src/forward/refusal.ts";

const port = { protocol: "udp", hostAddress: "::1", hostPort: 53, guestPort: 5353 } as const;

it.each([
  [
    "EACCES",
    "ERR_PORT_DENIED",
    /port \[::1\]:53\/udp of this host may not be opened.*1024/,
    /1024 up.*-p 5353\/udp/,
  ],
  ["EADDRNOTAVAIL", "ERR_PORT_ADDRESS", /^::1 is no address of this host$/, /ip address/],
  ["EMFILE", "ERR_PORT_FAILED", /cannot be opened: too many/, /-p 5353\/udp/],
])("a port that gives %s is %s, with the next step", async (code, refusal, message, next) => {
  const error = Object.assign(new Error("too many"), { code });
  expect(await refusalOf(port, error, null)).toEqual({
    code: refusal,
    message: expect.stringMatching(message),
    next: expect.stringMatching(next),
  });
});

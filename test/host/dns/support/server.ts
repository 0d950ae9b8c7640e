// A server in a process of its own, which tells what memory it has: the one for the host, or, with `guests`, theirs, whose other questions go to a
// resolver that answers anything.
import { randomBytes, randomInt } from "node:crypto";
import { Forwarder } from "../../../../src/dns/forwarder.ts";
import { responder } from "../../../../src/dns/responder.ts";
import { Zone } from "../../../../src/dns/zone.ts";
import { silentLogger } from "../../../../src/shared/logger.ts";
import { hostServer, someRecords } from "./place.ts";
import { type Heard, Upstream } from "./upstream.ts";

/** As a resolver's, with something wrong; now and then right, or nothing. */
function answerAnyhow({ message, reply }: Heard): void {
  const answer = Buffer.concat([message, randomBytes(randomInt(40))]);
  answer[2] = 0x81;
  for (let count = randomInt(4); count > 0 && answer.length > 0; count -= 1)
    answer[randomInt(answer.length)] = randomInt(256);
  if (randomInt(8) > 0) reply(answer.subarray(0, randomInt(answer.length + 1)));
  if (randomInt(3) === 0) reply(Buffer.from(message).fill(0x81, 2, 3));
}

async function guestRespond() {
  const upstream = await Upstream.open();
  upstream.onQuestion = (heard) => {
    upstream.heard.length = 0;
    answerAnyhow(heard);
  };
  return responder(new Zone(someRecords(), "172.30.0.0/16"), {
    forwarder: new Forwarder({
      servers: async () => [upstream.server],
      logger: silentLogger,
      timeoutMs: 50,
    }),
    budget: { take: () => true },
    mayAsk: () => true,
    mayResolve: () => true,
  });
}

const isForGuests = process.argv[2] === "guests";
const { listener } = await hostServer(isForGuests ? { respond: await guestRespond() } : {});
process.on("message", () => {
  for (let round = 0; round < 3; round += 1) (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  process.send?.({ heapUsed: heapUsed + external, rss });
});
process.send?.(listener.port);

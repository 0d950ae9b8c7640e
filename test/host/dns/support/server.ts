// The server for the host in a process of its own, which tells what memory it has.
import { hostServer } from "./place.ts";

const { listener } = await hostServer();
process.on("message", () => {
  for (let round = 0; round < 3; round += 1) (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  process.send?.({ heapUsed: heapUsed + external, rss });
});
process.send?.(listener.port);

// Holds the lock until it is killed.
import { lockDirectory } from "../../../src/state/lock.ts";

await lockDirectory(process.argv[2] ?? "", "this directory");
process.send?.("held");
setInterval(() => undefined, 60_000);

import { main } from "../daemon/main.ts";

await main(import.meta.dirname, process.argv.slice(2));

import { main } from "../daemon/main.ts";

await main(import.meta.dirname);

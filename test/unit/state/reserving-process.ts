// One of several processes that reserve 50 VMs each in one database.
import { openState } from "../../../src/state/database.ts";
import { OPTIONS, reservation } from "./fixtures.ts";

const [file = "", number = "0"] = process.argv.slice(2);
const state = openState(file, OPTIONS);
for (let index = 0; index < 50; index += 1) {
  state.vms.reserve({ ...reservation(Number(number) * 1_000 + index), name: undefined });
}
state.close();

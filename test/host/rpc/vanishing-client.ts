// A client that makes one call and then stays connected until it is killed.
import { RpcClient } from "../../../src/rpc/client.ts";

const client = await RpcClient.connect(process.argv[2] ?? "", {
  build: { version: "1.2.3", commit: "abc", time: "" },
});
process.send?.(await client.call("vm.create", {}));

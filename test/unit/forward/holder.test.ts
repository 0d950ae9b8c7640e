import { expect, it } from "vitest";
import { inodesOf } from "../../../src/forward/holder.ts";

const TCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0 100 0 0 10 0
   1: 0100007F:1F90 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 222 1 0 20 4 30 10 -1
   2: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1 0 100 0 0 10 0
`;

it("finds the sockets that listen on a port, and no connection of it", () => {
  expect(inodesOf(TCP, "tcp", 8080)).toEqual(["111"]);
  expect(inodesOf(TCP, "tcp", 22)).toEqual(["333"]);
  expect(inodesOf(TCP, "tcp", 80)).toEqual([]);
  expect(inodesOf(TCP, "udp", 8080)).toEqual([]);
  expect(inodesOf("garbage\n1: x\n", "tcp", 1)).toEqual([]);
});

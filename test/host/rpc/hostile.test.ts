import { once } from "node:events";
import net from "node:net";
import { expect, test } from "vitest";
import { serve } from "./harness.ts";

test.each([
  ["no JSON", "{", -32_700],
  ["an empty body", "", -32_700],
  ["a batch", '[{"jsonrpc":"2.0","id":1,"method":"vm.list"}]', -32_600],
  ["no id", '{"jsonrpc":"2.0","method":"vm.list"}', -32_600],
  ["null", "null", -32_600],
  ["an unknown method", '{"jsonrpc":"2.0","id":1,"method":"vm.explode"}', -32_601],
  ["an inherited name", '{"jsonrpc":"2.0","id":1,"method":"constructor"}', -32_601],
  ["wrong params", '{"jsonrpc":"2.0","id":1,"method":"vm.start","params":{"refs":[]}}', -32_602],
  ["params too many", '{"jsonrpc":"2.0","id":1,"method":"vm.list","params":{"x":1}}', -32_602],
  ["bytes that are no UTF-8", Buffer.from([0xff, 0xfe, 0x00]), -32_700],
])("%s is refused, and the daemon goes on", async (_, body, code) => {
  await using rpc = await serve({ handlers: { "vm.list": async () => ({ vms: [] }) } });
  const reply = await rpc.raw({ body });
  expect(reply.status).toBe(200);
  expect(JSON.parse(reply.body)).toMatchObject({
    error: { code, data: { code: expect.stringMatching(/^ERR_/) } },
  });
  const client = await rpc.connect();
  await expect(client.call("vm.list", {})).resolves.toEqual({ vms: [] });
});

test("a body over 1 MiB is refused before all of it came", async () => {
  await using rpc = await serve({});
  const reply = await rpc.raw({ body: Buffer.alloc(3 * 1024 ** 2, 0x20) });
  expect(reply.status).toBe(413);
  expect(JSON.parse(reply.body)).toMatchObject({ code: "ERR_BODY_TOO_LARGE" });
});

test.each([
  ["GET", "/rpc", 405],
  ["POST", "/", 404],
  ["POST", "/vms/x", 404],
  ["POST", "/vms//exec", 404],
  ["POST", "/vms/x/exec?wait=never", 400],
  ["GET", "/vms/x/exec", 405],
  ["POST", "/vms/%zz/exec", 400],
  ["POST", "/operations/none/events", 404],
])("%s %s is %i with an ErrorBody", async (method, target, status) => {
  await using rpc = await serve({});
  const reply = await rpc.raw({ method, path: target });
  expect(reply.status).toBe(status);
  expect(JSON.parse(reply.body)).toMatchObject({ code: expect.stringMatching(/^ERR_/) });
});

test("what is not HTTP/2 at all does no harm", async () => {
  await using rpc = await serve({ handlers: { "vm.list": async () => ({ vms: [] }) } });
  const socket = net.connect(rpc.socket);
  socket.on("error", () => undefined);
  socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  socket.resume();
  await once(socket, "close");
  const client = await rpc.connect();
  await expect(client.call("vm.list", {})).resolves.toEqual({ vms: [] });
});

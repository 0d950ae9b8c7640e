import fc from "fast-check";
import { expect, test } from "vitest";
import { methods } from "../../../src/rpc/contract.ts";
import { answer, type Handlers, readCall } from "../../../src/rpc/json-rpc.ts";

const client = { closed: false, onClose: () => () => undefined };
/** Every method answers with its params. */
const echo = Object.fromEntries(
  Object.keys(methods).map((method) => [method, async (params: unknown) => params]),
) as unknown as Handlers;

test("no text at all is thrown on, and every refusal is a reply with an ErrorBody", async () => {
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    fc.json().map((json) => `{"jsonrpc":"2.0","id":1,"method":"vm.list","params":${json}}`),
  );
  await fc.assert(
    fc.asyncProperty(text, async (body) => {
      const read = readCall(body);
      const reply = "refusal" in read ? read.refusal : await answer(echo, read.call, client, () => undefined);
      expect(reply.jsonrpc).toBe("2.0");
      if ("error" in reply) expect(reply.error.data.code).toMatch(/^ERR_/);
    }),
    { numRuns: 500 },
  );
});

test.each([
  ["vm.create", { vcpu: "2" }],
  ["vm.create", { name: "x", bogus: 1 }],
  ["vm.create", { bootTimeoutMs: 0 }],
  ["vm.start", {}],
  ["vm.start", { refs: [""] }],
  ["vm.stop", { refs: ["a"], timeoutMs: -1 }],
  ["vm.show", { ref: "x".repeat(129) }],
  ["vm.delete", { refs: Array.from({ length: 1001 }, () => "a") }],
  ["image.pull", { name: 3 }],
  ["daemon.stop", []],
])("%s does not take %j, and says where", async (method, params) => {
  const reply = await answer(echo, { id: 7, method, params }, client, () => undefined);
  expect(reply).toMatchObject({
    id: 7,
    error: { code: -32_602, data: { code: "ERR_BAD_PARAMS", message: expect.stringContaining(method) } },
  });
});

test("missing params are none; what a handler throws is reported and becomes the reply", async () => {
  const read = readCall('{"jsonrpc":"2.0","id":"a","method":"vm.list"}');
  if ("refusal" in read) throw new Error("refused");
  expect(await answer(echo, read.call, client, () => undefined)).toEqual({
    jsonrpc: "2.0",
    id: "a",
    result: {},
  });
  const seen: unknown[] = [];
  const failing = { ...echo, "vm.list": () => Promise.reject(new TypeError("oops")) };
  const reply = await answer(failing, read.call, client, (error) => seen.push(error));
  expect(reply).toMatchObject({ error: { code: -32_000, data: { code: "ERR_INTERNAL", message: "oops" } } });
  expect(seen).toHaveLength(1);
});
